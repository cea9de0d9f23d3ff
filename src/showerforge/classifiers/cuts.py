"""Consecutive cuts on Hillas parameters, the classical analysis."""

from collections.abc import Sequence
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin

from showerforge.events.weights import effective_number


class UpperCuts(ClassifierMixin, BaseEstimator):
    """Calls an event a gamma when every chosen parameter is at most its cut value.

    The cut values are those of the best quality factor on the training events that keep at
    least a given share of the gammas. To rank events, all cuts are widened or tightened by
    a common factor: gammaness is ``1 / (1 + t)`` with t the largest ratio of a parameter to
    its cut value, so that the cuts themselves are at a gammaness of 0.5. It is a ranking,
    not a probability.

    Parameters
    ----------
    columns : parameters that are cut on, such as ``["fWidth", "fAlpha"]``.
    minimum_gamma_efficiency : share of gammas that must stay.
    n_steps : cut values tried for each parameter, at equal steps of the gammas kept.
    """

    def __init__(
        self,
        columns: Sequence[str],
        minimum_gamma_efficiency: float = 0.5,
        n_steps: int = 60,
    ):
        self.columns = columns
        self.minimum_gamma_efficiency = minimum_gamma_efficiency
        self.n_steps = n_steps

    def fit(
        self,
        events: pd.DataFrame,
        is_gamma: pd.Series,
        sample_weight: NDArray[np.float64] | None = None,
    ) -> Self:
        """Find the best cut values.

        Parameters
        ----------
        events : DataFrame with the columns that are cut on.
        is_gamma : 1 for gammas, 0 for hadrons.
        sample_weight : float[n_events], how much each event counts.
        """
        self.classes_ = np.array([0, 1])
        weight = np.ones(len(events)) if sample_weight is None else sample_weight
        values = events[list(self.columns)].to_numpy()
        gammas, hadrons = (values[is_gamma.to_numpy() == label] for label in (1, 0))
        gamma_weight, hadron_weight = (weight[is_gamma.to_numpy() == label] for label in (1, 0))
        # the least that a sample of its size can tell from nothing
        least = 1 / effective_number(hadron_weight)
        shares = np.linspace(self.minimum_gamma_efficiency, 1, self.n_steps)
        steps = [
            np.quantile(column, shares, weights=gamma_weight, method="inverted_cdf")
            for column in gammas.T
        ]
        gamma_efficiency = _shares_kept(gammas, gamma_weight, steps)
        hadron_efficiency = _shares_kept(hadrons, hadron_weight, steps)
        quality = gamma_efficiency / np.sqrt(np.maximum(hadron_efficiency, least))
        quality[gamma_efficiency < self.minimum_gamma_efficiency] = -np.inf
        best = np.unravel_index(np.argmax(quality), quality.shape)
        self.cuts_ = np.array([cuts[place] for cuts, place in zip(steps, best, strict=True)])
        return self

    def predict_proba(self, events: pd.DataFrame) -> np.ndarray:
        """Rank events.

        Returns
        -------
        scores : float[n_events, 2], one minus gammaness, and gammaness.
        """
        cuts = np.maximum(self.cuts_, np.finfo(float).tiny)
        largest_ratio = (events[list(self.columns)].to_numpy() / cuts).max(axis=1)
        gammaness = 1 / (1 + largest_ratio)
        return np.column_stack([1 - gammaness, gammaness])

    def predict(self, events: pd.DataFrame) -> np.ndarray:
        """Apply the cuts: 1 for gammas, 0 for hadrons."""
        return (self.predict_proba(events)[:, 1] >= 0.5).astype(int)


def _shares_kept(
    values: NDArray[np.float64], weight: NDArray[np.float64], steps: Sequence[NDArray[np.float64]]
) -> NDArray[np.float64]:
    """Count what every combination of cuts keeps.

    Parameters
    ----------
    values : float[n_events, n_columns]
    weight : float[n_events]
    steps : cut values of each column, rising.

    Returns
    -------
    shares : float[n_steps, ...], an axis for each column.
    """
    shape = tuple(map(len, steps))
    # the first cut value of each column that keeps an event; none where there is no such
    first = [np.searchsorted(cuts, column) for cuts, column in zip(steps, values.T, strict=True)]
    is_kept = np.all([place < n for place, n in zip(first, shape, strict=True)], axis=0)
    cells = np.ravel_multi_index([place[is_kept] for place in first], shape)
    kept = np.bincount(cells, weight[is_kept], minlength=np.prod(shape)).reshape(shape)
    for axis in range(len(shape)):
        kept = kept.cumsum(axis=axis)
    return np.asarray(kept / weight.sum())
