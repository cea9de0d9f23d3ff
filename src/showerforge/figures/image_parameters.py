"""Figures of what is measured of images."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from showerforge.cameras.columns import IMAGE_COLUMNS
from showerforge.events.schema import GAMMA, Column
from showerforge.figures import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

N_COLUMNS = 5
PANEL_WIDTH, PANEL_HEIGHT = 2.9, 2.1
N_BINS = 40
#: share of the images beyond either end of an axis
TAIL = 0.002
#: parameters that spread over powers of ten
LOGARITHMIC = {
    "size",
    "kurtosis",
    "length_uncertainty",
    "width_uncertainty",
    "psi_uncertainty",
}
#: parameters of which most images have the same value
PILED_UP = {
    "n_islands",
    "brightest_island",
    "leakage_pixels_1",
    "leakage_pixels_2",
    "leakage_size_1",
    "leakage_size_2",
    "width_uncertainty",
    "psi_uncertainty",
}
WHOLE_NUMBERS = {"n_pixels", "n_islands"}


def parameter_distributions(events: pd.DataFrame, footer: str) -> Figure:
    """Distributions of all image parameters, gammas against hadrons, each normalised to 1.

    Parameters
    ----------
    events : DataFrame with the columns `IMAGE_COLUMNS` and ``particle``.
    footer : provenance of the data.
    """
    n_rows = -(-len(IMAGE_COLUMNS) // N_COLUMNS)
    figure = style.new_figure(PANEL_WIDTH * N_COLUMNS, PANEL_HEIGHT * n_rows, footer)
    panels = np.ravel(figure.subplots(n_rows, N_COLUMNS))
    is_gamma = events["particle"] == GAMMA
    for axes, column in zip(panels, IMAGE_COLUMNS, strict=False):
        _draw(axes, column, events[column.name], is_gamma)
    for axes in panels[::N_COLUMNS]:
        axes.set_ylabel("share of images", fontsize=8)
    for axes in panels[len(IMAGE_COLUMNS) :]:
        axes.set_axis_off()
    counts = f"{is_gamma.sum():,} gammas, {(~is_gamma).sum():,} hadrons"
    panels[-1].legend(*panels[0].get_legend_handles_labels(), title=counts, loc="center")
    return figure


def _draw(axes: Axes, column: Column, values: pd.Series, is_gamma: pd.Series) -> None:
    from matplotlib.ticker import NullFormatter

    bins = choose_bins(column.name, values.to_numpy())
    for particle, chosen, colour, options in (
        ("gamma", is_gamma, style.GAMMA_COLOUR, {"alpha": 0.55}),
        ("hadron", ~is_gamma, style.HADRON_COLOUR, {"histtype": "step", "linewidth": 1.4}),
    ):
        own = values[chosen].dropna().to_numpy()
        weights = np.full(len(own), 1 / max(1, len(own)))
        axes.hist(own, bins.tolist(), weights=weights, color=colour, label=particle, **options)
    if column.name in LOGARITHMIC:
        style.plain_numbers(axes, "x")
    if column.name in PILED_UP:
        axes.set_yscale("log")
        axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_xlim(bins[0], bins[-1])
    axes.set_xlabel(column.label, fontsize=8)
    axes.tick_params(labelsize=7)
    style.tidy(axes)


def choose_bins(name: str, values: np.ndarray) -> np.ndarray:
    """Choose edges that hold nearly all values: logarithmic, of whole numbers, or even.

    Parameters
    ----------
    name : of the parameter.
    values : float[n_events]; what is no number, or not above 0 on a logarithmic axis, is left out.
    """
    is_logarithmic = name in LOGARITHMIC
    values = values[np.isfinite(values) & (values > 0 if is_logarithmic else True)]
    if not len(values):
        return np.array([0.5, 1.5])
    lowest, highest = np.quantile(values, [TAIL, 1 - TAIL])
    if name in WHOLE_NUMBERS:
        return np.arange(np.floor(lowest), np.ceil(highest) + 2) - 0.5
    if highest == lowest:
        lowest, highest = lowest - 0.1 * abs(lowest) - np.finfo(float).eps, highest + 1
    space = np.geomspace if is_logarithmic else np.linspace
    return space(lowest, highest, N_BINS + 1)
