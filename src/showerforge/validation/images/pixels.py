"""Do the pixels of two sets of images light up as often, and as brightly?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from showerforge.metrics.intervals import Estimate
from showerforge.validation.images.resampling import Resampling
from showerforge.validation.images.sets import ImageSet

Floats = NDArray[np.float64]

#: width of the bins of log10(charge), which are much finer than any difference that matters
CHARGE_STEP = 0.01


def compare_pixels(
    sample: ImageSet, reference: ImageSet, resampling: Resampling
) -> dict[str, Estimate]:
    """Compare the lit pixels of two sets: how many, which, and how bright.

    Parameters
    ----------
    sample, reference : images of one particle.
    resampling : how the intervals are made.

    Returns
    -------
    estimates : ``occupancy_largest``, ``occupancy_mean``, ``charge_ks``, ``charge_shift``,
        ``lit_pixels_ks`` and ``lit_pixels_shift`` of
        `showerforge.validation.images.metrics.IMAGE_METRICS`.
    """
    charges = np.concatenate([sample.charges, reference.charges])
    is_sample, weights = resampling.of_pair(sample.group, reference.group)
    lit = charges > 0
    off = np.abs(np.subtract(*_totals(weights, is_sample, lit, per_image=True)))
    charge_ks, charge_shift = _distances(weights, is_sample, _count_charges(charges))
    number = np.arange(charges.shape[1] + 1) == lit.sum(axis=1)[:, None]
    number_ks, number_shift = _distances(weights, is_sample, number)
    values = {
        "occupancy_largest": off.max(axis=1),
        "occupancy_mean": off.mean(axis=1),
        "charge_ks": charge_ks,
        "charge_shift": CHARGE_STEP * charge_shift,
        "lit_pixels_ks": number_ks,
        "lit_pixels_shift": number_shift,
    }
    return {name: resampling.of_distance(value) for name, value in values.items()}


def _count_charges(charges: NDArray[np.floating]) -> NDArray[np.float32]:
    """Count the lit pixels of each image in fine bins of log10(charge), float[n, n_bins]."""
    image, pixel = np.nonzero(charges > 0)
    place = np.floor(np.log10(charges[image, pixel]) / CHARGE_STEP).astype(int)
    place -= place.min(initial=0)
    counts = np.zeros((len(charges), place.max(initial=0) + 1), np.float32)
    np.add.at(counts, (image, place), 1)
    return counts


def _totals(
    weights: Floats, is_sample: NDArray[np.bool_], counts: NDArray[np.generic], per_image: bool
) -> tuple[Floats, Floats]:
    """Add up counts of both samples for all weightings, per image or as shares of one sum."""
    sums = []
    for chosen in (is_sample, ~is_sample):
        own = weights[:, chosen]
        total = own @ counts[chosen].astype(float)
        whole = own.sum(axis=1) if per_image else total.sum(axis=1)
        sums.append(total / np.maximum(whole, 1)[:, None])
    return sums[0], sums[1]


def _distances(
    weights: Floats, is_sample: NDArray[np.bool_], counts: NDArray[np.generic]
) -> tuple[Floats, Floats]:
    """KS distance, and Wasserstein distance in bins, of two histograms for all weightings."""
    first, second = _totals(weights, is_sample, counts, per_image=False)
    difference = np.abs(np.cumsum(first - second, axis=1))
    return difference.max(axis=1), difference.sum(axis=1)
