"""Cleaning of many images at a time: pixels of the shower, and islands of them.

Two thresholds part the pixels: those above the *picture* threshold make the image, those above
the *boundary* threshold join where they touch it. The rule is that of ctapipe's
``tailcuts_clean``, with the same results. The functions that take one image are compiled and
meant for compiled callers; they write to arrays of the caller, because memory for each of
millions of images would cost more than the work.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from showerforge.cameras.camera import Camera, Indices
from showerforge.cameras.settings import CleaningSettings
from showerforge.errors import InputError, list_problems

Images = NDArray[np.float32] | NDArray[np.float64]
Mask = NDArray[np.bool_]

#: marks of pixels while an image is cleaned, as bits
_BELOW, _ABOVE_BOUNDARY, _ABOVE_PICTURE, _KEPT = 0, 1, 2, 4
_UNLABELLED = -1


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


class Workspace(NamedTuple):
    """Arrays that are reused for each image.

    Attributes
    ----------
    pixels : int32[n_pixels], pixels that are looked at.
    marks : int32[n_pixels + 1], a mark of each pixel; zero between two images. The last one
        belongs to the neighbour -1, the one that is not there.
    stack : int32[n_pixels].
    island_sizes : float64[n_pixels], p.e.
    """

    pixels: Indices
    marks: Indices
    stack: Indices
    island_sizes: NDArray[np.float64]


@njit(cache=True)
def make_workspace(n_pixels: int) -> Workspace:
    """Make room for the work on one image."""
    return Workspace(
        np.empty(n_pixels, dtype=np.int32),
        np.zeros(n_pixels + 1, dtype=np.int32),
        np.empty(n_pixels, dtype=np.int32),
        np.empty(n_pixels),
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
    return _clean(images, camera.neighbours, Thresholds.of(settings, images))


def label_islands(camera: Camera, mask: Mask) -> tuple[Indices, Indices]:
    """Number the groups of touching pixels of each image.

    Parameters
    ----------
    camera : that took the images.
    mask : bool[n_events, n_pixels], pixels of the images.

    Returns
    -------
    n_islands : int32[n_events].
    labels : int32[n_events, n_pixels], island of each pixel, from 1 in the order of their first
        pixels; 0 outside of the mask.
    """
    return _label_islands(check_mask(camera, mask), camera.neighbours)


def check_images(camera: Camera, images: Images) -> Images:
    """Check that charges are finite and are those of the camera.

    Returns
    -------
    images : float32 or float64[n_events, n_pixels], contiguous.

    Raises
    ------
    InputError
        If there are other pixels than those of the camera, or a charge is not finite.
    """
    kept = np.asarray(images).dtype in (np.float32, np.float64)
    images = np.ascontiguousarray(images, dtype=None if kept else np.float64)
    _check_shape(camera, images.shape, "images")
    if _is_finite(images):
        return images
    wrong = np.argwhere(~np.isfinite(images))
    problems = [f"image {i}, pixel {j}: charge is {images[i, j]} p.e." for i, j in wrong]
    raise InputError(
        f"{len(wrong):,} charges are not finite (counted from 0):\n{list_problems(problems)}\n"
        "Remove these images, or give broken pixels a charge of 0."
    )


def check_mask(camera: Camera, mask: Mask, n_events: int | None = None) -> Mask:
    """Check that a mask of pixels is for the camera, and for the number of images if it is given.

    Raises
    ------
    InputError
        If there are other pixels than those of the camera, or other images.
    """
    _check_shape(camera, np.shape(mask), "mask")
    if n_events is not None and len(mask) != n_events:
        raise InputError(f"The mask is for {len(mask):,} images, there are {n_events:,}.")
    return np.ascontiguousarray(mask, dtype=np.bool_)


def _check_shape(camera: Camera, shape: tuple[int, ...], name: str) -> None:
    if len(shape) != 2 or shape[1] != camera.n_pixels:
        raise InputError(
            f"The {name} have the shape {shape}; those of the camera {camera.name!r} have "
            f"(number of events, {camera.n_pixels}). Is it another camera?"
        )


@njit(cache=True)
def _is_finite(images: Images) -> bool:
    n_wrong = 0
    for event in range(images.shape[0]):
        for pixel in range(images.shape[1]):
            n_wrong += not abs(images[event, pixel]) < np.inf
    return n_wrong == 0


@njit(cache=True)
def clean_image(
    image: NDArray[np.floating], neighbours: Indices, thresholds: Thresholds, work: Workspace
) -> int:
    """Collect the pixels of the shower.

    Parameters
    ----------
    image : float[n_pixels], p.e.
    neighbours : of the camera.
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


