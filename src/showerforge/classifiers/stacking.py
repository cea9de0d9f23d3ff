"""The stacking ensemble: a logistic regression on the log-odds of several models."""

from collections.abc import Mapping, Sequence
from typing import Self

import numpy as np
import pandas as pd
from scipy.special import logit
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.ensemble import StackingClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline

from showerforge.classifiers.names import Candidate, Training
from showerforge.classifiers.training import fit_weighted, training_columns
from showerforge.events.schema import WEIGHT
from showerforge.events.splits import iterate_folds


class Logit(TransformerMixin, BaseEstimator):
    """Log-odds of probabilities, on which a logistic regression is a calibrated blend.

    Parameters
    ----------
    smallest : probabilities closer to 0 or 1 are moved to this distance.
    """

    def __init__(self, smallest: float = 1e-3):
        self.smallest = smallest

    def fit(self, probabilities: np.ndarray, is_gamma: pd.Series | None = None) -> Self:
        """Learn nothing."""
        return self

    def transform(self, probabilities: np.ndarray) -> np.ndarray:
        """Compute log(p / (1 - p))."""
        return logit(np.clip(probabilities, self.smallest, 1 - self.smallest))

    def __sklearn_is_fitted__(self) -> bool:
        return True


def fit_meta_learner(meta: np.ndarray, events: pd.DataFrame, regularisation: float) -> Pipeline:
    """Fit a logistic regression on the log-odds of members.

    Parameters
    ----------
    meta : float[n_events, n_members], gammaness that no member gave to an event it learnt from.
    events : the same events, with ``particle`` and ``weight``.
    regularisation : inverse strength C of the L2 penalty.
    """
    learner = Pipeline([("logit", Logit()), ("logistic", LogisticRegression(C=regularisation))])
    return fit_weighted(learner, meta, training_columns(events)[1], events[WEIGHT])


def meta_features(scores: pd.DataFrame, members: Sequence[str], training: Training) -> np.ndarray:
    """Take the scores of the members of a stack.

    Returns
    -------
    meta : float[n_events, n_members]
    """
    return scores[[Candidate(member, training).name for member in members]].to_numpy()


def cross_fit_stack(
    scores: pd.DataFrame,
    train: pd.DataFrame,
    members: Sequence[str],
    training: Training,
    regularisation: float,
) -> np.ndarray:
    """Score training events by stacks whose meta-learner was fitted without their fold.

    Parameters
    ----------
    scores : out-of-fold gammaness of the members, same index as `train`.
    train : training events with ``particle``, ``weight`` and ``fold``.
    members : models in the stack.
    training : what they were trained on.
    regularisation : inverse strength C of the L2 penalty.

    Returns
    -------
    gammaness : float[n_events]
    """
    meta = meta_features(scores, members, training)
    gammaness = np.empty(len(train))
    for _, fitted, held_out in iterate_folds(train["fold"]):
        learner = fit_meta_learner(meta[fitted], train[fitted], regularisation)
        gammaness[held_out] = learner.predict_proba(meta[held_out])[:, 1]
    return gammaness


def build_stack(
    fitted: Mapping[str, Pipeline],
    scores: pd.DataFrame,
    train: pd.DataFrame,
    members: Sequence[str],
    training: Training,
    regularisation: float,
) -> Pipeline:
    """Build the ensemble from fitted members and their out-of-fold scores.

    The members are those fitted on all training events; the meta-learner is fitted on scores
    that no member gave to an event it had learnt from. Nothing is fitted twice, and the
    result needs neither the generator nor imbalanced-learn.

    Returns
    -------
    stack : scikit-learn pipeline from recorded parameters to gammaness.
    """
    parameters, is_gamma = training_columns(train)
    meta = meta_features(scores, members, training)
    learner = fit_meta_learner(meta, train, regularisation)
    pipelines = [fitted[Candidate(member, training).name] for member in members]
    features = pipelines[0].named_steps["features"]
    one_of_each = is_gamma.drop_duplicates().index
    stack = StackingClassifier(
        [
            (member, pipeline[1:] if len(pipeline) > 2 else pipeline[-1])
            for member, pipeline in zip(members, pipelines, strict=True)
        ],
        final_estimator=FrozenEstimator(learner),
        cv="prefit",
    ).fit(features.transform(parameters.loc[one_of_each]), is_gamma.loc[one_of_each])
    return Pipeline([("features", features), ("stack", stack)])
