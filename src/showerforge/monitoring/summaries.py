"""Counts in bins, which are all that is kept of a stream of events.

Bins lie between quantiles of the reference, so that each holds as much of it. Counts of two parts
of a stream add up to those of both, in any order: a server, a day, a cluster of computers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Binning:
    """How values of each column are counted.

    Attributes
    ----------
    columns : names.
    edges : for each column the inner edges of the bins, rising; a value that equals an edge counts
        above it.
    ends : float64[n_columns, 2], lowest and highest value of the reference; values beyond them are
        counted in the outer bins.
    """

    columns: tuple[str, ...]
    edges: tuple[Floats, ...]
    ends: Floats

    @classmethod
    def between_quantiles(cls, columns: Sequence[str], values: Floats, n_bins: int) -> Binning:
        """Lay bins between quantiles.

        Parameters
        ----------
        columns : names.
        values : float64[n_events, n_columns] of the reference; NaN where there is none.
        n_bins : of each column, or less where values repeat.
        """
        shares = np.linspace(0, 1, n_bins + 1)[1:-1]
        quantiles = np.nanquantile(values, shares, axis=0)
        edges = tuple(np.unique(quantiles[:, j]) for j in range(values.shape[1]))
        ends = np.stack([np.nanmin(values, axis=0), np.nanmax(values, axis=0)], axis=1)
        return cls(tuple(columns), edges, ends)

    def count(self, values: Floats) -> list[Counts]:
        """Count events in the bins of each column.

        Parameters
        ----------
        values : float64[n_events, n_columns]; NaN counts nowhere.

        Returns
        -------
        counts : for each column int64[n_bins].
        """
        counts = []
        for j, edges in enumerate(self.edges):
            own = values[:, j]
            own = own[~np.isnan(own)]
            counts.append(
                np.bincount(np.searchsorted(edges, own, "right"), minlength=len(edges) + 1)
            )
        return counts

    def widths(self, column: int) -> Floats:
        """Widths of the bins of a column, those at the ends to the ends of the reference."""
        return np.diff(borders_of(self.edges[column], self.ends[column]))


def borders_of(edges: Floats, ends: Floats) -> Floats:
    """Give all borders of bins: inner edges, and the ends of the reference beyond them."""
    low, high = ends
    return np.concatenate([[min(low, edges[0])], edges, [max(high, edges[-1])]])


def add_counts(first: Sequence[Counts], second: Sequence[Counts]) -> list[Counts]:
    """Add up counts of two parts of a stream."""
    return [a + b for a, b in zip(first, second, strict=True)]
