"""Camera images that were judged rightly and wrongly, and what a network looks at in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from showerforge.cameras.camera import Camera
from showerforge.cameras.images import EventImages
from showerforge.classifiers.classes import GAMMA_HADRON
from showerforge.figures import judged as judging
from showerforge.figures.images import UNITS, draw_pixels

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ENERGY_UNIT = "TeV"


def _draw_charges(camera: Camera, images: NDArray[np.floating]) -> judging.Draw:
    def draw(axes: Axes, number: int) -> Any:
        pixels = draw_pixels(axes, camera, images[number], clim=(0, float(images[number].max())))
        _tidy(axes)
        return pixels

    return draw


def _tidy(axes: Axes) -> None:
    axes.tick_params(labelsize=7)
    axes.set_xlabel("x [deg]", fontsize=7)
    axes.set_ylabel("y [deg]", fontsize=7)


def judged_images(events: EventImages, judged: pd.DataFrame, footer: str) -> Figure:
    """Show images of gammas kept and lost, of hadrons rejected and kept.

    Parameters
    ----------
    events : the few images that are shown.
    judged : of the same images, in the same order: ``verdict``, see
        `showerforge.figures.judged.VERDICTS`, ``score`` and, where it is known,
        ``true_energy``, TeV.
    footer : provenance of the data.
    """
    draw = _draw_charges(events.camera, events.recorded)
    return judging.draw_judged(judged, draw, UNITS["images"], ENERGY_UNIT, GAMMA_HADRON, footer)


def occlusion_maps(
    camera: Camera,
    images: NDArray[np.floating],
    occlusion: NDArray[np.floating],
    judged: pd.DataFrame,
    footer: str,
) -> Figure:
    """Show images, each beside what darkening its pixels does to the score.

    Parameters
    ----------
    camera : that took the images.
    images : float[n_images, n_pixels], p.e.
    occlusion : float[n_images, n_pixels], change of the logit of the gammaness when a pixel and
        its neighbours are set to zero.
    judged, footer : see `judged_images`.
    """

    def draw_change(axes: Axes, number: int, limits: tuple[float, float]) -> Any:
        options = {"cmap": judging.DIVERGING, "clim": limits}
        pixels = draw_pixels(axes, camera, occlusion[number], **options)
        _tidy(axes)
        return pixels

    return judging.draw_occlusion(
        judged,
        _draw_charges(camera, images),
        draw_change,
        occlusion,
        UNITS["images"],
        ENERGY_UNIT,
        GAMMA_HADRON,
        footer,
    )
