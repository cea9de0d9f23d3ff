"""What the report of an experiment with images shows."""

from __future__ import annotations

from typing import Any

import pandas as pd

from showerforge.classifiers.classes import Classes
from showerforge.classifiers.image_judgement import BOOSTING, NETWORK
from showerforge.metrics.figures_of_merit import FIGURES_OF_MERIT
from showerforge.report.image_verdict import Row, find_best, format_share
from showerforge.report.page import format_change, format_number

#: with more classifiers there are cards only of those that stand for something
MAXIMUM_CARDS = 5


def make_cards(
    separation: pd.DataFrame, reference: str | None, classes: Classes
) -> list[dict[str, str]]:
    """Lay out the quality factor and the ROC-AUC of the classifiers that matter most.

    Parameters
    ----------
    separation : table of the classifiers.
    reference : the classifier that others are measured by; None if there is no such.
    classes : what the classes are called.

    Returns
    -------
    cards : of all classifiers, or of the best ones of their sort where there are many.
    """
    rows = separation.to_dict("records")
    roles: list[tuple[Row, str]] = [(row, "") for row in rows]
    if len(rows) > MAXIMUM_CARDS:
        sighted = separation[~separation["is_blind"]]
        found = {
            "best": find_best(separation),
            "reference": find_best(separation, classifier=reference),
            "boosting": find_best(sighted, kind=BOOSTING),
            "network": find_best(sighted, kind=NETWORK),
            "blind to directions": find_best(separation, is_blind=True),
        }
        unique: dict[str, tuple[Row, str]] = {}
        for role, row in found.items():
            if row is not None:
                unique.setdefault(row["classifier"], (row, f"{role}: "))
        roles = list(unique.values())
    return [
        {
            "label": f"{role}{row['label']}",
            "value": f"Q {format_number(row['quality_factor'])}",
            "interval": _interval(row, "quality_factor"),
            "remark": f"ROC-AUC {format_number(row['roc_auc'])}, "
            f"{format_share(row['gamma_efficiency'])} of the {classes.signal}s, "
            f"{row['surviving_hadrons']:,} {classes.background}s left",
        }
        for row, role in roles
    ]


def tabulate_separation(separation: pd.DataFrame, classes: Classes) -> dict[str, Any]:
    """Lay out the table of classifiers.

    Returns
    -------
    table : ``columns`` and ``rows``, each with ``label``, ``kind``, ``is_blind``, ``rule``,
        ``left``, ``cpu_seconds``, ``n_parameters`` and ``cells`` (value, interval and whether it
        is the best ROC-AUC).
    """
    figures = {
        "roc_auc": "ROC-AUC",
        "quality_factor": "Q",
        "gamma_efficiency": f"{classes.signal}s kept",
        "hadron_efficiency": f"{classes.background}s kept",
    }
    # Q may be largest by chance, where hardly any background is left
    best = separation["roc_auc"].max()
    rows = [
        {
            "label": row["label"],
            "kind": row["kind"],
            "is_blind": row["is_blind"],
            "rule": row["rule"],
            "left": f"{row['surviving_hadrons']:,} of {row['n_hadrons']:,}",
            "cpu_seconds": _count(row["cpu_seconds"]),
            "n_parameters": _count(row["n_parameters"]),
            "cells": [
                {
                    "value": format_number(row[name]),
                    "interval": _interval(row, name),
                    "best": name == "roc_auc" and row[name] == best,
                }
                for name in figures
            ],
        }
        for row in separation.to_dict("records")
    ]
    return {"columns": list(figures.values()), "rows": rows}


def tabulate_comparisons(comparisons: pd.DataFrame) -> list[dict[str, Any]]:
    """Lay out the paired comparisons, by question.

    Returns
    -------
    questions : each with ``question`` and ``rows``, of ``what``, ``figure``, ``change`` and
        ``answer``.
    """
    return [
        {
            "question": question,
            "rows": [
                {
                    "what": f"{row.candidate_label} – {row.against_label}",
                    "figure": FIGURES_OF_MERIT[row.figure].label,
                    "change": format_change(row.change, row.lower, row.upper),
                    "answer": row.answer,
                }
                for row in rows.itertuples()
            ],
        }
        for question, rows in comparisons.groupby("question", sort=False)
    ]


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
                        "of_last": format_share(cell["share_of_last"]),
                        "of_all": format_share(cell["share_left"]),
                    }
                    for cell in of_step.to_dict("records")
                ],
            }
        )
    return {"particles": particles, "rows": rows}


def _count(number: float) -> str:
    return "–" if pd.isna(number) else f"{number:,.0f}"


def _interval(row: Row, name: str) -> str:
    return f"{format_number(row[f'{name}_lower'])} to {format_number(row[f'{name}_upper'])}"
