"""Gate G7: is a classifier better for the synthetic events?"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from showerforge.metrics.intervals import Estimate, bootstrap_weights, percentile_interval
from showerforge.metrics.separation import LOACC_BACKGROUNDS, Separation

Floats = NDArray[np.float64]

CLASSIFIER = {
    "n_estimators": 300,
    "learning_rate": 0.05,
    "num_leaves": 31,
    "min_child_samples": 20,
    "subsample": 0.8,
    "subsample_freq": 1,
    "colsample_bytree": 0.6,
}
THRESHOLD = 0.5
#: figures of merit, and whether more is better
FIGURES = {
    "roc_auc": True,
    "average_precision": True,
    "loacc": True,
    "f1_signal": True,
    "f1_background": True,
    "brier_score": False,
}
NONE, WEIGHTS, COPIES = "no resampling", "class weights", "bootstrap copies"
BASELINES = (NONE, WEIGHTS, COPIES)
SYNTHETIC, SYNTHETIC_ONLY = "synthetic events", "synthetic events only"


class Utility:
    """Classifiers trained with and without synthetic events, judged on the same real ones.

    Parameters
    ----------
    train, holdout : DataFrames of the columns that classifiers see.
    is_signal, holdout_is_signal : bool[n], the class.
    synthetic_is_signal : which of the classes is generated.
    n_resamples : bootstrap resamples of the held-out events.
    confidence : coverage of the intervals.
    seed : seed of classifiers and resamples.
    """

    def __init__(
        self,
        train: pd.DataFrame,
        is_signal: NDArray[np.bool_],
        holdout: pd.DataFrame,
        holdout_is_signal: NDArray[np.bool_],
        synthetic_is_signal: bool,
        n_resamples: int,
        confidence: float,
        seed: int,
    ):
        self.train, self.is_signal = train.to_numpy(float), is_signal
        self.holdout, self.holdout_is_signal = holdout.to_numpy(float), holdout_is_signal
        self.synthetic_is_signal = synthetic_is_signal
        self.confidence, self.seed = confidence, seed
        self.weights = bootstrap_weights(holdout_is_signal, n_resamples, seed)
        self._baselines: dict[int, dict[str, dict[str, Floats]]] = {}

    def compare(self, synthetic: pd.DataFrame) -> pd.DataFrame:
        """Compare training with synthetic events with the ways to do without.

        Parameters
        ----------
        synthetic : DataFrame of the same columns.

        Returns
        -------
        changes : DataFrame, one row per pair and figure of merit: ``treatment``, ``against``,
            ``figure``, ``value``, and ``change`` with its paired bootstrap interval,
            ``lower`` and ``upper``.
        """
        events = synthetic.to_numpy(float)
        baselines = self._baselines_with(len(events))
        augmented, is_signal = self._with(events)
        with_synthetic = self._figures(augmented, is_signal)
        replaced = np.ones(len(augmented), bool)
        replaced[: len(self.train)] = self.is_signal != self.synthetic_is_signal
        only_synthetic = self._figures(augmented[replaced], is_signal[replaced])
        rows = [
            self._row(SYNTHETIC, with_synthetic, against, baselines[against], figure)
            for against in BASELINES
            for figure in FIGURES
        ]
        rows += [
            self._row(SYNTHETIC_ONLY, only_synthetic, NONE, baselines[NONE], figure)
            for figure in FIGURES
        ]
        return pd.DataFrame(rows)

    def change_in_auc(self, synthetic: pd.DataFrame) -> float:
        """Return the change of ROC-AUC against no resampling, and compute no more than that."""
        with_synthetic = self._figures(*self._with(synthetic.to_numpy(float)))
        return float(with_synthetic["roc_auc"][0] - self._without["roc_auc"][0])

    def _with(self, synthetic: Floats) -> tuple[Floats, NDArray[np.bool_]]:
        labels = np.full(len(synthetic), self.synthetic_is_signal)
        return (
            np.concatenate([self.train, synthetic]),
            np.concatenate([self.is_signal, labels]),
        )

    @cached_property
    def _without(self) -> dict[str, Floats]:
        return self._figures(self.train, self.is_signal)

    def _baselines_with(self, n_added: int) -> dict[str, dict[str, Floats]]:
        """Train without synthetic events; the copies are as many as those would be."""
        if n_added not in self._baselines:
            of_class = np.flatnonzero(self.is_signal == self.synthetic_is_signal)
            copies = np.random.default_rng(self.seed).choice(of_class, n_added)
            rows = np.concatenate([np.arange(len(self.train)), copies])
            self._baselines[n_added] = {
                NONE: self._without,
                WEIGHTS: self._figures(self.train, self.is_signal, class_weight="balanced"),
                COPIES: self._figures(self.train[rows], self.is_signal[rows]),
            }
        return self._baselines[n_added]

    def _figures(
        self, events: Floats, is_signal: NDArray[np.bool_], class_weight: str | None = None
    ) -> dict[str, Floats]:
        """Figures of merit of a classifier on all resamples of the held-out events."""
        from lightgbm import LGBMClassifier

        classifier = LGBMClassifier(
            **CLASSIFIER, class_weight=class_weight, random_state=self.seed, n_jobs=1, verbose=-1
        ).fit(events, is_signal)
        score = classifier.booster_.predict(self.holdout)
        separation = Separation(self.holdout_is_signal, score, self.weights)
        f1_signal, f1_background = separation.f1_scores(THRESHOLD)
        return {
            "roc_auc": separation.roc_auc(),
            "average_precision": separation.average_precision_gamma()
            if self.synthetic_is_signal
            else separation.average_precision_hadron(),
            "loacc": separation.mean_acceptance(LOACC_BACKGROUNDS),
            "f1_signal": f1_signal,
            "f1_background": f1_background,
            "brier_score": separation.brier_score(),
        }

    def _row(
        self,
        treatment: str,
        values: Mapping[str, Floats],
        against: str,
        others: Mapping[str, Floats],
        figure: str,
    ) -> dict[str, object]:
        change: Estimate = percentile_interval(values[figure] - others[figure], self.confidence)
        return {
            "treatment": treatment,
            "against": against,
            "figure": figure,
            "value": float(values[figure][0]),
            "change": change.value,
            "lower": change.lower,
            "upper": change.upper,
        }
