"""Figures of electron and photon images."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from showerforge.calorimeter.columns import (
    ELECTRON,
    ENERGY,
    IMAGE_SIDE,
    PARTICLES,
    PHOTON,
    SHAPE_COLUMNS,
)
from showerforge.figures import style
from showerforge.figures.distributions import Scales, draw_distributions

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS, NO_ENERGY_COLOUR = "viridis", "#f2f2f2"
DIFFERENCE_COLOURS = "RdBu_r"
CLASS_COLOURS = {ELECTRON: style.BLUE, PHOTON: style.VERMILION}
PANEL_WIDTH, PANEL_HEIGHT = 3.4, 3.0
N_COLUMNS = 3
#: powers of ten below the hottest crystal that have colours of their own
DECADES = 4
#: powers of ten below the largest difference, from which colours are in proportion to it
LINEAR_DECADES = 2
ENERGY_LABEL = "energy [unit of the file]"
SCALES = Scales(
    piled_up=frozenset({"eta_skewness", "phi_skewness", "outer_eta", "outer_phi"}),
    logarithmic=frozenset({"eta_kurtosis", "phi_kurtosis"}),
    whole_numbers=frozenset({"n_hits"}),
)


def event_images(images: NDArray[np.floating], titles: Sequence[str], footer: str) -> Figure:
    """Energy of every crystal, one panel for each image, on a logarithmic scale of colours.

    Parameters
    ----------
    images : float32[n_images, 32, 32, 2], the few that are shown.
    titles : of each image.
    footer : provenance of the data.
    """
    figure, panels = _new_panels(len(images), footer)
    norm = _logarithmic(images[..., ENERGY])
    for axes, image, title in zip(panels, images, titles, strict=False):
        _draw_map(axes, _hits(image[..., ENERGY]), title, norm=norm)
    return figure


def mean_images(
    batches: Iterable[tuple[NDArray[np.integer], NDArray[np.floating]]], footer: str
) -> Figure:
    """Mean energy of every crystal of electrons and of photons, and the difference.

    Parameters
    ----------
    batches : classes, int[n], photon 0 and electron 1, and images, float32[n, 32, 32, 2]; so that
        not all of them need be in memory.
    footer : provenance of the data.
    """
    sums = np.zeros((len(PARTICLES), IMAGE_SIDE, IMAGE_SIDE))
    counts = np.zeros(len(PARTICLES), dtype=int)
    for labels, images in batches:
        for label in range(len(PARTICLES)):
            own = images[labels == label][..., ENERGY]
            sums[label] += own.sum(axis=0, dtype=float)
            counts[label] += len(own)
    means = sums / np.maximum(counts, 1)[:, None, None]
    figure, panels = _new_panels(3, footer)
    norm = _logarithmic(means)
    for axes, label in zip(panels, (1, 0), strict=False):
        title = f"mean of {counts[label]:,} {PARTICLES[label]}s"
        _draw_map(axes, _hits(means[label]), title, norm=norm)
    difference = means[1] - means[0]
    _draw_map(
        panels[2],
        difference,
        "electrons less photons",
        norm=_symmetric(difference),
        colours=DIFFERENCE_COLOURS,
    )
    return figure


def shape_distributions(table: pd.DataFrame, footer: str) -> Figure:
    """Distributions of all shower shapes, electrons against photons, each normalised to 1.

    Parameters
    ----------
    table : DataFrame with the columns `SHAPE_COLUMNS` and ``particle``.
    footer : provenance of the data.
    """
    return draw_distributions(table, SHAPE_COLUMNS, CLASS_COLOURS, SCALES, footer)


def labelled(batches: Iterable[Any], labels: NDArray[np.integer]) -> Iterable[Any]:
    """Give the images of `ClassFiles.batches` the classes that `mean_images` needs."""
    return ((labels[batch.rows], batch.images) for batch in batches)


def _new_panels(n: int, footer: str) -> tuple[Figure, NDArray[Any]]:
    n_rows = max(1, -(-n // N_COLUMNS))
    figure = style.new_figure(PANEL_WIDTH * N_COLUMNS, PANEL_HEIGHT * n_rows + 0.3, footer)
    panels = np.ravel(figure.subplots(n_rows, N_COLUMNS, squeeze=False))
    for axes in panels[n:]:
        axes.set_axis_off()
    return figure, panels


def _hits(energy: NDArray[np.floating]) -> NDArray[np.floating]:
    """Leave out crystals without energy."""
    return np.ma.masked_less_equal(energy, 0)


def _draw_map(
    axes: Axes, energy: NDArray[np.floating], title: str, norm: Any, colours: str = COLOURS
) -> None:
    import matplotlib as mpl

    palette = mpl.colormaps[colours].with_extremes(bad=NO_ENERGY_COLOUR)
    pixels = axes.imshow(energy, cmap=palette, norm=norm, origin="lower", interpolation="nearest")
    axes.figure.colorbar(pixels, ax=axes, label=ENERGY_LABEL, shrink=0.8)
    axes.set_title(title, fontsize=8)
    axes.set(xlabel="phi [crystals]", ylabel="eta [crystals]")


def _logarithmic(energy: NDArray[np.floating]) -> Any:
    from matplotlib.colors import LogNorm

    highest = float(np.nanmax(energy, initial=0.0)) or 1.0
    return LogNorm(highest / 10**DECADES, highest, clip=False)


def _symmetric(difference: NDArray[np.floating]) -> Any:
    from matplotlib.colors import SymLogNorm

    highest = float(np.abs(difference).max()) or 1.0
    # a whole power of ten, so that the labels keep their distance from that of zero
    linear_up_to = 10 ** (np.floor(np.log10(highest)) - LINEAR_DECADES)
    return SymLogNorm(linear_up_to, vmin=-highest, vmax=highest)
