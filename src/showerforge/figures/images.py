"""Figures of camera images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from showerforge.cameras.camera import Camera
from showerforge.cameras.images import Charges, EventImages
from showerforge.cameras.shapes import FOLD, UNIT_RADIUS
from showerforge.figures import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import PolyCollection
    from matplotlib.figure import Figure

COLOURS = "viridis"
PANEL_WIDTH, PANEL_HEIGHT = 3.4, 3.0
#: what a panel is about
UNITS = {"images": "charge [p.e.]", "expected": "expected photo-electrons"}


def pixel_outlines(camera: Camera) -> NDArray[np.float64]:
    """Give the corners of all pixels.

    Returns
    -------
    corners : float64[n_pixels, 6 or 4, 2], x and y in the field of view, deg.
    """
    n_corners = FOLD[camera.shape]
    # an edge faces each neighbour, so that corners are half a step off the axes of the lattice
    angles = np.radians(camera.lattice_angle) + 2 * np.pi * (np.arange(n_corners) + 0.5) / n_corners
    corners = UNIT_RADIUS[camera.shape] * camera.pixel_width * np.exp(1j * angles)
    places = (camera.x + 1j * camera.y)[:, None] + corners
    return np.stack([places.real, places.imag], axis=-1)


def draw_pixels(
    axes: Axes, camera: Camera, values: NDArray[np.floating], **options: Any
) -> PolyCollection:
    """Colour the pixels of a camera by a value each.

    Parameters
    ----------
    axes : what is drawn on; x and y are given the same scale.
    camera : whose pixels are drawn.
    values : float[n_pixels].
    options : for matplotlib's ``PolyCollection``, such as ``clim`` or ``edgecolors``.
    """
    from matplotlib.collections import PolyCollection

    pixels = PolyCollection(
        list(pixel_outlines(camera)),
        **{"cmap": COLOURS, "edgecolors": "face", "linewidths": 0.2, **options},
    )
    pixels.set_array(np.asarray(values))
    axes.add_collection(pixels)
    reach = camera.radius
    axes.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
    return pixels


def draw_camera_images(
    events: EventImages, footer: str, what: Charges | None = None, n_columns: int = 3
) -> Figure:
    """Show images in the camera, one panel for each event.

    Parameters
    ----------
    events : the few events that are shown.
    footer : provenance of the data.
    what : "images" or "expected"; by default what there is, images first.
    n_columns : panels side by side.
    """
    drawn = what or events.charges[0]
    n_rows = max(1, -(-len(events) // n_columns))
    figure = style.new_figure(PANEL_WIDTH * n_columns, PANEL_HEIGHT * n_rows + 0.3, footer)
    panels = np.ravel(figure.subplots(n_rows, n_columns, squeeze=False))
    charges = getattr(events, drawn)
    for axes, values, (event_id, row) in zip(
        panels, charges, events.table.iterrows(), strict=False
    ):
        pixels = draw_pixels(axes, events.camera, values)
        figure.colorbar(pixels, ax=axes, label=UNITS[drawn], shrink=0.8)
        axes.set_title(_describe(event_id, row, float(values.sum())), fontsize=8)
        axes.set(xlabel="x [deg]", ylabel="y [deg]")
    for axes in panels[len(events) :]:
        axes.set_axis_off()
    return figure


def _describe(event_id: Any, row: pd.Series, size: float) -> str:
    words = [f"event {event_id}"]
    if "primary" in row:
        words.append(str(row["primary"]))
    if pd.notna(energy := row.get("true_energy")):
        words.append(f"{energy:.3g} TeV")
    return f"{', '.join(words)}\n{size:,.0f} p.e. in all pixels"
