"""How many thresholds values exceed: the bin of a histogram, or the answers of trees at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from showerforge.compiled import compiled
from showerforge.monitoring.summaries import Binning, Counts, Floats

#: events that are treated together: few enough that all about them stays in the nearest cache
BLOCK = 512


@dataclass(frozen=True, eq=False)
class Thresholds:
    """Thresholds of all columns of a table, one column after the other.

    Attributes
    ----------
    begins : int64[n_columns + 1].
    values : float64 or float32, rising for each column. The last are infinite and no thresholds,
        so that their number is one less than a power of two, and all searches take the same steps.
    type : smallest one of integers that holds the numbers of thresholds.
    """

    begins: NDArray[np.int64]
    values: NDArray[Any]
    type: np.dtype[Any]


def fill_up(thresholds: Sequence[NDArray[Any]]) -> Thresholds:
    """Put thresholds together that rise for each column."""
    filled = []
    for own in thresholds:
        missing = (1 << (len(own) + 1).bit_length()) - 1 - len(own)
        filled.append(np.concatenate([own, np.full(missing, np.inf, own.dtype)]))
    lengths = list(map(len, filled))
    smallest = np.min_scalar_type(max(lengths))
    return Thresholds(np.cumsum([0, *lengths]), np.concatenate(filled), smallest)


def count_exceeded(values: NDArray[Any], thresholds: Thresholds) -> NDArray[Any]:
    """Count the thresholds that values exceed.

    Parameters
    ----------
    values : float64 or float32[n_events, n_columns], all or more than those of the thresholds.
    thresholds : in the same precision.

    Returns
    -------
    counts : integers[n_columns, n_events]; NaN exceeds all, and is beyond them.
    """
    counts = np.empty((len(thresholds.begins) - 1, len(values)), thresholds.type)
    _search(values, thresholds.begins, thresholds.values, counts)
    return counts


@compiled
def _search(
    values: NDArray[Any], begins: NDArray[np.int64], limits: NDArray[Any], counts: NDArray[Any]
) -> None:
    column = np.empty(BLOCK, values.dtype)
    place = np.empty(BLOCK, np.uint32)
    for begin in range(0, len(values), BLOCK):
        n = min(BLOCK, len(values) - begin)
        for j in range(len(counts)):
            own = limits[begins[j] : begins[j + 1]]
            column[:n] = values[begin : begin + n, j]
            place[:n] = 0
            # all events take a step before any takes the next, as none has to wait for another
            step = np.uint32((len(own) + 1) // 2)
            while step > 0:
                before = np.uint32(step - 1)
                for i in range(n):
                    place[i] += np.uint32(0) if column[i] <= own[place[i] + before] else step
                step = np.uint32(step // 2)
            counts[j, begin : begin + n] = place[:n]


def count_in_bins(values: Floats, binning: Binning) -> list[Counts]:
    """Count events as `Binning.count` does, in less time."""
    # who reaches the edge of a bin exceeds the number before it
    thresholds = fill_up([np.nextafter(edges, -np.inf) for edges in binning.edges])
    bins = [len(edges) + 1 for edges in binning.edges]
    return [
        np.bincount(own, minlength=n)[:n]
        for own, n in zip(count_exceeded(values, thresholds), bins, strict=True)
    ]
