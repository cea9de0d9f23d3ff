"""Figures of what a classifier looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from showerforge.events.schema import GAMMA, HADRON
from showerforge.figures import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: from low to high values; the colour-blind can read it (Nuñez et al. 2018, PLOS ONE 13, e0199239)
VALUE_COLOURS = "cividis"
SWARM_BINS = 80
SWARM_HALF_WIDTH = 0.42


def parameter_importance(importance: pd.DataFrame, labels: dict[str, str], footer: str) -> Figure:
    """Loss of ROC-AUC when a recorded parameter is shuffled, most important on top.

    Parameters
    ----------
    importance : DataFrame with ``parameter``, ``importance``, ``lower`` and ``upper``.
    labels : name with unit of each parameter.
    footer : provenance of the data.
    """
    figure = style.new_figure(7, 0.3 * len(importance) + 1.2, footer)
    axes = figure.subplots()
    _bars(axes, importance.iloc[::-1], "importance", labels)
    axes.set_xlabel("loss of ROC-AUC when shuffled")
    return figure


def _bars(axes: Axes, rows: pd.DataFrame, column: str, labels: dict[str, str]) -> None:
    """Draw one bar with its interval for each parameter, the first one at the bottom."""
    values = rows[column].to_numpy()
    axes.barh(
        [labels.get(name, name) for name in rows["parameter"]],
        values,
        xerr=[values - rows["lower"], rows["upper"] - values],
        color=style.BLUE,
        alpha=0.8,
        error_kw={"elinewidth": 0.8},
    )
    axes.margins(y=0.01)
    style.tidy(axes)


def shapley_summary(
    values: pd.DataFrame, summary: pd.DataFrame, labels: dict[str, str], footer: str
) -> Figure:
    """Shapley values of single events, coloured by the value of the parameter, and their size.

    Parameters
    ----------
    values : DataFrame with ``parameter``, ``value`` and ``shapley_value`` of each event.
    summary : DataFrame with ``parameter``, largest first, ``mean_absolute``, ``lower`` and
        ``upper``.
    labels : name with unit of each parameter.
    footer : provenance of the data.
    """
    rows = summary.iloc[::-1]
    figure = style.new_figure(11, 0.46 * len(rows) + 1.4, footer)
    swarms, bars = figure.subplots(1, 2, sharey=True, width_ratios=[2.2, 1])
    _bars(bars, rows, "mean_absolute", labels)
    bars.set_xlabel("mean absolute Shapley value")
    for height, name in enumerate(rows["parameter"]):
        own = values[values["parameter"] == name]
        shapley = own["shapley_value"].to_numpy()
        points = swarms.scatter(
            shapley,
            height + _swarm(shapley),
            c=own["value"].rank(pct=True),
            cmap=VALUE_COLOURS,
            vmin=0,
            vmax=1,
            s=9,
            linewidths=0,
        )
    swarms.axvline(0, color=style.GREY, linewidth=0.8)
    swarms.set_xlabel("Shapley value: change of the log-odds of gammaness (right: more gamma-like)")
    swarms.set_ylim(-0.6, len(rows) - 0.4)
    style.tidy(swarms)
    bar = figure.colorbar(points, ax=bars, pad=0.03, aspect=40, ticks=[0, 0.5, 1])
    bar.ax.set_yticklabels(["lowest", "median", "highest"], fontsize=7)
    bar.set_label("value of the parameter, by rank", fontsize=8)
    bar.outline.set_visible(False)
    return figure


def _swarm(values: np.ndarray) -> np.ndarray:
    """Spread points that lie near each other, so that the width shows their density.

    Returns
    -------
    offsets : float[n_points] between plus and minus `SWARM_HALF_WIDTH`.
    """
    edges = np.histogram_bin_edges(values, SWARM_BINS)
    bins = pd.Series(np.digitize(values, edges[1:-1]))
    place = bins.groupby(bins).cumcount()
    sign = np.where(place % 2 == 0, 1, -1)
    steps = sign * ((place + 1) // 2)
    return (SWARM_HALF_WIDTH * steps / max(1, np.abs(steps).max())).to_numpy()


def partial_dependence(
    dependence: pd.DataFrame, events: pd.DataFrame, labels: dict[str, str], footer: str
) -> Figure:
    """Mean gammaness against the value of each recorded parameter, with quartiles of events.

    Parameters
    ----------
    dependence : DataFrame with ``parameter``, ``value``, ``gammaness``, ``lower_quartile``,
        ``upper_quartile`` and ``valid_share``.
    events : events with ``particle``, whose deciles are drawn as ticks.
    labels : name with unit of each parameter.
    footer : provenance of the data.
    """
    names = list(dict.fromkeys(dependence["parameter"]))
    n_rows = int(np.ceil(len(names) / 5))
    figure = style.new_figure(13, 2.7 * n_rows, footer)
    panels = np.ravel(figure.subplots(n_rows, 5, sharey=True, squeeze=False))
    deciles = np.linspace(0.1, 0.9, 9)
    for axes, name in zip(panels, names, strict=False):
        rows = dependence[dependence["parameter"] == name]
        axes.fill_between(
            rows["value"],
            rows["lower_quartile"],
            rows["upper_quartile"],
            color=style.SKY,
            alpha=0.3,
            linewidth=0,
            label="middle half of the events",
        )
        axes.plot(rows["value"], rows["gammaness"], color=style.BLACK, label="mean gammaness")
        axes.plot(
            rows["value"],
            rows["valid_share"],
            ":",
            color=style.GREY,
            label="share of events that may have the value",
        )
        limits = axes.get_xlim()
        for particle, height, colour in (
            (GAMMA, 1.05, style.GAMMA_COLOUR),
            (HADRON, -0.05, style.HADRON_COLOUR),
        ):
            ticks = events.loc[events["particle"] == particle, name].quantile(deciles)
            axes.plot(
                ticks,
                np.full(len(ticks), height),
                "|",
                color=colour,
                markersize=7,
                label=f"deciles of {particle}s",
            )
        axes.set_xlim(limits)
        axes.set(xlabel=labels.get(name, name), ylim=(-0.1, 1.1))
        style.tidy(axes)
    for axes in panels[len(names) :]:
        axes.set_visible(False)
    for axes in panels[::5]:
        axes.set_ylabel("gammaness")
    handles, texts = panels[0].get_legend_handles_labels()
    figure.legend(handles, texts, loc="outside upper center", ncols=len(texts), fontsize=8)
    return figure
