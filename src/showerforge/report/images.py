"""What the report of an experiment with images says."""

from __future__ import annotations

from typing import Any

import pandas as pd

from showerforge.report.page import format_interval, format_number

#: figures of merit of the table, with their names for people
FIGURES = {
    "roc_auc": "ROC-AUC",
    "quality_factor": "Q",
    "gamma_efficiency": "gammas kept",
    "hadron_efficiency": "hadrons kept",
}


def make_cards(separation: pd.DataFrame) -> list[dict[str, str]]:
    """Lay out the quality factor and the ROC-AUC of every classifier."""
    return [
        {
            "label": row["label"],
            "value": f"Q {format_number(row['quality_factor'])}",
            "interval": _interval(row, "quality_factor"),
            "remark": f"ROC-AUC {format_number(row['roc_auc'])}",
        }
        for row in separation.to_dict("records")
    ]


def answer_on_separation(separation: pd.DataFrame) -> str:
    """Say how well gammas are told from hadrons, and how much of that is direction."""
    rows = separation.set_index("classifier")
    best, blind = rows.loc["lightgbm"], rows.loc["lightgbm_blind"]
    cuts, blind_cuts = rows.loc["width_alpha_cuts"], rows.loc["width_length_cuts"]
    return (
        f"Cuts on width and alpha reach Q = {_value(cuts, 'quality_factor')} with "
        f"{_percent(cuts['gamma_efficiency'])} of the gammas, and LightGBM on all image parameters "
        f"{_value(best, 'quality_factor')} with {_percent(best['gamma_efficiency'])}, where "
        f"{best['surviving_hadrons']:,} of {best['n_hadrons']:,} hadrons are left. Much of that is "
        "direction: gammas come from the source, hadrons from everywhere. By light and shape alone "
        f"LightGBM reaches Q = {_value(blind, 'quality_factor')} (ROC-AUC "
        f"{_value(blind, 'roc_auc')} instead of {_value(best, 'roc_auc')}), and cuts on width and "
        f"length {_value(blind_cuts, 'quality_factor')}."
    )


def tabulate_separation(separation: pd.DataFrame) -> dict[str, Any]:
    """Lay out the table of classifiers.

    Returns
    -------
    table : ``columns`` and ``rows``, each with ``label``, ``is_blind``, ``rule``, ``left`` and
        ``cells`` (value and interval).
    """
    rows = [
        {
            "label": row["label"],
            "is_blind": row["is_blind"],
            "rule": row["rule"],
            "left": f"{row['surviving_hadrons']:,} of {row['n_hadrons']:,}",
            "cells": [
                {"value": format_number(row[name]), "interval": _interval(row, name)}
                for name in FIGURES
            ],
        }
        for row in separation.to_dict("records")
    ]
    return {"columns": list(FIGURES.values()), "rows": rows}


def tabulate_cut_flow(cut_flow: pd.DataFrame) -> dict[str, Any]:
    """Lay out what each step leaves of each particle.

    Returns
    -------
    table : ``particles`` and ``rows``, each with ``step`` and ``cells`` (what is left, its share
        in the step before and in all).
    """
    particles = list(dict.fromkeys(cut_flow["particle"]))
    rows = []
    for step, cells in cut_flow.groupby("step", sort=False):
        of_step = cells.set_index("particle").loc[particles]
        rows.append(
            {
                "step": step,
                "cells": [
                    {
                        "left": f"{cell['n_left']:,}",
                        "of_last": _percent(cell["share_of_last"]),
                        "of_all": _percent(cell["share_left"]),
                    }
                    for cell in of_step.to_dict("records")
                ],
            }
        )
    return {"particles": particles, "rows": rows}


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _interval(row: Any, name: str) -> str:
    return f"{format_number(row[f'{name}_lower'])} to {format_number(row[f'{name}_upper'])}"


def _value(row: Any, name: str) -> str:
    return format_interval(row[name], row[f"{name}_lower"], row[f"{name}_upper"])
