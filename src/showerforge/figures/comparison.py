"""Figures of the study of the classifiers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from showerforge.classifiers.comparison import FEATURES, MODELS, RECORDED_ONLY, SIZES
from showerforge.figures import style
from showerforge.metrics.figures_of_merit import FIGURES_OF_MERIT

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: figures of merit of the panels, in this order
SHOWN = ("roc_auc", "loacc", "highacc")
COLOURS = (style.BLACK, style.GREEN, style.SKY, style.VERMILION, style.PURPLE, style.ORANGE)
MARKERS = "os^vDP"


def _bars(axes: Axes, rows: pd.DataFrame, value: str, lower: str, upper: str) -> None:
    """Draw values with intervals, one a line, from above."""
    y = np.arange(len(rows))[::-1]
    ends = (rows[value] - rows[lower], rows[upper] - rows[value])
    axes.errorbar(
        rows[value], y, xerr=ends, fmt="o", markersize=4, color=style.BLUE, capsize=2, linewidth=1.2
    )
    axes.set_yticks(y, rows["contender"])
    axes.set_ylim(-0.7, len(rows) - 0.3)
    style.tidy(axes)


def models(table: pd.DataFrame, confidence: float, footer: str) -> Figure:
    """Figures of merit of all contenders with intervals, a panel for each.

    Parameters
    ----------
    table : as made by `showerforge.classifiers.comparison.tabulate`.
    confidence : coverage of the intervals.
    footer : provenance of the data.
    """
    rows = table[table["topic"] == MODELS]
    n = rows["contender"].nunique()
    figure = style.new_figure(11, 1.4 + 0.3 * n, footer)
    panels = np.ravel(figure.subplots(1, len(SHOWN), sharey=True))
    for axes, name in zip(panels, SHOWN, strict=True):
        _bars(axes, rows[rows["figure"] == name], "value", "lower", "upper")
        axes.set_xlabel(f"{FIGURES_OF_MERIT[name].label}, {confidence:.0%} interval")
    return figure


def ablation(table: pd.DataFrame, confidence: float, footer: str) -> Figure:
    """Change of figures of merit when a family of features is left out or added.

    Parameters are those of `models`.
    """
    rows = table[(table["topic"] == FEATURES) & (table["contender"] != _reference(table, FEATURES))]
    # so much worse that the rest could not be told apart
    rows = rows[rows["contender"] != RECORDED_ONLY]
    n = rows["contender"].nunique()
    figure = style.new_figure(11, 1.4 + 0.3 * n, footer)
    panels = np.ravel(figure.subplots(1, len(SHOWN), sharey=True))
    for axes, name in zip(panels, SHOWN, strict=True):
        axes.axvline(0, color=style.GREY, linewidth=0.8)
        _bars(axes, rows[rows["figure"] == name], "change", "change_lower", "change_upper")
        axes.set_xlabel(f"change of {FIGURES_OF_MERIT[name].label}, {confidence:.0%} interval")
    return figure


def _reference(table: pd.DataFrame, topic: str) -> str:
    return str(table.loc[table["topic"] == topic, "contender"].iloc[0])


def learning_curves(table: pd.DataFrame, confidence: float, footer: str) -> Figure:
    """Figures of merit against the number of training events.

    Parameters are those of `models`.
    """
    of_sizes = table[table["topic"] == SIZES]
    contenders = list(dict.fromkeys(of_sizes["contender"]))
    complete = table[(table["topic"] == MODELS) & table["contender"].isin(contenders)]
    rows = pd.concat([of_sizes, complete])
    figure = style.new_figure(11, 4.4, footer)
    panels = np.ravel(figure.subplots(1, len(SHOWN)))
    for axes, name in zip(panels, SHOWN, strict=True):
        for place, contender in enumerate(contenders):
            chosen = rows[(rows["figure"] == name) & (rows["contender"] == contender)]
            chosen = chosen.sort_values("n_train")
            axes.errorbar(
                chosen["n_train"] * 1.03 ** (place - (len(contenders) - 1) / 2),
                chosen["value"],
                (chosen["value"] - chosen["lower"], chosen["upper"] - chosen["value"]),
                color=COLOURS[place % len(COLOURS)],
                marker=MARKERS[place % len(MARKERS)],
                markersize=4,
                capsize=2,
                linewidth=1.2,
                label=contender,
            )
        axes.set_xscale("log")
        axes.set_xlabel("training events")
        axes.set_ylabel(f"{FIGURES_OF_MERIT[name].label}, {confidence:.0%} interval")
        style.tidy(axes)
    panels[0].legend(frameon=False)
    return figure
