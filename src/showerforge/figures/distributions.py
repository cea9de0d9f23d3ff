"""Distributions of many columns of a table, one panel each, class against class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from showerforge.events.schema import Column
from showerforge.figures import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

N_COLUMNS = 5
PANEL_WIDTH, PANEL_HEIGHT = 2.9, 2.1
N_BINS = 40
#: more numbers than so many would overlap
MOST_TICKS = 5
#: share of the images beyond either end of an axis
TAIL = 0.002
#: how the first class is drawn, and the second
LOOKS: tuple[dict[str, Any], ...] = ({"alpha": 0.55}, {"histtype": "step", "linewidth": 1.4})


@dataclass(frozen=True)
class Scales:
    """Columns that need another axis than an even one.

    Attributes
    ----------
    logarithmic : that spread over powers of ten.
    piled_up : of which most images have the same value.
    whole_numbers : that count.
    """

    logarithmic: frozenset[str] = frozenset()
    piled_up: frozenset[str] = frozenset()
    whole_numbers: frozenset[str] = frozenset()


def draw_distributions(
    events: pd.DataFrame,
    columns: Sequence[Column],
    colours: Mapping[str, str],
    scales: Scales,
    footer: str,
) -> Figure:
    """Distributions of some columns, each class normalised to 1.

    Parameters
    ----------
    events : DataFrame with the columns and ``particle``.
    columns : what is drawn.
    colours : of two particles; the first is drawn filled.
    scales : axes that are not even.
    footer : provenance of the data.
    """
    # one panel more for the legend
    n_rows = -(-(len(columns) + 1) // N_COLUMNS)
    figure = style.new_figure(PANEL_WIDTH * N_COLUMNS, PANEL_HEIGHT * n_rows, footer)
    panels = np.ravel(figure.subplots(n_rows, N_COLUMNS))
    for axes, column in zip(panels, columns, strict=False):
        _draw(axes, column, events[column.name], events["particle"], colours, scales)
    for axes in panels[::N_COLUMNS]:
        axes.set_ylabel("share of images", fontsize=8)
    for axes in panels[len(columns) :]:
        axes.set_axis_off()
    counts = ", ".join(f"{(events['particle'] == name).sum():,} {name}s" for name in colours)
    panels[-1].legend(*panels[0].get_legend_handles_labels(), title=counts, loc="center")
    return figure


def _draw(
    axes: Axes,
    column: Column,
    values: pd.Series,
    particles: pd.Series,
    colours: Mapping[str, str],
    scales: Scales,
) -> None:
    from matplotlib.ticker import NullFormatter

    bins = choose_bins(column.name, values.to_numpy(), scales)
    for (particle, colour), look in zip(colours.items(), LOOKS, strict=True):
        own = values[particles == particle].dropna().to_numpy()
        weights = np.full(len(own), 1 / max(1, len(own)))
        axes.hist(own, bins.tolist(), weights=weights, color=colour, label=particle, **look)
    if column.name in scales.logarithmic:
        style.plain_numbers(axes, "x")
    else:
        axes.locator_params(axis="x", nbins=MOST_TICKS)
    if column.name in scales.piled_up:
        axes.set_yscale("log")
        axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_xlim(bins[0], bins[-1])
    axes.set_xlabel(column.label, fontsize=8)
    axes.tick_params(labelsize=7)
    style.tidy(axes)


def choose_bins(name: str, values: np.ndarray, scales: Scales) -> np.ndarray:
    """Choose edges that hold nearly all values: logarithmic, of whole numbers, or even.

    Parameters
    ----------
    name : of the column.
    values : float[n_events]; what is no number, or not above 0 on a logarithmic axis, is left out.
    scales : axes that are not even.
    """
    is_logarithmic = name in scales.logarithmic
    values = values[np.isfinite(values) & (values > 0 if is_logarithmic else True)]
    if not len(values):
        return np.array([0.5, 1.5])
    lowest, highest = np.quantile(values, [TAIL, 1 - TAIL])
    if name in scales.whole_numbers:
        return np.arange(np.floor(lowest), np.ceil(highest) + 2) - 0.5
    if highest == lowest:
        lowest, highest = lowest - 0.1 * abs(lowest) - np.finfo(float).eps, highest + 1
    space = np.geomspace if is_logarithmic else np.linspace
    return space(lowest, highest, N_BINS + 1)
