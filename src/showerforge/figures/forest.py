"""Figures of quality factors with intervals, and of their paired changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from showerforge.classifiers.classes import Classes
from showerforge.figures import style
from showerforge.figures.contenders import choose_looks, order

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHT_OF_LINE = 0.4
#: how far beyond all finite ends the axis goes where an end is infinite
BEYOND = 1.25
ANSWER_COLOURS = {"better": style.GREEN, "worse": style.VERMILION}


def quality_forest(
    separation: pd.DataFrame,
    comparisons: pd.DataFrame,
    classes: Classes,
    confidence: float,
    footer: str,
) -> Figure:
    """Quality factors of all classifiers, and the paired changes between some of them.

    An arrow stands for an end at infinity: resamples without any background left.

    Parameters
    ----------
    separation : table of the classifiers with ``classifier``, ``label``, ``kind``, ``is_blind``,
        ``quality_factor`` with ``_lower`` and ``_upper``, ``gamma_efficiency`` and
        ``surviving_hadrons``.
    comparisons : paired changes: ``candidate_label``, ``against_label``, ``figure``, ``change``,
        ``lower``, ``upper`` and ``answer``; those of Q are drawn.
    classes : what the classes are called.
    confidence : coverage of the intervals.
    footer : provenance of the data.
    """
    changes = comparisons[comparisons["figure"] == "quality_factor"]
    n_lines = max(len(separation), len(changes), 3)
    figure = style.new_figure(15, 1.6 + HEIGHT_OF_LINE * n_lines, footer)
    left, right = figure.subplots(1, 2)
    _draw_quality(left, order(separation), classes)
    left.set_xlabel(f"quality factor Q on the test events, {confidence:.0%} interval")
    _draw_changes(right, changes)
    right.set_xlabel(f"paired change of Q on the same events, {confidence:.0%} interval")
    for axes in (left, right):
        axes.tick_params(axis="y", labelsize=7.5)
        style.tidy(axes)
    return figure


def _draw_quality(axes: Axes, rows: pd.DataFrame, classes: Classes) -> None:
    looks = choose_looks(rows)
    places = np.arange(len(rows))[::-1]
    ends = rows[[f"quality_factor{end}" for end in ("_lower", "", "_upper")]].to_numpy(float)
    limit = BEYOND * ends[np.isfinite(ends)].max(initial=1)
    for place, row, interval in zip(places, rows.itertuples(), ends, strict=True):
        look = looks[row.classifier]
        _draw_interval(
            axes,
            place,
            interval,
            limit,
            fmt=look.marker,
            color=look.colour,
            markerfacecolor=look.face,
        )
        remark = f"{100 * row.gamma_efficiency:.0f} %, {row.surviving_hadrons:,}"
        where = axes.get_yaxis_transform()
        axes.text(1.02, place, remark, transform=where, fontsize=7.5, va="center")
    style.plain_numbers(axes, "x")
    axes.set_yticks(places, rows["label"])
    axes.set_ylim(-0.7, len(rows) - 0.3)
    blind = "open: blind to directions; " if rows["is_blind"].any() else ""
    axes.set_title(
        f"{blind}right: {classes.signal}s kept, number of {classes.background}s left",
        fontsize=9,
        loc="right",
    )


def _draw_changes(axes: Axes, rows: pd.DataFrame) -> None:
    places = np.arange(len(rows))[::-1]
    axes.axvline(0, color=style.GREY, linewidth=0.8)
    ends = rows[["lower", "change", "upper"]].to_numpy(float)
    finite = np.abs(ends[np.isfinite(ends)])
    limit = BEYOND * finite.max(initial=0) or 1.0
    for place, row, interval in zip(places, rows.itertuples(), ends, strict=True):
        colour = ANSWER_COLOURS.get(row.answer, style.GREY)
        if np.isnan(interval).any():
            axes.text(0, place, " not defined", fontsize=7.5, va="center", color=colour)
            continue
        _draw_interval(axes, place, interval, limit, fmt="o", color=colour)
    names = [f"{row.candidate_label}\n– {row.against_label}" for row in rows.itertuples()]
    axes.set_yticks(places, names)
    axes.set_ylim(-0.7, max(len(rows), 1) - 0.3)
    axes.set_title("green: better, red: worse, grey: no clear change", fontsize=9)


def _draw_interval(axes: Axes, place: float, ends: np.ndarray, limit: float, **look: Any) -> None:
    """Draw lower end, value and upper end; what is infinite ends in an arrow at a limit."""
    lower, value, upper = np.clip(ends, -limit, limit)
    errors = [[value - lower], [upper - value]]
    axes.errorbar(value, place, xerr=errors, markersize=5.5, capsize=2, linewidth=1.3, **look)
    for end, marker in ((ends[0], "<"), (ends[2], ">")):
        if np.isinf(end):
            axes.plot(np.clip(end, -limit, limit), place, marker, color=look["color"], markersize=7)