@njit(cache=True)
def mark_islands(n_kept: int, neighbours: Indices, work: Workspace) -> int:
    """Number the islands among the first pixels of the workspace.

    Parameters
    ----------
    n_kept : number of pixels.
    neighbours : of the camera.
    work : holds the pixels; its marks are the numbers of the islands, from 1, afterwards. The
        caller sets them back to zero.

    Returns
    -------
    n_islands : number of islands.
    """
    marks, stack = work.marks, work.stack
    for i in range(n_kept):
        marks[work.pixels[i]] = _UNLABELLED
    n_islands = 0
    for i in range(n_kept):
        if marks[work.pixels[i]] != _UNLABELLED:
            continue
        n_islands += 1
        marks[work.pixels[i]] = n_islands
        stack[0] = work.pixels[i]
        n_waiting = 1
        while n_waiting > 0:
            n_waiting -= 1
            pixel = stack[n_waiting]
            for k in range(neighbours.shape[1]):
                other = neighbours[pixel, k]
                if marks[other] == _UNLABELLED:
                    marks[other] = n_islands
                    stack[n_waiting] = other
                    n_waiting += 1
    return n_islands


@njit(cache=True)
def find_brightest_island(
    image: NDArray[np.floating], n_kept: int, n_islands: int, work: Workspace
) -> int:
    """Find the island with the most charge; of equal ones the first.

    Parameters
    ----------
    image : float[n_pixels], p.e.
    n_kept, n_islands : number of pixels and of islands.
    work : holds pixels and marks of islands, see `mark_islands`.

    Returns
    -------
    brightest : number of the island, from 1; its charge is in ``work.island_sizes[brightest - 1]``.
    """
    sizes = work.island_sizes
    sizes[:n_islands] = 0.0
    for i in range(n_kept):
        sizes[work.marks[work.pixels[i]] - 1] += image[work.pixels[i]]
    brightest = 0
    for island in range(1, n_islands):
        if sizes[island] > sizes[brightest]:
            brightest = island
    return brightest + 1


@njit(cache=True)
def clear_marks(n_kept: int, work: Workspace) -> None:
    """Set the marks of the pixels back to zero, for the next image."""
    for i in range(n_kept):
        work.marks[work.pixels[i]] = _BELOW


@njit(cache=True)
def _keep_brightest_island(
    image: NDArray[np.floating], n_kept: int, neighbours: Indices, work: Workspace
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


@njit(cache=True)
def _clean(images: Images, neighbours: Indices, thresholds: Thresholds) -> Mask:
    work = make_workspace(images.shape[1])
    mask = np.zeros(images.shape, dtype=np.bool_)
    for event in range(len(images)):
        n_kept = clean_image(images[event], neighbours, thresholds, work)
        for i in range(n_kept):
            mask[event, work.pixels[i]] = True
    return mask


@njit(cache=True)
def collect_pixels(mask: NDArray[np.bool_], work: Workspace) -> int:
    """Collect the pixels of a mask, bool[n_pixels], in the workspace; return their number."""
    n_kept = 0
    for pixel in range(len(mask)):
        work.pixels[n_kept] = pixel
        n_kept += mask[pixel]
    return n_kept


@njit(cache=True)
def _label_islands(mask: Mask, neighbours: Indices) -> tuple[Indices, Indices]:
    work = make_workspace(mask.shape[1])
    n_islands = np.zeros(len(mask), dtype=np.int32)
    labels = np.zeros(mask.shape, dtype=np.int32)
    for event in range(len(mask)):
        n_kept = collect_pixels(mask[event], work)
        n_islands[event] = mark_islands(n_kept, neighbours, work)
        for i in range(n_kept):
            labels[event, work.pixels[i]] = work.marks[work.pixels[i]]
        clear_marks(n_kept, work)
    return n_islands, labels
