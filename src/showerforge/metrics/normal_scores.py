"""Normal scores: every column of a table made standard normal by its ranks."""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Floats = NDArray[np.float64]


class NormalScores:
    """A monotone map of each column of a sample to a standard normal variable, by rank.

    The ranks of the sample are turned into quantiles of the normal distribution; between
    them the map is linear, beyond the ends it goes on with the slope of the outermost
    `TAIL_SHARE` of the sample. Values that occur many times, such as widths of zero, take up a
    range of scores, and the whole range is mapped back to the value.
    """

    TAIL_SHARE = 0.05
    TAIL_EVENTS = 5

    @classmethod
    def of(cls, scores: Floats, ordered: Floats) -> Self:
        """Make a map from some of its points.

        Parameters
        ----------
        scores : float[n_points], ascending.
        ordered : float[n_points, n_columns], the values that they stand for, ascending.
        """
        made = cls()
        made.scores_, made.sorted_ = scores, ordered
        made.distinct_ = [made._distinct(column) for column in ordered.T]
        return made

    def fit(self, values: Floats) -> Self:
        """Learn the ranks.

        Parameters
        ----------
        values : float[n_events, n_columns]
        """
        n = len(values)
        self.scores_ = ndtri((np.arange(n) + 0.5) / n)
        self.sorted_ = np.sort(values, axis=0)
        self.distinct_ = [self._distinct(column) for column in self.sorted_.T]
        return self

    def fit_transform(self, values: Floats, generator: np.random.Generator) -> Floats:
        """Learn the ranks and return the scores; equal values get scores in random order."""
        self.fit(values)
        shuffled = generator.permutation(len(values))
        order = shuffled[np.argsort(values[shuffled], axis=0, kind="stable")]
        scores = np.empty_like(values)
        np.put_along_axis(scores, order, self.scores_[:, np.newaxis], axis=0)
        return scores

    def transform(self, values: Floats) -> Floats:
        """Return the scores of any values; a repeated value gets the middle of its range."""
        return np.column_stack(
            [self.transform_column(j, values[:, j]) for j in range(len(self.distinct_))]
        )

    def transform_column(self, column: int, values: Floats) -> Floats:
        """Return the scores of values of one column, float[n]."""
        return self._extrapolate(values, *self.distinct_[column])

    def inverse_transform(self, scores: Floats) -> Floats:
        """Return the values of any scores."""
        return np.column_stack(
            [
                self._extrapolate(scores[:, j], self.scores_, self.sorted_[:, j])
                for j in range(scores.shape[1])
            ]
        )

    def _distinct(self, ordered: Floats) -> tuple[Floats, Floats]:
        values, first, counts = np.unique(ordered, return_index=True, return_counts=True)
        return values, (self.scores_[first] + self.scores_[first + counts - 1]) / 2

    def _extrapolate(self, x: Floats, knots: Floats, values: Floats) -> Floats:
        result = np.interp(x, knots, values)
        inside = min(len(knots) - 1, max(self.TAIL_EVENTS, round(self.TAIL_SHARE * len(knots))))
        for end, inner, beyond in (
            (0, inside, x < knots[0]),
            (-1, -1 - inside, x > knots[-1]),
        ):
            slope = (values[end] - values[inner]) / (knots[end] - knots[inner])
            result[beyond] = values[end] + slope * (x[beyond] - knots[end])
        return result
