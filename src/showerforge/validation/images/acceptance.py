"""Do others take generated images for images: ctapipe, and classifiers that never saw one?"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from showerforge.blocks import Block
from showerforge.cameras.camera import Camera
from showerforge.metrics.intervals import Estimate
from showerforge.validation.images.resampling import Resampling
from showerforge.validation.images.sets import ImageSet

Floats = NDArray[np.float64]

#: images that ctapipe measures, at about a millisecond each
MAXIMUM_BY_CTAPIPE = 3000
#: what ctapipe measures of an image
CTAPIPE_COLUMNS = [
    "n_pixels",
    "intensity",
    "length",
    "width",
    "leakage",
    "concentration_cog",
    "concentration_core",
    "concentration_pixel",
]


class QualitySettings(Block):
    """What an image must be like to pass, by ctapipe's own cleaning and parameters."""

    picture: float = Field(6.0, gt=0, description="picture threshold of tailcuts_clean, p.e.")
    boundary: float = Field(3.0, gt=0, description="boundary threshold, p.e.")
    minimum_pixels: int = Field(3, ge=1, description="fewest pixels that are left")
    minimum_size: float = Field(20.0, ge=0, description="least intensity, p.e.")
    maximum_leakage: float = Field(
        0.2, gt=0, le=1, description="share of the intensity in the outermost ring, less than"
    )


def has_ctapipe() -> bool:
    """Tell whether ctapipe is installed."""
    return find_spec("ctapipe") is not None


def measure_by_ctapipe(
    camera: Camera, images: NDArray[np.floating], settings: QualitySettings
) -> pd.DataFrame:
    """Clean and measure images with ctapipe alone.

    Parameters
    ----------
    camera : that took the images.
    images : float[n, n_pixels], p.e.
    settings : thresholds of the cleaning.

    Returns
    -------
    table : DataFrame[n] with `CTAPIPE_COLUMNS`; lengths in deg, the intensity in p.e., all but
        ``n_pixels`` NaN where no pixel is left.
    """
    from showerforge.cameras.files import to_ctapipe

    geometry = to_ctapipe(camera)
    rows = [_measure(geometry, image.astype(float), settings) for image in images]
    return pd.DataFrame(rows, columns=CTAPIPE_COLUMNS)


def _measure(geometry: Any, image: Floats, settings: QualitySettings) -> dict[str, float]:
    from ctapipe.image import (
        concentration_parameters,
        hillas_parameters,
        leakage_parameters,
        tailcuts_clean,
    )

    mask = tailcuts_clean(
        geometry, image, picture_thresh=settings.picture, boundary_thresh=settings.boundary
    )
    if not mask.any():
        return {"n_pixels": 0}
    kept, light = geometry[mask], image[mask]
    hillas = hillas_parameters(kept, light)
    concentration = concentration_parameters(kept, light, hillas)
    return {
        "n_pixels": int(mask.sum()),
        "intensity": float(hillas.intensity),
        "length": float(hillas.length.to_value("deg")),
        "width": float(hillas.width.to_value("deg")),
        "leakage": float(leakage_parameters(geometry, image, mask).intensity_width_1),
        "concentration_cog": float(concentration.cog),
        "concentration_core": float(concentration.core),
        "concentration_pixel": float(concentration.pixel),
    }


def passes_quality(table: pd.DataFrame, settings: QualitySettings) -> NDArray[np.bool_]:
    """Tell which images pass, bool[n].

    Parameters
    ----------
    table : from `measure_by_ctapipe`.
    settings : the cuts; the width must be above zero, too.
    """
    return (
        (table["n_pixels"] >= settings.minimum_pixels)
        & (table["intensity"] >= settings.minimum_size)
        & (table["leakage"] < settings.maximum_leakage)
        & (table["width"] > 0)
    ).to_numpy()


def accept_by_ctapipe(
    sample: ImageSet, camera: Camera, settings: QualitySettings, resampling: Resampling
) -> dict[str, Estimate]:
    """Measure which share of the images passes quality cuts of ctapipe.

    Parameters
    ----------
    sample : images of one particle; at most `MAXIMUM_BY_CTAPIPE` of them are measured.
    camera : that took them.
    settings : the cuts.
    resampling : confidence of the interval, and seed of the choice.

    Returns
    -------
    estimates : ``ctapipe_accepted``; nothing where ctapipe is not installed, see `has_ctapipe`.
    """
    if not has_ctapipe():
        return {}
    some = sample.draw(MAXIMUM_BY_CTAPIPE, resampling.seed)
    passed = passes_quality(measure_by_ctapipe(camera, some.charges, settings), settings)
    return {"ctapipe_accepted": resampling.share(passed, some.group)}


def accept_by_classifier(
    gammaness: Floats,
    reference: Floats,
    threshold: float,
    group: NDArray[np.int_],
    reference_group: NDArray[np.int_],
    resampling: Resampling,
) -> dict[str, Estimate]:
    """Compare what a classifier says of generated and of simulated images of the same particle.

    Parameters
    ----------
    gammaness : float[n], of the generated images, by a classifier that was trained and cut on
        simulated training images only.
    reference : float[n_reference], of the Monte Carlo test images.
    threshold : the working point.
    group, reference_group : int, images of one shower.
    resampling : how the intervals are made.

    Returns
    -------
    estimates : ``gammaness_kept``, ``gammaness_mean`` and ``gammaness_change``.
    """
    is_sample, weights = resampling.of_pair(group, reference_group)
    mean, mean_of_reference = (
        weights[:, chosen] @ scores / weights[:, chosen].sum(axis=1)
        for chosen, scores in ((is_sample, gammaness), (~is_sample, reference))
    )
    return {
        "gammaness_kept": resampling.share(gammaness >= threshold, group),
        "gammaness_mean": resampling.percentiles(mean),
        "gammaness_change": resampling.percentiles(mean - mean_of_reference),
    }
