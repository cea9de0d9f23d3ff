"""Distances between images, whichever way they are turned.

An image is the vector of the asinh of its charges, linear where pixels are dim and logarithmic
where they are bright, scaled to length 1: two images that differ by a factor alone are the same.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from showerforge.networks.layout import Layout

Floats = NDArray[np.float64]
Vectors = NDArray[np.float32]

#: images that are compared with all others at a time
CHUNK = 200
#: distances up to this are the rounding of none
SAME = 1e-5


class Nearest(NamedTuple):
    """The nearest of other images.

    Attributes
    ----------
    distance : float[n], between 0 and the square root of 2 for images without negative charges.
    which : int[n], number of the other image.
    """

    distance: Floats
    which: NDArray[np.intp]


def to_vectors(images: NDArray[np.floating], charge_scale: float) -> Vectors:
    """Scale images so that distances mean something.

    Parameters
    ----------
    images : float[n, n_pixels, n_channels], cleaned; the first channel, the charge, is compared.
    charge_scale : in the unit of the charge; see the module.

    Returns
    -------
    vectors : float32[n, n_pixels, 1], of length 1; of dark images all zero.
    """
    scaled = np.arcsinh(images[:, :, :1].astype(float) / charge_scale)
    length = np.sqrt(np.sum(scaled**2, axis=(1, 2), keepdims=True))
    return np.divide(scaled, length, out=np.zeros_like(scaled), where=length > 0).astype(np.float32)


def find_nearest(
    vectors: Vectors, others: Vectors, layout: Layout, among_themselves: bool = False
) -> Nearest:
    """Find the nearest of other images, each image turned by all symmetries of the detector.

    Parameters
    ----------
    vectors, others : float32[n, n_pixels, n_channels], see `to_vectors`.
    layout : the symmetries.
    among_themselves : whether the two are the same, and images shall not find themselves.
    """
    targets = others.reshape(len(others), -1)
    distance, which = np.empty(len(vectors)), np.empty(len(vectors), np.intp)
    for begin in range(0, len(vectors), CHUNK):
        rows = np.arange(begin, min(begin + CHUNK, len(vectors)))
        turned = _turned(vectors[rows], layout)
        alike = (turned @ targets.T).reshape(-1, len(rows), len(others))
        if among_themselves:
            alike[:, np.arange(len(rows)), rows] = -1
        best = alike.transpose(1, 0, 2).reshape(len(rows), -1).argmax(axis=1)
        turn, found = np.divmod(best, len(others))
        nearest = turned.reshape(-1, len(rows), targets.shape[1])[turn, np.arange(len(rows))]
        # single precision is too coarse for the difference of nearly equal vectors
        off = nearest.astype(float) - targets[found]
        distance[rows], which[rows] = np.sqrt(np.sum(off**2, axis=1)), found
    return Nearest(distance, which)


def _turned(vectors: Vectors, layout: Layout) -> Vectors:
    """Turn all images by each symmetry in turn, float32[n_symmetries * n, n_values]."""
    turned = [
        layout.turn(vectors, np.full(len(vectors), symmetry))
        for symmetry in range(len(layout.symmetries))
    ]
    return np.concatenate(turned).reshape(len(turned) * len(vectors), -1)


def repeats_earlier(vectors: Vectors, layout: Layout) -> NDArray[np.bool_]:
    """Tell which images are the same as an earlier one but for a turn and a factor, bool[n]."""
    repeated = np.zeros(len(vectors), bool)
    nearest = find_nearest(vectors, vectors, layout, among_themselves=True)
    # few have any twin, and only those are compared one by one
    twins = np.flatnonzero(nearest.distance <= SAME)
    for place, number in enumerate(twins[1:], start=1):
        earlier = vectors[twins[:place]]
        off = find_nearest(vectors[[number]], earlier, layout).distance[0]
        repeated[number] = off <= SAME
    return repeated
