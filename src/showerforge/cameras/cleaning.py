"""Cleaning of many images at a time: which pixels belong to the shower.

Two thresholds part the pixels: those above the *picture* threshold make the image, those above
the *boundary* threshold join where they touch it. The rule is that of ctapipe's
``tailcuts_clean``, with the same results.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from showerforge.cameras.camera import Camera
from showerforge.cameras.image_checks import Images, Mask, check_images
from showerforge.cameras.islands import (
    Unsigned,
    Workspace,
    clear_marks,
    find_brightest_island,
    make_workspace,
    mark_islands,
    unsigned_neighbours,
)
from showerforge.cameras.settings import CleaningSettings
from showerforge.compiled import compiled

#: marks of pixels while an image is cleaned, as bits
_BELOW, _ABOVE_BOUNDARY, _ABOVE_PICTURE, _KEPT = 0, 1, 2, 4


class Thresholds(NamedTuple):
    """`CleaningSettings` for compiled code; the thresholds have the type of the images."""

    picture: np.floating
    boundary: np.floating
    keep_isolated: bool
    minimum_picture_neighbours: int
    brightest_only: bool

    @classmethod
    def of(cls, settings: CleaningSettings, images: Images) -> Thresholds:
        """Take them from the settings."""
        return cls(
            images.dtype.type(settings.picture),
            images.dtype.type(settings.boundary),
            settings.keep_isolated,
            settings.minimum_picture_neighbours,
            settings.islands == "brightest",
        )


def clean(camera: Camera, images: Images, settings: CleaningSettings) -> Mask:
    """Tell which pixels belong to the shower, in each image.

    Parameters
    ----------
    camera : that took the images.
    images : float[n_events, n_pixels], p.e.
    settings : thresholds, and which islands are kept.

    Returns
    -------
    mask : bool[n_events, n_pixels].

    Raises
    ------
    InputError
        If the images are not of this camera, or a charge is not finite.
    """
    images = check_images(camera, images)
    return _clean(images, unsigned_neighbours(camera), Thresholds.of(settings, images))


@compiled
def clean_image(
    image: NDArray[np.floating], neighbours: Unsigned, thresholds: Thresholds, work: Workspace
) -> int:
    """Collect the pixels of the shower.

    Parameters
    ----------
    image : float[n_pixels], p.e.
    neighbours : of the camera, see `unsigned_neighbours`.
    thresholds : which pixels to keep.
    work : holds the pixels, in ascending order, afterwards.

    Returns
    -------
    n_kept : number of pixels.
    """
    pixels, marks = work.pixels, work.marks
    n_above = 0
    # no branch, which the processor would often guess wrong
    for pixel in range(len(image)):
        pixels[n_above] = pixel
        n_above += image[pixel] >= thresholds.boundary
    for i in range(n_above):
        is_above = image[pixels[i]] >= thresholds.picture
        marks[pixels[i]] = _ABOVE_BOUNDARY + _ABOVE_PICTURE * is_above
    needed = 0 if thresholds.keep_isolated else thresholds.minimum_picture_neighbours
    for i in range(n_above):
        pixel = pixels[i]
        if marks[pixel] & _ABOVE_PICTURE == 0:
            continue
        n_boundary = n_picture = 0
        for k in range(neighbours.shape[1]):
            around = marks[neighbours[pixel, k]]
            n_boundary += around & _ABOVE_BOUNDARY
            n_picture += (around & _ABOVE_PICTURE) > 0
        if n_picture < needed:
            continue
        if n_boundary > 0 or thresholds.keep_isolated:
            marks[pixel] |= _KEPT
        for k in range(neighbours.shape[1]):
            other = neighbours[pixel, k]
            marks[other] |= _KEPT * (marks[other] & _ABOVE_BOUNDARY)
    n_kept = 0
    for i in range(n_above):
        pixel = pixels[i]
        pixels[n_kept] = pixel
        n_kept += (marks[pixel] & _KEPT) > 0
        marks[pixel] = _BELOW
    if thresholds.brightest_only:
        n_kept = _keep_brightest_island(image, n_kept, neighbours, work)
    return n_kept


@compiled
def _keep_brightest_island(
    image: NDArray[np.floating], n_kept: int, neighbours: Unsigned, work: Workspace
) -> int:
    n_islands = mark_islands(n_kept, neighbours, work)
    if n_islands < 2:
        clear_marks(n_kept, work)
        return n_kept
    brightest = find_brightest_island(image, n_kept, n_islands, work)
    n_left = 0
    for i in range(n_kept):
        pixel = work.pixels[i]
        is_in = work.marks[pixel] == brightest
        work.marks[pixel] = _BELOW
        work.pixels[n_left] = pixel
        n_left += is_in
    return n_left


@compiled
def _clean(images: Images, neighbours: Unsigned, thresholds: Thresholds) -> Mask:
    work = make_workspace(images.shape[1])
    mask = np.zeros(images.shape, dtype=np.bool_)
    for event in range(len(images)):
        n_kept = clean_image(images[event], neighbours, thresholds, work)
        for i in range(n_kept):
            mask[event, work.pixels[i]] = True
    return mask
