"""What the report says about classifiers at the telescope."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from showerforge.classifiers.operating_points import (
    ANY_SOURCE,
    BEST_QUALITY,
    CLASSICAL,
    PRIOR,
)
from showerforge.figures.style import label_of
from showerforge.metrics.figures_of_merit import FIGURES_OF_MERIT
from showerforge.report.page import format_interval, format_number

OF_SOURCE = {
    "purity": "purity",
    "purity_expected_by_model": "purity the model expects",
    "signal_to_background": "gammas for each hadron",
    "significance_in_one_hour": "σ in an hour",
    "hours_to_5_sigma": "hours to 5 σ",
    "times_shorter_than_alpha_cut": "times shorter than the alpha cut",
}
OF_POINT = {
    "gamma_efficiency": "gamma efficiency",
    "hadron_efficiency": "hadron efficiency",
    "quality_factor": "Q",
}


def describe_telescope(sky: pd.DataFrame, size_bins: pd.DataFrame, kept: str) -> dict[str, Any]:
    """Lay out the tables and the answer of the section.

    Parameters
    ----------
    sky : table of operating points.
    size_bins : table of bins of image size.
    kept : name of the candidate that is kept.

    Returns
    -------
    section : ``answer`` in words; ``prior`` (row of the source that the prior stands for);
        ``sources``, ``points`` and ``sizes``, each with ``columns`` and ``rows``.
    """
    of_sources = sky[sky["source"] != ANY_SOURCE]
    prior = of_sources[of_sources["source"] == PRIOR].iloc[0]
    return {
        "answer": answer_on_time(sky, kept),
        "prior": prior.to_dict(),
        "crab_gammas_per_hour": prior["gammas_per_hour"] / prior["crab_flux"],
        "sources": _lay_out(
            of_sources[of_sources["operating_point"] == BEST_QUALITY],
            ["candidate", "source"],
            OF_SOURCE,
            lambda row: [label_of(row.candidate), _name_source(row)],
        ),
        "points": _lay_out(
            sky[
                ((sky["source"] == ANY_SOURCE) | (sky["source"] == PRIOR))
                & sky["threshold"].notna()
            ],
            ["candidate", "operating_point"],
            OF_POINT
            | {
                name: OF_SOURCE[name]
                for name in ("hours_to_5_sigma", "times_shorter_than_alpha_cut")
            },
            lambda row: [label_of(row.candidate), row.operating_point, f"{row.threshold:.4f}"],
        ),
        "sizes": _lay_out(
            size_bins,
            ["candidate", "bin"],
            {name: FIGURES_OF_MERIT[name].label for name in size_bins["figure"].unique()},
            lambda row: [label_of(row.candidate), f"{row.size_lower:.2f} to {row.size_upper:.2f}"],
        ),
    }


def answer_on_time(sky: pd.DataFrame, kept: str) -> str:
    """Say how much observation time the kept model saves against the alpha cut."""
    rows = sky[(sky["operating_point"] == BEST_QUALITY) & (sky["source"] == PRIOR)]
    rows = rows.fillna({"remark": ""})
    cells = rows.set_index(["candidate", "figure"])
    ratio = cells.loc[(kept, "times_shorter_than_alpha_cut")]
    if pd.isna(ratio["test"]):
        left = [
            f"{label_of(name)} leaves "
            f"{cells.loc[(name, 'hours_to_5_sigma'), 'surviving_hadrons']:.0f}"
            for name in (kept, CLASSICAL)
        ]
        return (
            f"How much shorter observations are cannot be told: {' and '.join(left)} hadrons of "
            "the test events at the best Q."
        )
    hours = cells.xs("hours_to_5_sigma", level="figure")
    signal = cells.loc[(kept, "signal_to_background")]
    warning = ", so that the systematics of the background come first" if signal["remark"] else ""
    return (
        f"The {label_of(kept)}, needs observations {_cell(ratio)} times shorter than the alpha "
        f"cut: {_cell(hours.loc[kept])} hours instead of {_cell(hours.loc[CLASSICAL])}. "
        f"It keeps {_cell(signal)} gammas for each hadron{warning}."
    )


def _name_source(row: Any) -> str:
    if row.source == PRIOR:
        return f"the prior, {row.crab_flux:.2g} Crab"
    return str(row.source)


def _cell(row: Any) -> str:
    return format_interval(row["test"], row["test_lower"], row["test_upper"])


def _lay_out(
    table: pd.DataFrame,
    keys: list[str],
    figures: dict[str, str],
    head: Callable[[Any], list[str]],
) -> dict[str, Any]:
    """Turn a long table into one row for each key, cells with a remark marked."""
    rows = []
    for _, group in table.groupby(keys, sort=False):
        by_figure = group.set_index("figure")
        cells = [
            _describe_cell(by_figure.loc[name]) if name in by_figure.index else _empty_cell("")
            for name in figures
        ]
        rows.append({"head": head(next(group.itertuples())), "cells": cells})
    return {"columns": list(figures.values()), "rows": rows}


def _describe_cell(row: Any) -> dict[str, Any]:
    if pd.isna(row["test"]):
        return _empty_cell("–")
    return {
        "value": format_number(row["test"]),
        "interval": f"{format_number(row['test_lower'])} to {format_number(row['test_upper'])}",
        "is_marked": isinstance(row["remark"], str) and row["remark"] != "",
    }


def _empty_cell(text: str) -> dict[str, Any]:
    return {"value": text, "interval": "", "is_marked": False}
