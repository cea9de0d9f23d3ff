"""Correcting a generator by a classifier that tells its events from training events."""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from showerforge.events.features import FEATURE_SETS, with_features

Floats = NDArray[np.float64]


class DensityRatio:
    """How much likelier an event is to be real than to be generated.

    A classifier of real against generated events estimates that ratio by its odds. Accepting
    generated events with a probability in proportion to it leaves a sample of the corrected
    density (discriminator rejection sampling, Azadi et al. 2019, arXiv:1810.06758). It sees
    training events only.

    Parameters
    ----------
    n_classifiers : classifiers that are averaged, each against other generated events.
    n_trees : trees of each.
    """

    #: generated events for each real one
    GENERATED_PER_REAL = 4
    #: the largest ratios are cut at this quantile, so that not nearly all events are refused
    CUT = 0.995
    CLASSIFIER: ClassVar = {
        "num_leaves": 16,
        "learning_rate": 0.05,
        "min_child_samples": 50,
        "subsample": 0.7,
        "subsample_freq": 1,
        "colsample_bytree": 0.5,
        "reg_lambda": 10.0,
    }

    def __init__(self, n_classifiers: int, n_trees: int):
        self.n_classifiers = n_classifiers
        self.n_trees = n_trees

    def n_generated(self, n_real: int) -> int:
        """Return the number of generated events that `fit` takes."""
        return self.n_classifiers * self.GENERATED_PER_REAL * n_real

    def fit(self, real: pd.DataFrame, generated: pd.DataFrame, seed: int) -> Self:
        """Learn to tell generated from real events.

        Parameters
        ----------
        real, generated : Hillas parameters, the second with `n_generated` rows.
        seed : seed of the classifiers.
        """
        from lightgbm import LGBMClassifier

        real_features = self._features(real)
        parts = np.array_split(np.arange(len(generated)), self.n_classifiers)
        self.classifiers_ = []
        for number, part in enumerate(parts):
            features = np.concatenate([real_features, self._features(generated.iloc[part])])
            is_real = np.arange(len(features)) < len(real)
            weight = np.where(is_real, 1.0, len(real) / len(part))
            classifier = LGBMClassifier(
                **self.CLASSIFIER,
                n_estimators=self.n_trees,
                random_state=seed + number,
                n_jobs=1,
                verbose=-1,
            )
            booster = classifier.fit(features, is_real, sample_weight=weight).booster_
            self.classifiers_.append(booster)
        ratio = np.exp(self.log_ratio(generated))
        self.largest_ = float(np.quantile(ratio, self.CUT))
        self.mean_ = float(np.minimum(ratio, self.largest_).mean())
        return self

    @property
    def acceptance(self) -> float:
        """Share of generated events that is accepted."""
        return self.mean_ / self.largest_

    def accept(self, events: pd.DataFrame, generator: np.random.Generator) -> NDArray[np.bool_]:
        """Decide by lot which generated events are kept.

        Returns
        -------
        accepted : bool[n_events]
        """
        ratio = np.exp(self.log_ratio(events))
        return generator.random(len(events)) * self.largest_ < ratio

    def log_ratio(self, events: pd.DataFrame) -> Floats:
        """Natural logarithm of the ratio, float[n_events]."""
        features = self._features(events)
        scores = [booster.predict(features, raw_score=True) for booster in self.classifiers_]
        return np.mean(scores, axis=0)

    def log_correction(self, events: pd.DataFrame) -> Floats:
        """Natural logarithm of corrected over generated density, float[n_events]."""
        cut = np.minimum(self.log_ratio(events), np.log(self.largest_))
        return cut - np.log(self.mean_)

    def _features(self, events: pd.DataFrame) -> Floats:
        return with_features(events, list(FEATURE_SETS)).to_numpy()
