"""Shares of events that pass, against energy, with intervals that know of showers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


def effective_number(passed: Mask, group: NDArray[np.int_]) -> float:
    """Tell how many independent events would measure a share as well.

    Events of one group, such as images of one shower, pass or fail together more than by chance.
    The number is that of the events over the design effect: the variance of the share between
    groups over the binomial one (Rao and Scott 1992, Biometrics 48, 577, section 2). Where all or
    none pass it cannot be told, and every group counts as one.

    Parameters
    ----------
    passed : bool[n_events], at least one.
    group : int[n_events].
    """
    share, n_events = passed.mean(), len(passed)
    _, place, sizes = np.unique(group, return_inverse=True, return_counts=True)
    n_groups = len(sizes)
    if share in (0.0, 1.0) or n_groups == 1:
        return float(n_groups)
    residuals = np.bincount(place, passed) - share * sizes
    variance = n_groups / (n_groups - 1) * np.sum(residuals**2) / n_events**2
    if variance == 0.0:
        return float(n_events)
    return float(np.clip(share * (1 - share) / variance, 1.0, n_events))


def wilson_interval(share: float, number: float, confidence: float) -> tuple[float, float]:
    """Binomial interval of a share (Wilson 1927, J. Am. Stat. Assoc. 22, 209).

    Parameters
    ----------
    share : of the events that pass.
    number : of independent events.
    confidence : coverage.
    """
    from scipy.special import ndtri

    z = float(ndtri((1 + confidence) / 2))
    centre = (share + z**2 / (2 * number)) / (1 + z**2 / number)
    half = z * np.sqrt(share * (1 - share) / number + (z / (2 * number)) ** 2) / (1 + z**2 / number)
    return max(0.0, float(centre - half)), min(1.0, float(centre + half))


def tabulate_efficiency(
    energy: Floats,
    group: NDArray[np.int_],
    passed: Mapping[str, Mask],
    edges: Floats,
    confidence: float,
) -> pd.DataFrame:
    """Measure the share of events that pass each step, in bins of energy.

    Parameters
    ----------
    energy : float[n_events], TeV.
    group : int[n_events], events that belong together.
    passed : bool[n_events] for each step.
    edges : float[n_bins + 1], of the bins, TeV; the last one is included.
    confidence : coverage of the intervals.

    Returns
    -------
    table : DataFrame, one row per step and bin that has events: ``step``, ``lowest_energy``,
        ``highest_energy``, ``n_thrown``, ``n_passed``, ``efficiency``, ``lower`` and ``upper``.
    """
    place = np.clip(np.searchsorted(edges, energy, side="right") - 1, 0, len(edges) - 2)
    is_inside = (energy >= edges[0]) & (energy <= edges[-1])
    rows = []
    for step, mask in passed.items():
        for number in range(len(edges) - 1):
            chosen = is_inside & (place == number)
            if not chosen.any():
                continue
            share = float(mask[chosen].mean())
            independent = effective_number(mask[chosen], group[chosen])
            lower, upper = wilson_interval(share, independent, confidence)
            rows.append(
                {
                    "step": step,
                    "lowest_energy": edges[number],
                    "highest_energy": edges[number + 1],
                    "n_thrown": int(chosen.sum()),
                    "n_passed": int(mask[chosen].sum()),
                    "efficiency": share,
                    "lower": lower,
                    "upper": upper,
                }
            )
    return pd.DataFrame(rows)
