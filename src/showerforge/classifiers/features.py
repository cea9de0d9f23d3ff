"""Engineered features as a step of a pipeline, so that a model takes recorded parameters."""

from collections.abc import Sequence
from typing import Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin

from showerforge.errors import InputError
from showerforge.events.features import (
    compute_features,
    feature_names,
)
from showerforge.events.schema import HILLAS_PARAMETERS


class HillasFeatures(TransformerMixin, BaseEstimator):
    """Puts engineered features beside the ten Hillas parameters.

    Parameters
    ----------
    feature_sets : names of feature sets.
    dropped : names of columns that are left out.
    allowed : names of the only columns that are kept; None for all.
    """

    def __init__(
        self,
        feature_sets: Sequence[str],
        dropped: Sequence[str] = (),
        allowed: Sequence[str] | None = None,
    ):
        self.feature_sets = feature_sets
        self.dropped = dropped
        self.allowed = allowed

    def fit(self, events: pd.DataFrame, is_gamma: pd.Series | None = None) -> Self:
        """Learn nothing, but note the columns."""
        self.feature_names_in_ = np.array(HILLAS_PARAMETERS, dtype=object)
        self.n_features_in_ = len(HILLAS_PARAMETERS)
        return self

    def transform(self, events: pd.DataFrame) -> pd.DataFrame:
        """Compute the features.

        Parameters
        ----------
        events : DataFrame with the Hillas parameters, by name and in any order.

        Raises
        ------
        InputError
            If a Hillas parameter is missing.
        """
        missing = [name for name in HILLAS_PARAMETERS if name not in events]
        if missing:
            raise InputError(f"The events have no columns {missing}.")
        parameters = events[HILLAS_PARAMETERS]
        features = compute_features(parameters, self.feature_sets)
        return pd.concat([parameters, features], axis=1)[list(self.get_feature_names_out())]

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """List the columns of the result."""
        names = [*HILLAS_PARAMETERS, *feature_names(self.feature_sets)]
        if self.allowed is not None:
            names = [name for name in names if name in self.allowed]
        return np.array([name for name in names if name not in self.dropped], dtype=object)
