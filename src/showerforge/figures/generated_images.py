"""Generated camera images, beside simulated ones and as what was asked for changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from showerforge.cameras.camera import Camera
from showerforge.events.schema import Column
from showerforge.figures import style
from showerforge.figures.camera_views import PIXEL_EDGES
from showerforge.figures.images import UNITS, draw_pixels
from showerforge.figures.judged import DIVERGING
from showerforge.validation.images.sets import ENERGY, IMPACT, REQUESTED, SIZE, ImageSet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANEL_WIDTH, PANEL_HEIGHT = 2.4, 2.35
#: room for the colour bars, the footer and the titles
MARGIN = 1.0
#: charge up to which colours are even, p.e.; beyond, they are logarithmic
LINEAR_CHARGE = 5.0


def side_by_side(
    camera: Camera, sets: Mapping[str, ImageSet], quantiles: Sequence[float], footer: str
) -> Figure:
    """Show images of several origins in rows, at the same quantiles of the size in columns.

    The colours of a column span the charges of its first image; brighter pixels of others are as
    the brightest of it.

    Parameters
    ----------
    camera : that took the images.
    sets : cleaned images of one particle by what their origin is called, such as the test Monte
        Carlo and each generator.
    quantiles : of the sizes of each set, in [0, 1].
    footer : provenance of the data.
    """
    shown = {
        label: each.take(rows_at_quantiles(each.table[SIZE], quantiles))
        for label, each in sets.items()
    }
    n_rows, n_columns = len(shown), len(quantiles)
    figure = style.new_figure(PANEL_WIDTH * n_columns, PANEL_HEIGHT * n_rows + MARGIN, footer)
    grid = figure.subplots(n_rows, n_columns, squeeze=False, sharex=True, sharey=True)
    for number, panels in enumerate(grid.T):
        first = next(iter(shown.values()))
        highest = float(first.charges[number].max())
        for axes, each in zip(panels, shown.values(), strict=True):
            pixels = _draw_cleaned(axes, camera, each.charges[number], clim=(0, highest))
            axes.set_title(_describe(each.table.iloc[number]), fontsize=7)
        panels[-1].set_xlabel("x [deg]", fontsize=8)
        _add_bar(figure, pixels, panels, UNITS["images"], "horizontal", extend="max")
        panels[0].annotate(
            f"quantile {quantiles[number]:g} of the size",
            (0.5, 1.28),
            xycoords="axes fraction",
            ha="center",
            fontsize=9,
        )
    for panels, label in zip(grid, shown, strict=True):
        panels[0].set_ylabel(f"{label}\ny [deg]", fontsize=8)
    return figure


def rows_at_quantiles(size: pd.Series, quantiles: Sequence[float]) -> NDArray[np.intp]:
    """Find the images at some quantiles of the size.

    Parameters
    ----------
    size : float[n], p.e., NaN of images that cannot be measured, which are left out.
    quantiles : in [0, 1].

    Returns
    -------
    rows : int[n_quantiles], numbers of images.
    """
    order = np.argsort(size.to_numpy(float), kind="stable")[: int(size.notna().sum())]
    return order[[round(share * (len(order) - 1)) for share in quantiles]]


def _draw_cleaned(axes: Axes, camera: Camera, charges: NDArray[np.floating], **options: Any) -> Any:
    """Colour the lit pixels, and leave the others white."""
    lit = np.where(charges > 0, charges, np.nan)
    options = {"edgecolors": PIXEL_EDGES, "linewidths": 0.15, **options}
    pixels = draw_pixels(axes, camera, lit, **options)
    axes.tick_params(labelsize=7)
    return pixels


def _add_bar(
    figure: Figure, pixels: Any, panels: Any, label: str, orientation: str, extend: str = "neither"
) -> None:
    beside: dict[str, Any] = {
        "orientation": orientation,
        "shrink": 0.8,
        "aspect": 22,
        "extend": extend,
    }
    bar = figure.colorbar(pixels, ax=list(panels), **beside)
    bar.set_label(label, fontsize=8)
    bar.ax.tick_params(labelsize=7)


def _describe(row: pd.Series) -> str:
    words = [f"{row[SIZE]:,.0f} p.e."]
    asked = [
        text.format(value)
        for name, text in ((ENERGY, "{:.3g} TeV"), (IMPACT, "{:.0f} m"), (SIZE, "{:,.0f} p.e."))
        if pd.notna(value := row.get(REQUESTED + name))
    ]
    return f"{words[0]}\nof {', '.join(asked)}" if asked else words[0]


def condition_steps(
    camera: Camera,
    steps: Sequence[tuple[Column, Sequence[float], NDArray[np.floating]]],
    title: str,
    footer: str,
) -> Figure:
    """Show how images change when one condition does, and the seed and the others do not.

    Parameters
    ----------
    camera : that such images are of.
    steps : for each row of the figure the condition, its values, and the images drawn with them,
        float[n_values, n_pixels], p.e., cleaned; as many values in each row.
    title : whose images these are, and what the other conditions are.
    footer : provenance of the data.
    """
    from matplotlib.colors import AsinhNorm

    n_columns = max(len(values) for _, values, _ in steps)
    width, height = PANEL_WIDTH * n_columns + MARGIN, PANEL_HEIGHT * len(steps) + MARGIN
    figure = style.new_figure(width, height, footer)
    grid = figure.subplots(len(steps), n_columns, squeeze=False, sharex=True, sharey=True)
    for panels, (condition, values, images) in zip(grid, steps, strict=True):
        highest = max(float(np.max(images)), LINEAR_CHARGE)
        for axes, value, image in zip(panels, values, images, strict=True):
            norm = AsinhNorm(LINEAR_CHARGE, vmin=0, vmax=highest)
            pixels = _draw_cleaned(axes, camera, image, norm=norm)
            unit = f" {condition.unit}" if condition.unit else ""
            light = f"{np.sum(image):,.0f} p.e. obtained"
            axes.set_title(f"{condition.name} {value:,.4g}{unit}\n{light}", fontsize=7.5)
        panels[0].set_ylabel("y [deg]", fontsize=8)
        _add_bar(figure, pixels, panels, UNITS["images"], "vertical")
    for axes in grid[-1]:
        axes.set_xlabel("x [deg]", fontsize=8)
    figure.suptitle(title, fontsize=10)
    return figure


def occupancy_maps(camera: Camera, sets: Mapping[str, ImageSet], footer: str) -> Figure:
    """Show in which share of the images each pixel is lit, and the differences to the first set.

    Parameters
    ----------
    camera : that took the images.
    sets : cleaned images of one particle by what their origin is called, simulated ones first.
    footer : provenance of the data.
    """
    shares = {label: 100 * (each.charges > 0).mean(axis=0) for label, each in sets.items()}
    first = next(iter(shares.values()))
    highest = max(float(share.max()) for share in shares.values())
    reach = max(float(np.abs(share - first).max()) for share in shares.values()) or 1.0
    figure = style.new_figure(1.2 * PANEL_WIDTH * len(sets), 2.4 * PANEL_HEIGHT + MARGIN, footer)
    grid = figure.subplots(2, len(sets), squeeze=False, sharex=True, sharey=True)
    for number, (label, share) in enumerate(shares.items()):
        above, below = grid[:, number]
        lit = draw_pixels(above, camera, share, clim=(0, highest))
        above.set_title(label, fontsize=9)
        off = draw_pixels(below, camera, share - first, cmap=DIVERGING, clim=(-reach, reach))
        largest = np.abs(share - first).max()
        below.set_title(f"largest difference {largest:.2f} %", fontsize=8)
        below.set_xlabel("x [deg]", fontsize=8)
    _add_bar(figure, lit, grid[0], "images in which the pixel is lit [%]", "vertical")
    _add_bar(figure, off, grid[1], f"difference to {next(iter(shares))} [%]", "vertical")
    for axes in grid[:, 0]:
        axes.set_ylabel("y [deg]", fontsize=8)
    for axes in grid.ravel():
        axes.tick_params(labelsize=7)
    return figure
