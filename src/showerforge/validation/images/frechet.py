"""The Fréchet distance between two sets of images, by features of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from showerforge.errors import InputError
from showerforge.metrics.intervals import Estimate
from showerforge.validation.images.resampling import Resampling

Floats = NDArray[np.float64]

#: parts of both samples that are left out in turn
JACKKNIFE_GROUPS = 20


def distance_of_gaussians(first: tuple[Floats, Floats], second: tuple[Floats, Floats]) -> float:
    """Squared Fréchet distance of two Gaussians (Dowson and Landau 1982, J. Mult. Anal. 12, 450).

    ``|m1 - m2|^2 + tr(C1 + C2 - 2 (C1^1/2 C2 C1^1/2)^1/2)``, equation 4.

    Parameters
    ----------
    first, second : mean, float[n_features], and covariance, float[n_features, n_features].
    """
    (mean_1, covariance_1), (mean_2, covariance_2) = first, second
    values, vectors = np.linalg.eigh(covariance_1)
    root = vectors * np.sqrt(np.maximum(values, 0)) @ vectors.T
    mixed = np.linalg.eigvalsh(root @ covariance_2 @ root)
    overlap = np.sqrt(np.maximum(mixed, 0)).sum()
    off = np.sum((mean_1 - mean_2) ** 2)
    return float(off + np.trace(covariance_1) + np.trace(covariance_2) - 2 * overlap)


def frechet_physics_distance(
    sample: Floats,
    reference: Floats,
    sample_group: NDArray[np.int_],
    reference_group: NDArray[np.int_],
    resampling: Resampling,
) -> Estimate:
    """Fréchet physics distance for infinitely many images.

    Kansal et al. 2022, arXiv:2211.10295, section 4: the Fréchet distance of features that physics
    knows, less what is due to the size of the samples, which falls as one over the size. They fit
    a line to random parts of many sizes; here the jackknife takes the same term off (Quenouille
    1956, Biometrika 43, 353), which needs no random draw and gives the error as well.

    Parameters
    ----------
    sample, reference : float[n, n_features], such as normal scores of image parameters; columns
        must be of comparable scale.
    sample_group, reference_group : int[n], images of one shower, which are left out together.
    resampling : confidence of the interval.

    Returns
    -------
    distance : without unit where the features are; below zero by chance where there is none.

    Raises
    ------
    InputError
        If a feature is not finite, or there are too few images or showers.
    """
    parts = []
    for features, group in ((sample, sample_group), (reference, reference_group)):
        if not np.isfinite(features).all():
            raise InputError(
                "Features of the Fréchet distance must be finite numbers. Leave images out that "
                "cannot be measured."
            )
        fold = np.unique(group, return_inverse=True)[1] % JACKKNIFE_GROUPS
        needed = max(features.shape[1], 1) + 1
        if min(np.sum(fold != left_out) for left_out in set(fold)) < needed or (
            len(set(fold)) < JACKKNIFE_GROUPS
        ):
            raise InputError(
                f"A Fréchet distance by {features.shape[1]} features needs more than {needed} "
                f"images of at least {JACKKNIFE_GROUPS} showers; there are {len(features)} images "
                f"of {len(set(group))} showers. Bring more images or fewer features."
            )
        parts.append((features, fold))
    whole = _distance(*(features for features, _ in parts))
    without = np.array(
        [
            _distance(*(features[fold != left_out] for features, fold in parts))
            for left_out in range(JACKKNIFE_GROUPS)
        ]
    )
    n = JACKKNIFE_GROUPS
    value = n * whole - (n - 1) * float(without.mean())
    error = float(np.sqrt(n - 1) * without.std())
    return resampling.with_error(value, error, lowest=-np.inf)


def _distance(first: Floats, second: Floats) -> float:
    moments = [
        (each.mean(axis=0), np.atleast_2d(np.cov(each, rowvar=False))) for each in (first, second)
    ]
    return distance_of_gaussians(moments[0], moments[1])
