"""How far counts lie from what was expected.

The Kolmogorov-Smirnov distance has a significance and is what alarms are raised by; the population
stability index and the Wasserstein distance are what operators of other monitors know.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from showerforge.monitoring.summaries import Counts, Floats, borders_of

#: bins of the population stability index, and the least share that a bin is given
N_STABILITY_BINS, LEAST_SHARE = 10, 1e-4
#: terms of the series of the Kolmogorov distribution
_N_TERMS = 100


def kolmogorov_smirnov(expected: Floats, counts: Counts) -> float:
    """Largest difference between two distribution functions at the edges of bins.

    It is at most that of the unbinned values.

    Parameters
    ----------
    expected : float64[n_bins], shares that add up to one.
    counts : int64[n_bins].
    """
    return float(np.abs(np.cumsum(counts / counts.sum() - expected)).max())


def kolmogorov_significance(distance: float, n_effective: float) -> float:
    """Probability of a distance as large by chance.

    The asymptotic distribution with the correction of Stephens 1970 (J. R. Stat. Soc. B 32, 115).

    Parameters
    ----------
    distance : see `kolmogorov_smirnov`.
    n_effective : n m / (n + m) for n events and a reference of m.
    """
    root = np.sqrt(n_effective)
    scaled = (root + 0.12 + 0.11 / root) * distance
    if scaled < 0.3:
        return 1.0
    k = np.arange(1, _N_TERMS + 1)
    terms = np.where(k % 2 == 1, 2.0, -2.0) * np.exp(-2.0 * (k * scaled) ** 2)
    return float(np.clip(terms.sum(), 0.0, 1.0))


def stability_index(expected: Floats, counts: Counts) -> float:
    """Population stability index over ten bins of about as many expected events.

    The sum of (p - q) ln(p / q), symmetric in the shares p and q (Kullback and Leibler 1951).
    """
    shares = counts / counts.sum()
    bins = np.minimum(
        (np.cumsum(expected) - expected / 2) * N_STABILITY_BINS, N_STABILITY_BINS - 1
    ).astype(int)
    p, q = (
        np.maximum(np.bincount(bins, values, N_STABILITY_BINS), LEAST_SHARE)
        for values in (shares, expected)
    )
    return float(((p - q) * np.log(p / q)).sum())


def wasserstein(expected: Floats, counts: Counts, widths: Floats) -> float:
    """Area between two distribution functions, in the unit of the column.

    Parameters
    ----------
    expected, counts : see `kolmogorov_smirnov`.
    widths : of the bins; within one, events are taken to be spread evenly.
    """
    difference = np.concatenate([[0.0], np.cumsum(counts / counts.sum() - expected)])
    begin, end = difference[:-1], difference[1:]
    same_sign = begin * end >= 0
    total = np.abs(begin) + np.abs(end)
    # of a straight line that crosses zero, two triangles
    crossing = (begin**2 + end**2) / (2 * np.where(total > 0, total, 1.0))
    return float((widths * np.where(same_sign, total / 2, crossing)).sum())


def quantile(shares: Floats, edges: NDArray[np.float64], ends: Floats, share: float) -> float:
    """Quantile of binned values; within a bin, events are taken to be spread evenly.

    Parameters
    ----------
    shares : float64[n_bins], counts or shares.
    edges, ends : see `showerforge.monitoring.summaries.Binning`.
    share : between 0 and 1.
    """
    heights = np.concatenate([[0.0], np.cumsum(shares)])
    return float(np.interp(share * heights[-1], heights, borders_of(edges, ends)))
