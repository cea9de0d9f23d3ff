"""Figures of single images, before and after cleaning, with what is measured of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from showerforge.cameras.camera import Camera
from showerforge.figures import style
from showerforge.figures.images import UNITS, draw_pixels

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from showerforge.cameras.image_checks import Images, Mask

PANEL_WIDTH, PANEL_HEIGHT = 3.3, 6.2
#: standard deviations at which the ellipse is drawn
ELLIPSE_SCALE = 2
PIXEL_EDGES = "#c8c8c8"


def camera_views(
    camera: Camera,
    images: Images,
    mask: Mask,
    events: pd.DataFrame,
    source: tuple[float, float],
    footer: str,
) -> Figure:
    """Show images before and after cleaning, a column for each event.

    Below, with the ellipse of the Hillas parameters, its major axis, the source that directions
    are measured from, and, where it is known, the direction that the particle came from.

    Parameters
    ----------
    camera : that took the images.
    images : float[n_events, n_pixels], p.e., the few that are shown.
    mask : bool[n_events, n_pixels], pixels that are left by the cleaning.
    events : DataFrame[n_events], what is measured of the same images, see
        `showerforge.cameras.hillas.parametrise`, and what is known of the events.
    source : x and y of the source that directions are measured from, deg.
    footer : provenance of the data.
    """
    n_events = len(events)
    figure = style.new_figure(PANEL_WIDTH * n_events, PANEL_HEIGHT, footer)
    panels = figure.subplots(2, n_events, squeeze=False, sharex=True, sharey=True)
    for number, (above, below) in enumerate(panels.T):
        image, kept = images[number], mask[number]
        event = events.iloc[number]
        limits = (0.0, float(image.max()))
        draw_pixels(above, camera, image, clim=limits)
        cleaned = np.where(kept, image, np.nan)
        options = {"edgecolors": PIXEL_EDGES, "linewidths": 0.3, "clim": limits}
        pixels = draw_pixels(below, camera, cleaned, **options)
        _draw_ellipse(below, event)
        _mark_directions(below, event, source)
        figure.colorbar(
            pixels, ax=[above, below], label=UNITS["images"], orientation="horizontal", shrink=0.85
        )
        above.set_title(_describe_truth(event), fontsize=9)
        below.set_title(_describe_image(event), fontsize=8)
        below.set_xlabel("x [deg]")
    panels[0, 0].set_ylabel("recorded · y [deg]")
    panels[1, 0].set_ylabel("cleaned · y [deg]")
    figure.legend(
        *panels[1, 0].get_legend_handles_labels(), loc="outside upper center", ncols=4, fontsize=8
    )
    return figure


def _draw_ellipse(axes: Axes, measured: pd.Series) -> None:
    from matplotlib.patches import Ellipse

    if pd.isna(measured["psi"]):
        return
    centre = (measured["x"], measured["y"])
    ellipse = Ellipse(
        centre,
        *(2 * ELLIPSE_SCALE * measured[["length", "width"]]),
        angle=measured["psi"],
        fill=False,
        edgecolor=style.VERMILION,
        linewidth=1.4,
        label=f"ellipse, {ELLIPSE_SCALE} σ",
    )
    axes.add_patch(ellipse)
    slope = np.deg2rad(measured["psi"])
    axes.axline(
        centre,
        (centre[0] + np.cos(slope), centre[1] + np.sin(slope)),
        color=style.VERMILION,
        linewidth=0.9,
        linestyle="--",
        label="major axis",
    )


def _mark_directions(axes: Axes, truth: pd.Series, source: tuple[float, float]) -> None:
    axes.plot(
        *source,
        "*",
        markersize=11,
        color="white",
        markeredgecolor="black",
        label="source",
        zorder=4,
    )
    if pd.notna(truth.get("source_x")):
        axes.plot(
            truth["source_x"],
            truth["source_y"],
            "x",
            markersize=6,
            color=style.BLACK,
            label="true direction",
            zorder=5,
        )


def _describe_truth(truth: pd.Series) -> str:
    words = [str(truth.get("primary", truth.get("particle", "")))]
    for name, text in (("true_energy", "{:.3g} TeV"), ("impact", "impact {:.0f} m")):
        if pd.notna(value := truth.get(name)):
            words.append(text.format(value))
    return ", ".join(words)


def _describe_image(measured: pd.Series) -> str:
    return (
        f"size {measured['size']:,.0f} p.e., alpha {measured['alpha']:.1f}°\n"
        f"length {measured['length']:.2f}°, width {measured['width']:.2f}°"
    )
