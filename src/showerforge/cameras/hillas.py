"""Hillas parametrisation of many images at a time.

An image is described by the moments of its light: its centre, the length and width of an ellipse,
the direction of the major axis (Hillas 1985, Proc. 19th ICRC, 3, 445), and what else separates
gammas from hadrons. All that ctapipe's ``hillas_parameters``, ``concentration_parameters``,
``leakage_parameters`` and ``morphology_parameters`` give is here with the same definitions, for
all images in one pass.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from showerforge.cameras.camera import Camera, Floats
from showerforge.cameras.cleaning import Thresholds, clean_image
from showerforge.cameras.columns import IMAGE_PARAMETERS
from showerforge.cameras.ellipse import Geometry, count_islands, find_ellipse, sum_light
from showerforge.cameras.image_checks import Images, Mask, check_images, check_mask
from showerforge.cameras.islands import collect_pixels, make_workspace
from showerforge.cameras.settings import CleaningSettings
from showerforge.compiled import compiled
from showerforge.errors import InputError

_RECORD = np.dtype([(name, np.float64) for name in IMAGE_PARAMETERS])


def parametrise(
    camera: Camera,
    images: Images,
    cleaning: CleaningSettings,
    mask: Mask | None = None,
    source: tuple[ArrayLike, ArrayLike] = (0.0, 0.0),
) -> pd.DataFrame:
    """Measure the images.

    Parameters
    ----------
    camera : that took the images.
    images : float[n_events, n_pixels], p.e.
    cleaning : which pixels make the image, and how many of them are needed.
    mask : bool[n_events, n_pixels], the pixels that make the images, if not those that are left
        by the cleaning.
    source : x and y of the source, for all events or float[n_events] for each, deg.

    Returns
    -------
    table : DataFrame[n_events] of float64 with `IMAGE_PARAMETERS`. The row of an image with fewer
        pixels than needed, or no charge, is all NaN; where all light is in one pixel, what needs
        a direction is, and where the width is zero, its uncertainty.

    Raises
    ------
    InputError
        If images, mask or source are not of this camera and number of events, or a charge is
        not finite.
    """
    images = check_images(camera, images)
    n_events = len(images)
    if mask is not None:
        mask = check_mask(camera, mask, n_events)
    values = np.empty((n_events, len(IMAGE_PARAMETERS)))
    _parametrise(
        images,
        mask,
        Geometry.of(camera),
        Thresholds.of(cleaning, images),
        cleaning.minimum_pixels,
        *(_for_each(position, n_events) for position in source),
        values,
        values.view(_RECORD)[:, 0],
    )
    return pd.DataFrame(values, columns=IMAGE_PARAMETERS, copy=False)


def _for_each(position: ArrayLike, n_events: int) -> Floats:
    """Repeat a coordinate of the source for each event, if it is one for all."""
    values = np.asarray(position, dtype=np.float64)
    if values.shape not in ((), (n_events,)):
        raise InputError(f"There are {values.size:,} source positions for {n_events:,} images.")
    return np.ascontiguousarray(np.broadcast_to(values, n_events))


def magic_parameters(
    table: pd.DataFrame, camera: Camera, photons_per_photo_electron: float
) -> pd.DataFrame:
    """Express measured images as the ten Hillas parameters of the MAGIC table.

    Parameters
    ----------
    table : DataFrame from `parametrise`.
    camera : that took the images.
    photons_per_photo_electron : sizes of that table are in photons.

    Returns
    -------
    parameters : DataFrame, same index, with the columns `HILLAS_COLUMNS` of
        `showerforge.events.schema`: mm in the camera plane, deg and log10(photons).
    """
    scale = camera.millimetres_per_degree
    return pd.DataFrame(
        {
            "fLength": table["length"] * scale,
            "fWidth": table["width"] * scale,
            "fSize": np.log10(table["size"] * photons_per_photo_electron),
            "fConc": table["concentration_two_pixels"],
            "fConc1": table["concentration_pixel"],
            "fAsym": table["asymmetry"] * scale,
            "fM3Long": table["third_moment_long"] * scale,
            "fM3Trans": table["third_moment_transverse"] * scale,
            "fAlpha": table["alpha"],
            "fDist": table["dist"] * scale,
        }
    )


@compiled
def _parametrise(
    images: Images,
    mask: Mask | None,
    geometry: Geometry,
    thresholds: Thresholds,
    minimum_pixels: int,
    source_x: Floats,
    source_y: Floats,
    values: Floats,
    records: NDArray[Any],
) -> None:
    """Fill the rows of the table, `values`; `records` are the same numbers by their names."""
    work = make_workspace(images.shape[1])
    for event in range(len(images)):
        image = images[event]
        values[event] = np.nan
        if mask is None:
            n_kept = clean_image(image, geometry.neighbours, thresholds, work)
        else:
            n_kept = collect_pixels(mask[event], work)
        if n_kept < minimum_pixels:
            continue
        pixels, record = work.pixels[:n_kept], records[event]
        brightest = sum_light(image, pixels, geometry.border, record)
        if brightest < 0:
            continue
        count_islands(image, n_kept, geometry.neighbours, work, record)
        find_ellipse(image, pixels, brightest, geometry, source_x[event], source_y[event], record)
