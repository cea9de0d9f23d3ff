"""Islands: groups of touching pixels of an image.

The functions that take one image are compiled and meant for compiled callers. They share a
workspace, because memory for each of millions of images would cost more than the work.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from showerforge.cameras.camera import Camera, Indices
from showerforge.cameras.image_checks import Mask, check_mask
from showerforge.compiled import compiled

#: indices that compiled code need not check for being negative
Unsigned = NDArray[np.uint32]

_UNMARKED, _UNLABELLED = 0, -1


class Workspace(NamedTuple):
    """Arrays that are reused for each image.

    Attributes
    ----------
    pixels : uint32[n_pixels], pixels that are looked at.
    marks : int32[n_pixels + 1], a mark of each pixel; zero between two images. The last one
        belongs to the neighbour that is not there.
    stack : uint32[n_pixels].
    island_sizes : float64[n_pixels], p.e.
    """

    pixels: Unsigned
    marks: Indices
    stack: Unsigned
    island_sizes: NDArray[np.float64]


def unsigned_neighbours(camera: Camera) -> Unsigned:
    """Give the neighbour that is not there the index n_pixels, see `Camera.neighbours`."""
    neighbours = camera.neighbours
    return np.where(neighbours < 0, camera.n_pixels, neighbours).astype(np.uint32)


@compiled
def make_workspace(n_pixels: int) -> Workspace:
    """Make room for the work on one image."""
    return Workspace(
        np.empty(n_pixels, dtype=np.uint32),
        np.zeros(n_pixels + 1, dtype=np.int32),
        np.empty(n_pixels, dtype=np.uint32),
        np.empty(n_pixels),
    )


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
    return _label_islands(check_mask(camera, mask), unsigned_neighbours(camera))


@compiled
def mark_islands(n_kept: int, neighbours: Unsigned, work: Workspace) -> int:
    """Number the islands among the first pixels of the workspace.

    Parameters
    ----------
    n_kept : number of pixels.
    neighbours : of the camera, see `unsigned_neighbours`.
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


@compiled
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


@compiled
def clear_marks(n_kept: int, work: Workspace) -> None:
    """Set the marks of the pixels back to zero, for the next image."""
    for i in range(n_kept):
        work.marks[work.pixels[i]] = _UNMARKED


@compiled
def collect_pixels(mask: NDArray[np.bool_], work: Workspace) -> int:
    """Collect the pixels of a mask, bool[n_pixels], in the workspace; return their number."""
    n_kept = 0
    for pixel in range(len(mask)):
        work.pixels[n_kept] = pixel
        n_kept += mask[pixel]
    return n_kept


@compiled
def _label_islands(mask: Mask, neighbours: Unsigned) -> tuple[Indices, Indices]:
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
