"""Calorimeter images that were judged rightly and wrongly, and what a network looks at in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from showerforge.classifiers.classes import ELECTRON_PHOTON
from showerforge.figures import judged as judging
from showerforge.figures.images import COLOURS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ENERGY_UNIT = "GeV"
#: the files do not say in which unit
COLOUR_LABEL = "energy [unit of the file]"
#: powers of ten below the hottest crystal that have colours of their own
DECADES = 4


def draw_crystals(axes: Axes, values: NDArray[np.floating], **options: Any) -> Any:
    """Colour the crystals of a calorimeter by a value each.

    Parameters
    ----------
    axes : what is drawn on.
    values : float[n_eta, n_phi].
    options : for matplotlib's ``imshow``, such as ``norm``.
    """
    crystals = axes.imshow(values, origin="lower", interpolation="nearest", **options)
    axes.tick_params(labelsize=7)
    axes.set_xlabel("φ [crystals]", fontsize=7)
    axes.set_ylabel("η [crystals]", fontsize=7)
    return crystals


def _draw_energies(energies: NDArray[np.floating]) -> judging.Draw:
    from matplotlib.colors import LogNorm

    def draw(axes: Axes, number: int) -> Any:
        image = energies[number]
        highest = float(image.max()) if image.max() > 0 else 1.0
        norm = LogNorm(highest / 10**DECADES, highest)
        hit = np.ma.masked_less_equal(image, 0)
        return draw_crystals(axes, hit, norm=norm, cmap=COLOURS)

    return draw


def judged_images(energies: NDArray[np.floating], judged: pd.DataFrame, footer: str) -> Figure:
    """Show images of electrons kept and lost, of photons rejected and kept.

    Parameters
    ----------
    energies : float[n_images, n_eta, n_phi], channel of the energy of the few that are shown.
    judged : of the same images, in the same order: ``verdict``, see
        `showerforge.figures.judged.VERDICTS`, ``score`` and, where it is known,
        ``true_energy``, GeV.
    footer : provenance of the data.
    """
    draw = _draw_energies(energies)
    return judging.draw_judged(judged, draw, COLOUR_LABEL, ENERGY_UNIT, ELECTRON_PHOTON, footer)


def occlusion_maps(
    energies: NDArray[np.floating],
    occlusion: NDArray[np.floating],
    judged: pd.DataFrame,
    footer: str,
) -> Figure:
    """Show images, each beside what emptying its crystals does to the score.

    Parameters
    ----------
    energies : see `judged_images`.
    occlusion : float[n_images, n_eta, n_phi], change of the logit of the electron score when a
        crystal and its neighbours are set to zero.
    judged, footer : see `judged_images`.
    """

    def draw_change(axes: Axes, number: int, limits: tuple[float, float]) -> Any:
        low, high = limits
        options = {"cmap": judging.DIVERGING, "vmin": low, "vmax": high}
        return draw_crystals(axes, occlusion[number], **options)

    return judging.draw_occlusion(
        judged,
        _draw_energies(energies),
        draw_change,
        occlusion,
        COLOUR_LABEL,
        ENERGY_UNIT,
        ELECTRON_PHOTON,
        footer,
    )
