"""Consecutive cuts on Hillas parameters, the classical analysis."""

from collections.abc import Sequence
from itertools import product
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
        best_quality = -np.inf
        for cuts in product(*steps):
            gamma_efficiency = np.average(np.all(gammas <= cuts, axis=1), weights=gamma_weight)
            if gamma_efficiency < self.minimum_gamma_efficiency:
                continue
            hadron_efficiency = np.average(np.all(hadrons <= cuts, axis=1), weights=hadron_weight)
            quality = gamma_efficiency / np.sqrt(max(hadron_efficiency, least))
            if quality > best_quality:
                best_quality, self.cuts_ = quality, np.array(cuts)
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
