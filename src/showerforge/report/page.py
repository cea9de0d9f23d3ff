"""Filling the page of the report."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from showerforge.classifiers.names import STACK, Candidate
from showerforge.figures.style import MODELS, label_of, sort_key
from showerforge.metrics.figures_of_merit import FIGURES_OF_MERIT, TABLE_FIGURES

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


def format_number(value: float | None) -> str:
    """Write a number with as many digits as its size can use."""
    if value is None or pd.isna(value):
        return "–"
    if value == float("inf"):
        return "∞"
    if value != 0 and abs(value) < 0.0005:
        return f"{value:.1e}"
    if abs(value) < 2:
        return f"{value:.4f}"
    return f"{value:,.2f}" if abs(value) < 1000 else f"{value:,.0f}"


def format_percent(share: float) -> str:
    """Write a share as per cent, such as ``95 %``."""
    return f"{100 * share:g} %"


def format_interval(value: float, lower: float, upper: float) -> str:
    """Write a value with its interval, such as ``0.9468 [0.9392, 0.9540]``."""
    return f"{format_number(value)} [{format_number(lower)}, {format_number(upper)}]"


def format_change(value: float, lower: float, upper: float) -> str:
    """Write a difference with its interval, such as ``-0.0012 [-0.0033, +0.0008]``.

    Not defined where a resample or fold has no background left, and Q is infinite.
    """
    if pd.isna([value, lower, upper]).any():
        return "not defined"
    return f"{value:+.4f} [{lower:+.4f}, {upper:+.4f}]"


def tabulate_models(
    figures_of_merit: pd.DataFrame, columns: Sequence[str] = TABLE_FIGURES
) -> dict[str, Any]:
    """Lay out the table of all models, the best of each column marked.

    Parameters
    ----------
    figures_of_merit : long table of all figures.
    columns : those that are shown.

    Returns
    -------
    table : ``columns`` (figures of merit) and ``rows`` (label and cells).
    """
    wide = figures_of_merit.pivot(index="candidate", columns="figure", values="test")
    best = {
        name: wide[name].idxmax()
        if FIGURES_OF_MERIT[name].higher_is_better
        else wide[name].idxmin()
        for name in columns
    }
    cells = figures_of_merit.set_index(["candidate", "figure"])
    rows = []
    for candidate in sorted(wide.index, key=sort_key):
        row = []
        for figure in columns:
            if (candidate, figure) not in cells.index:
                row.append({"value": "–", "interval": "", "best": False})
                continue
            cell = cells.loc[(candidate, figure)]
            row.append(
                {
                    "value": format_number(cell["test"]),
                    "interval": f"{format_number(cell['test_lower'])} to "
                    f"{format_number(cell['test_upper'])}",
                    "cross_validation": format_number(cell["cross_validation"]),
                    "best": best[figure] == candidate,
                }
            )
        rows.append({"label": label_of(candidate), "cells": row})
    return {"columns": [FIGURES_OF_MERIT[name] for name in columns], "rows": rows}


def tabulate_changes(comparisons: pd.DataFrame) -> list[dict[str, Any]]:
    """Lay out the paired comparisons, by question.

    Returns
    -------
    questions : each with ``question`` and ``rows``.
    """
    questions = []
    for question, rows in comparisons.groupby("question", sort=False):
        questions.append(
            {
                "question": question,
                "rows": [
                    {
                        "what": f"{label_of(row.candidate)} – {label_of(row.against)}",
                        "figure": FIGURES_OF_MERIT[row.figure].label,
                        "folds": format_change(row.folds, row.folds_lower, row.folds_upper),
                        "test": format_change(row.test, row.test_lower, row.test_upper),
                        "p": "" if pd.isna(row.delong_p) else f"{row.delong_p:.2g}",
                        "answer": row.answer,
                    }
                    for row in rows.itertuples()
                ],
            }
        )
    return questions


def answer_on_synthetic(comparisons: pd.DataFrame, topic: str, generator: str) -> str:
    """Say what the synthetic events did, to the first model of the topic and to all.

    Parameters
    ----------
    comparisons : paired changes.
    topic : "synthetic" for the chosen generator, or "reference".
    generator : its name.
    """
    of_all = comparisons[comparisons["topic"] == topic]
    first = of_all["candidate"].iloc[0]
    rows = of_all[of_all["candidate"] == first].set_index("figure")
    counts = of_all["answer"].value_counts()
    parts = [
        f"{label} {format_change(row.folds, row.folds_lower, row.folds_upper)} ({row.answer})"
        for label, row in (
            ("ROC-AUC", rows.loc["roc_auc"]),
            ("F1 of gammas", rows.loc["f1_gamma"]),
            ("loacc", rows.loc["loacc"]),
        )
    ]
    if rows.loc["roc_auc", "answer"] == "better":
        verdict = "helped"
    elif rows.loc["roc_auc", "answer"] == "worse":
        verdict = "harmed"
    else:
        verdict = "neither helped nor harmed beyond doubt"
    return (
        f"Synthetic events of {generator} {verdict} {_in_prose(first)} by ROC-AUC. "
        f"Paired change over the folds: {'; '.join(parts)}. Over {of_all['candidate'].nunique()} "
        f"models and {of_all['figure'].nunique()} figures of merit: {counts.get('better', 0)} "
        f"better, {counts.get('worse', 0)} worse, "
        f"{len(of_all) - counts.get('better', 0) - counts.get('worse', 0)} without clear change."
    )


def _in_prose(candidate: str) -> str:
    model = Candidate.parse(candidate).model
    return "the stack" if model == STACK else MODELS[model][0]


def embed_png(png: bytes) -> str:
    """Write a PNG as an address that needs no file."""
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def embed_plotly(figures: Mapping[str, Figure]) -> dict[str, str]:
    """Write Plotly figures as HTML; the first brings the library along."""
    import plotly.io

    return {
        name: plotly.io.to_html(
            figure,
            full_html=False,
            include_plotlyjs=number == 0,
            div_id=f"plotly-{name}",
            config={"displaylogo": False, "responsive": True},
        )
        for number, (name, figure) in enumerate(figures.items())
    }


def render(context: Mapping[str, Any], template: str = "report.html.j2") -> str:
    """Fill a page; what is written into HTML is escaped, into Markdown it is not.

    Parameters
    ----------
    context : what the template shows.
    template : name of the template.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

    environment = Environment(
        loader=PackageLoader("showerforge.report"),
        autoescape=select_autoescape(["html.j2"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = format_number
    environment.filters["png"] = embed_png
    return environment.get_template(template).render(context)
