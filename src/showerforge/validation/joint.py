"""Gate G4: can anything tell synthetic from real events?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

N_FOLDS = 5
#: a modest classifier: a strong one only fits the noise of some thousand events
CLASSIFIER = {
    "n_estimators": 100,
    "num_leaves": 15,
    "learning_rate": 0.05,
    "min_child_samples": 20,
    "subsample": 0.8,
    "subsample_freq": 1,
    "colsample_bytree": 0.8,
}


@dataclass(frozen=True)
class TwoSampleTest:
    """What a classifier says of two samples.

    Attributes
    ----------
    is_synthetic : bool[n_events]
    score : float[n_events], out-of-fold belief in a synthetic event.
    gain : what each column contributed to the separation, shares that sum to one.
    """

    is_synthetic: NDArray[np.bool_]
    score: Floats
    gain: pd.Series


def classifier_two_sample_test(
    synthetic: pd.DataFrame, reference: pd.DataFrame, seed: int
) -> TwoSampleTest:
    """Let LightGBM learn to tell two samples apart, and score each event out of fold.

    Lopez-Paz and Oquab 2017, arXiv:1610.06545. Indistinguishable samples have a ROC-AUC of
    about 0.5. A linear classifier would see shifts only, and no wrong dependence.

    Parameters
    ----------
    synthetic, reference : samples with the same columns.
    seed : seed of folds and classifiers.
    """
    from lightgbm import LGBMClassifier

    def build() -> Any:
        settings = {**CLASSIFIER, "importance_type": "gain"}
        return LGBMClassifier(**settings, random_state=seed, n_jobs=1, verbose=-1)

    return _cross_fit(build, synthetic, reference, seed)


def linear_two_sample_test(
    synthetic: pd.DataFrame, reference: pd.DataFrame, seed: int
) -> TwoSampleTest:
    """Do the same by a logistic regression, to show how blind it is."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    def build() -> Any:
        return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))

    return _cross_fit(build, synthetic, reference, seed)


def _cross_fit(
    build: Any, synthetic: pd.DataFrame, reference: pd.DataFrame, seed: int
) -> TwoSampleTest:
    from sklearn.model_selection import StratifiedKFold

    events = np.concatenate([synthetic.to_numpy(float), reference.to_numpy(float)])
    is_synthetic = np.arange(len(events)) < len(synthetic)
    score = np.empty(len(events))
    gain = np.zeros(events.shape[1])
    folds = StratifiedKFold(N_FOLDS, shuffle=True, random_state=seed)
    for fitted, held_out in folds.split(events, is_synthetic):
        classifier = build().fit(events[fitted], is_synthetic[fitted])
        score[held_out] = _predict(classifier, events[held_out])
        gain += getattr(classifier, "feature_importances_", np.zeros(len(gain)))
    shares = pd.Series(gain / max(gain.sum(), 1e-12), index=synthetic.columns)
    return TwoSampleTest(is_synthetic, score, shares)


def _predict(classifier: Any, events: Floats) -> Floats:
    """Take the probability of the second class; LightGBM's own call is free of warnings."""
    booster = getattr(classifier, "booster_", None)
    return booster.predict(events) if booster else classifier.predict_proba(events)[:, 1]


class EnergyDistance:
    """Energy distance between two samples, for any weighting of their events.

    Szekely and Rizzo 2013, J. Stat. Plan. Inference 143, 1249, equation 5.1:
    ``2 E|X - Y| - E|X - X'| - E|Y - Y'|``.

    Parameters
    ----------
    first, second : float[n, n_columns], points.
    """

    def __init__(self, first: Floats, second: Floats):
        from scipy.spatial.distance import cdist

        self.n_first = len(first)
        points = np.concatenate([first, second])
        self._distances = cdist(points, points)

    def _of(self, first: Floats, second: Floats) -> Floats:
        """Distance for weights of the points, float[n_points, n_weightings] each."""
        first, second = first / first.sum(axis=0), second / second.sum(axis=0)
        contrast = first - second
        return -np.einsum("ij,ij->j", contrast, self._distances @ contrast)

    def _belongs(self) -> Floats:
        return (np.arange(len(self._distances)) < self.n_first).astype(float)

    def value(self) -> float:
        """Return the distance of the samples."""
        is_first = self._belongs()[:, np.newaxis]
        return float(self._of(is_first, 1 - is_first)[0])

    def without_groups(self, group: NDArray[np.int_]) -> Floats:
        """Return the distance without each group of points, for a jackknife.

        Parameters
        ----------
        group : int[n_points], from zero on.
        """
        kept = (group[:, np.newaxis] != np.arange(group.max() + 1)).astype(float)
        is_first = self._belongs()[:, np.newaxis]
        return self._of(kept * is_first, kept * (1 - is_first))

    def p_value(self, n_permutations: int, seed: int) -> float:
        """Share of random relabellings with at least this distance."""
        generator = np.random.default_rng(seed)
        labels = np.tile(self._belongs(), (n_permutations, 1))
        shuffled = generator.permuted(labels, axis=1).T
        exceeded = np.count_nonzero(self._of(shuffled, 1 - shuffled) >= self.value())
        return (1 + exceeded) / (1 + n_permutations)
