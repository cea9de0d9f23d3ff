"""The classifiers that are compared, and how each is put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from imblearn.pipeline import Pipeline
from sklearn.base import ClassifierMixin

from showerforge.classifiers.cuts import UpperCuts
from showerforge.classifiers.features import HillasFeatures
from showerforge.classifiers.names import (
    ALPHA_CUT,
    BASE_MODELS,
    WIDTH_ALPHA_CUTS,
    Candidate,
    Training,
)
from showerforge.events.features import BRIGHTEST_PIXEL
from showerforge.generators import GeneratorSampler


@dataclass(frozen=True)
class Recipe:
    """All that is needed to put classifiers together.

    Attributes
    ----------
    feature_sets : names of engineered feature sets.
    models : settings of each base model.
    minimum_gamma_efficiency, n_cut_steps : settings of the cuts.
    sampler : unfitted sampler that adds synthetic events.
    seed : seed of every fit.
    """

    feature_sets: Sequence[str]
    models: Mapping[str, Mapping[str, Any]]
    minimum_gamma_efficiency: float
    n_cut_steps: int
    sampler: GeneratorSampler
    seed: int


def base_candidates() -> list[Candidate]:
    """List every candidate but the stacks, the slowest to fit first."""
    models = (*BASE_MODELS, WIDTH_ALPHA_CUTS, ALPHA_CUT)
    both = [Candidate(m, t) for m in models for t in (Training.REAL, Training.SYNTHETIC)]
    return [*both, Candidate("lightgbm", Training.NO_BRIGHTEST_PIXEL)]


def build_pipeline(candidate: Candidate, recipe: Recipe) -> Pipeline:
    """Put a classifier together: synthetic events, features, model, in that order.

    Synthetic events come first, as recorded parameters, so that their features are computed
    and never interpolated.
    """
    steps: list[tuple[str, Any]] = []
    if candidate.training is Training.SYNTHETIC:
        steps.append(("synthetic", recipe.sampler))
    dropped = BRIGHTEST_PIXEL if candidate.training is Training.NO_BRIGHTEST_PIXEL else ()
    steps.append(("features", HillasFeatures(recipe.feature_sets, dropped)))
    steps.append(("classifier", _build_classifier(candidate.model, recipe)))
    return Pipeline(steps)


def _build_classifier(model: str, recipe: Recipe) -> ClassifierMixin:
    """Build an unfitted model that uses one thread: fits run side by side instead."""
    if model == ALPHA_CUT:
        return UpperCuts(["fAlpha"], recipe.minimum_gamma_efficiency, recipe.n_cut_steps)
    if model == WIDTH_ALPHA_CUTS:
        columns = ["fWidth", "fAlpha"]
        return UpperCuts(columns, recipe.minimum_gamma_efficiency, recipe.n_cut_steps)
    settings = {**recipe.models[model], "n_jobs": 1, "random_state": recipe.seed}
    if model == "random_forest":
        from sklearn.ensemble import RandomForestClassifier

        return RandomForestClassifier(**settings)
    if model == "xgboost":
        from xgboost import XGBClassifier

        return XGBClassifier(**settings)
    from lightgbm import LGBMClassifier

    return LGBMClassifier(**settings, verbose=-1)


def gammaness(classifier: ClassifierMixin, events: pd.DataFrame) -> np.ndarray:
    """Score events; the column of gammas is looked up, never assumed.

    Returns
    -------
    gammaness : float[n_events] in [0, 1], 1 for gamma.
    """
    column = list(classifier.classes_).index(1)
    return classifier.predict_proba(events)[:, column].astype(float)
