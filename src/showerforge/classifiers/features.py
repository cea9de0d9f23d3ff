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
    remove_concentration_artefact,
)
from showerforge.events.schema import HILLAS_PARAMETERS


class HillasFeatures(TransformerMixin, BaseEstimator):
    """Puts engineered features beside the ten Hillas parameters.

    Parameters
    ----------
    feature_sets : names of feature sets.
    remove_artefact : whether the flaw of the concentrations is removed first, see
        `remove_concentration_artefact`.
    """

    def __init__(self, feature_sets: Sequence[str], remove_artefact: bool = False):
        self.feature_sets = feature_sets
        self.remove_artefact = remove_artefact

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
        if self.remove_artefact:
            parameters = remove_concentration_artefact(parameters)
        return pd.concat([parameters, compute_features(parameters, self.feature_sets)], axis=1)

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """List the columns of the result."""
        names = [*HILLAS_PARAMETERS, *feature_names(self.feature_sets)]
        return np.array(names, dtype=object)
