"""Filling the section of the report on generated images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from showerforge.report.generated_verdict import (
    ENDS,
    OF_CERTIFICATES,
    answer_on_generators,
    find_best_generator,
    format_band,
    write_interval,
    write_value,
)
from showerforge.report.image_verdict import Row
from showerforge.report.images import tabulate_comparisons
from showerforge.report.page import format_number
from showerforge.validation.images.metrics import IMAGE_METRICS, ImageMetric
from showerforge.validation.images.sets import MONTE_CARLO

MONTE_CARLO_LABEL = "Monte Carlo"


def tabulate_certificates(summary: pd.DataFrame) -> dict[str, Any]:
    """Lay out the certificates of all generators.

    Returns
    -------
    table : ``columns`` and ``rows``, each with ``label``, ``particle``, ``verdict``, ``grade``,
        ``failed``, ``is_best`` and ``cells`` (``value``, ``interval`` and ``band``).
    """
    best = find_best_generator(summary)
    rows = [
        {
            **{name: row[name] for name in ("label", "particle", "verdict", "grade")},
            "failed": row["failed"] or "none",
            "is_best": row["generator"] == best,
            "cells": [
                {
                    "value": format_number(row[key]),
                    "interval": " to ".join(format_number(row[key + end]) for end in ENDS[1:3]),
                    "band": format_band(row, key) or "–",
                }
                for key in OF_CERTIFICATES
            ],
        }
        # empty words come back from a file as NaN
        for row in summary.fillna({"grade": "", "failed": ""}).to_dict("records")
    ]
    return {"columns": list(OF_CERTIFICATES.values()), "rows": rows}


def tabulate_metrics(measured: pd.DataFrame, labels: Mapping[str, str]) -> dict[str, Any]:
    """Lay out all that was measured of images, by topic.

    Parameters
    ----------
    measured : see `showerforge.validation.images.tables.with_null`.
    labels : what generators are called, by key, in the order of the columns.

    Returns
    -------
    table : ``columns``, Monte Carlo first, and ``blocks``, each with ``topic`` and ``rows`` of
        ``label``, ``meaning``, ``better``, ``particle`` and ``cells`` (``value``, ``interval`` and
        whether it ``is_clear`` of Monte Carlo).
    """
    columns = {MONTE_CARLO: MONTE_CARLO_LABEL, **labels}
    cells = measured.set_index(["metric", "particle", "generator"])
    particles = list(dict.fromkeys(measured["particle"]))
    blocks: dict[str, list[dict[str, Any]]] = {}
    known = set(measured["metric"])
    for metric in IMAGE_METRICS.values():
        for particle in particles if metric.name in known else []:
            keys = [(metric.name, particle, generator) for generator in columns]
            found = [cells.loc[key].to_dict() if key in cells.index else None for key in keys]
            if not any(found):
                continue
            blocks.setdefault(metric.topic, []).append(
                {
                    "label": f"{metric.label} [{metric.unit}]" if metric.unit else metric.label,
                    "meaning": metric.meaning,
                    "better": str(metric.better),
                    "particle": particle,
                    "cells": [_cell(metric, row) for row in found],
                }
            )
    return {
        "columns": list(columns.values()),
        "blocks": [{"topic": topic, "rows": rows} for topic, rows in blocks.items()],
    }


def _cell(metric: ImageMetric, row: Row | None) -> dict[str, Any]:
    if row is None:
        return {"value": "–", "interval": "", "is_clear": False}
    value = write_value(metric, row["value"]).removesuffix(metric.unit).strip()
    return {
        "value": value,
        "interval": write_interval(metric, row),
        "is_clear": bool(row["is_clear"]),
    }


def tabulate_generator_costs(costs: pd.DataFrame) -> list[dict[str, str]]:
    """Lay out what generators cost.

    Parameters
    ----------
    costs : see `answer_on_generators`; NaN where something does not apply, such as the training
        of the Monte Carlo.
    """
    return [
        {
            "label": row["label"],
            "fit": format_number(row["fit_cpu_seconds"]),
            "speed": format_number(row["images_per_cpu_second"]),
            "ratio": format_number(row["speed_ratio"]),
        }
        for row in costs.to_dict("records")
    ]


def lay_out_generated(
    summary: pd.DataFrame,
    measured: pd.DataFrame,
    costs: pd.DataFrame,
    utility: pd.DataFrame,
    notes: Sequence[str] = (),
) -> dict[str, Any]:
    """Lay out the section of generated images, what ``generated_images.html.j2`` shows.

    Parameters
    ----------
    summary, measured, costs, utility : see `answer_on_generators`.
    notes : sentences that a reader must know, such as on what the images were drawn for.

    Returns
    -------
    generated : ``verdict``, ``certificates``, ``metrics``, ``costs``, ``utility``, ``particles``
        and ``notes``.
    """
    labels = dict(zip(summary["generator"], summary["label"], strict=True))
    return {
        "verdict": answer_on_generators(summary, measured, costs, utility),
        "certificates": tabulate_certificates(summary),
        "metrics": tabulate_metrics(measured, labels),
        "costs": tabulate_generator_costs(costs),
        "utility": tabulate_comparisons(utility),
        "particles": list(dict.fromkeys(summary["particle"])),
        "notes": list(notes),
    }
