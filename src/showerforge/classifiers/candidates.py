"""The classifiers that are compared, and how each is put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import ClassifierMixin
from sklearn.pipeline import Pipeline

from showerforge.classifiers.cuts import UpperCuts
from showerforge.classifiers.features import HillasFeatures
from showerforge.classifiers.names import (
    ALPHA_CUT,
    BASE_MODELS,
    STACKED,
    WIDTH_ALPHA_CUTS,
    WITH_REFERENCE,
    Candidate,
    Training,
)
from showerforge.events.features import BRIGHTEST_PIXEL

#: support points of the distribution of a feature that is made Gaussian by rank
N_QUANTILES = 200


@dataclass(frozen=True)
class Recipe:
    """All that is needed to put classifiers together.

    Attributes
    ----------
    feature_sets : names of engineered feature sets.
    models : settings of each base model.
    minimum_gamma_efficiency, n_cut_steps : settings of the cuts.
    seed : seed of every fit.
    features : the only features that models use; None for all. Cuts have their own.
    """

    feature_sets: Sequence[str]
    models: Mapping[str, Mapping[str, Any]]
    minimum_gamma_efficiency: float
    n_cut_steps: int
    seed: int
    features: Sequence[str] | None = None


def base_candidates() -> list[Candidate]:
    """List every candidate but the stacks, the slowest to fit first."""
    return [
        *(Candidate(model, training) for model in BASE_MODELS for training in STACKED),
        *(Candidate(model, Training.REFERENCE) for model in WITH_REFERENCE),
        Candidate(WIDTH_ALPHA_CUTS, Training.REAL),
        Candidate(ALPHA_CUT, Training.REAL),
    ]


def build_pipeline(candidate: Candidate, recipe: Recipe) -> Pipeline:
    """Put a classifier together: from recorded parameters over features to gammaness."""
    model = _build_classifier(candidate.model, recipe)
    steps = model.steps if isinstance(model, Pipeline) else [("classifier", model)]
    features = _build_features(candidate, recipe.feature_sets, recipe.features)
    return Pipeline([("features", features), *steps])


def _build_features(
    candidate: Candidate, feature_sets: Sequence[str], allowed: Sequence[str] | None
) -> HillasFeatures:
    """Build the first step of a pipeline; cuts name their columns themselves."""
    dropped = BRIGHTEST_PIXEL if candidate.training is Training.NO_BRIGHTEST_PIXEL else ()
    is_cut = candidate.model in (ALPHA_CUT, WIDTH_ALPHA_CUTS)
    return HillasFeatures(feature_sets, dropped, None if is_cut else allowed)


def features_of(
    candidate: Candidate, feature_sets: Sequence[str], allowed: Sequence[str] | None
) -> list[str]:
    """List the features that a candidate sees."""
    return list(_build_features(candidate, feature_sets, allowed).get_feature_names_out())


def _build_classifier(model: str, recipe: Recipe) -> ClassifierMixin:
    """Build an unfitted model that uses one thread: fits run side by side instead."""
    if model == ALPHA_CUT:
        return UpperCuts(["fAlpha"], recipe.minimum_gamma_efficiency, recipe.n_cut_steps)
    if model == WIDTH_ALPHA_CUTS:
        columns = ["fWidth", "fAlpha"]
        return UpperCuts(columns, recipe.minimum_gamma_efficiency, recipe.n_cut_steps)
    return build_model(model, recipe.models[model], recipe.seed)


def build_model(model: str, settings: Mapping[str, Any], seed: int) -> ClassifierMixin:
    """Build an unfitted model of features that uses one thread.

    Parameters
    ----------
    model : "random_forest", "xgboost", "lightgbm"; "perceptrons", the mean of several neural
        networks on features made Gaussian by rank; "logistic_regression", on standardised
        features; or "decision_tree".
    settings : arguments of its constructor, for perceptrons those of one network and their
        number, ``n_networks``.
    seed : seed of the fit.

    Returns
    -------
    model : classifier, or a pipeline whose last step is one.
    """
    if model == "random_forest":
        from sklearn.ensemble import RandomForestClassifier

        return RandomForestClassifier(**settings, n_jobs=1, random_state=seed)
    if model == "xgboost":
        from xgboost import XGBClassifier

        return XGBClassifier(**settings, n_jobs=1, random_state=seed)
    if model == "decision_tree":
        from sklearn.tree import DecisionTreeClassifier

        return DecisionTreeClassifier(**settings, random_state=seed)
    if model == "perceptrons":
        return _build_perceptrons(settings, seed)
    if model == "logistic_regression":
        from sklearn.linear_model import LogisticRegression

        return _standardised(LogisticRegression(**settings, random_state=seed))
    from lightgbm import LGBMClassifier

    return LGBMClassifier(**settings, n_jobs=1, random_state=seed, verbose=-1)


def _standardised(model: ClassifierMixin) -> Pipeline:
    from sklearn.preprocessing import StandardScaler

    return Pipeline([("scale", StandardScaler()), ("classifier", model)])


def _build_perceptrons(settings: Mapping[str, Any], seed: int) -> Pipeline:
    """Build networks that differ in their initial weights only, and whose mean is taken.

    One network depends on chance; the mean of five is better than the best of them.
    """
    from sklearn.ensemble import VotingClassifier
    from sklearn.neural_network import MLPClassifier
    from sklearn.preprocessing import QuantileTransformer

    of_one = {name: value for name, value in settings.items() if name != "n_networks"}
    networks = [
        (f"network_{number}", MLPClassifier(**of_one, random_state=seed + number))
        for number in range(settings["n_networks"])
    ]
    return Pipeline(
        [
            (
                "scale",
                QuantileTransformer(
                    n_quantiles=N_QUANTILES, output_distribution="normal", subsample=None
                ),
            ),
            ("classifier", VotingClassifier(networks, voting="soft")),
        ]
    )


def gammaness(classifier: ClassifierMixin, events: pd.DataFrame) -> np.ndarray:
    """Score events; the column of gammas is looked up, never assumed.

    Returns
    -------
    gammaness : float[n_events] in [0, 1], 1 for gamma.
    """
    column = list(classifier.classes_).index(1)
    return classifier.predict_proba(events)[:, column].astype(float)
