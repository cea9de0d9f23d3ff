"""Gate G5: do synthetic events fill the space of real ones, no more and no less?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

N_NEIGHBOURS = 5


def neighbourhood_shares(synthetic: Floats, reference: Floats) -> dict[str, Floats]:
    """Judge by neighbourhoods where synthetic events are, and where they are missing.

    Kynkäänniemi et al. 2019, arXiv:1904.06991, and Naeem et al. 2020, arXiv:2002.09797,
    with balls that reach to the fifth neighbour.

    Parameters
    ----------
    synthetic, reference : float[n, n_columns], points in a space where distances mean
        something.

    Returns
    -------
    shares : of each event its contribution to the mean: ``precision`` (synthetic events
        inside the ball of a real one), ``density`` (in how many balls, relative to what is
        expected), ``recall`` (real events inside the ball of a synthetic one) and
        ``coverage`` (real events whose ball holds a synthetic one). Precision and density
        above those of real events betray a sample that shrinks to the middle.
    """
    from scipy.spatial.distance import cdist

    between = cdist(reference, synthetic)
    in_real_ball = between <= _radius(reference)[:, np.newaxis]
    in_synthetic_ball = between <= _radius(synthetic)[np.newaxis, :]
    return {
        "precision": in_real_ball.any(axis=0).astype(float),
        "density": in_real_ball.sum(axis=0) / N_NEIGHBOURS,
        "recall": in_synthetic_ball.any(axis=1).astype(float),
        "coverage": in_real_ball.any(axis=1).astype(float),
    }


def _radius(points: Floats) -> Floats:
    """Distance of each point to its fifth neighbour."""
    from scipy.spatial.distance import cdist

    k = min(N_NEIGHBOURS, len(points) - 1)
    return np.partition(cdist(points, points), k, axis=1)[:, k]
