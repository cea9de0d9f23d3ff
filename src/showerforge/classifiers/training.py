"""Fitting many classifiers side by side, on folds and on the whole training set."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from showerforge.classifiers.candidates import Recipe, build_pipeline, gammaness
from showerforge.classifiers.names import Candidate, Training
from showerforge.events.schema import GAMMA, HILLAS_PARAMETERS, WEIGHT
from showerforge.events.splits import iterate_folds
from showerforge.progress import run_side_by_side


def training_columns(events: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    """Return the Hillas parameters of events, and 1 for gammas, 0 for hadrons."""
    return events[HILLAS_PARAMETERS], (events["particle"] == GAMMA).astype(int)


#: synthetic events by what they are used for
Synthetic = Mapping[Training, pd.DataFrame]


def _with_synthetic(events: pd.DataFrame, synthetic: Synthetic, training: Training) -> pd.DataFrame:
    """Put synthetic events, if any belong to the training, behind real ones.

    They come as recorded parameters, so that their features are computed and never
    interpolated.
    """
    columns = [*HILLAS_PARAMETERS, "particle", WEIGHT]
    if training not in synthetic:
        return events[columns]
    return pd.concat([events[columns], synthetic[training][columns]], ignore_index=True)


def fit_weighted(model: Any, columns: Any, is_gamma: Any, weights: Any) -> Any:
    """Fit a model, or the model at the end of a pipeline, with weights of the events.

    Parameters
    ----------
    model : classifier or pipeline.
    columns : what it takes, one row an event.
    is_gamma : 1 for gammas, 0 for hadrons.
    weights : float[n_events]
    """
    prefix = f"{model.steps[-1][0]}__" if hasattr(model, "steps") else ""
    return model.fit(columns, is_gamma, **{f"{prefix}sample_weight": np.asarray(weights)})


def fit_candidate(
    candidate: Candidate, train: pd.DataFrame, synthetic: Synthetic, recipe: Recipe
) -> Pipeline:
    """Fit one classifier on training events, and on synthetic ones if its training says so.

    Parameters are those of `fit_all`.
    """
    events = _with_synthetic(train, synthetic, candidate.training)
    parameters, is_gamma = training_columns(events)
    return fit_weighted(build_pipeline(candidate, recipe), parameters, is_gamma, events[WEIGHT])


def cross_validate(
    train: pd.DataFrame,
    synthetic: Synthetic,
    candidates: Sequence[Candidate],
    recipe: Recipe,
    n_jobs: int,
) -> pd.DataFrame:
    """Score every training event by classifiers that were fitted without its fold.

    Parameters
    ----------
    train : training events with ``fold``.
    synthetic : for each training with synthetic events, those with ``fold``, the fold that
        their generator did not see.
    candidates : classifiers to fit.
    recipe : how they are put together.
    n_jobs : fits at a time.

    Returns
    -------
    scores : DataFrame[n_events, n_candidates], gammaness, same index as `train`.
    """
    scores = pd.DataFrame(float("nan"), train.index, [c.name for c in candidates])
    jobs = [(c, *fold) for c in candidates for fold in iterate_folds(train["fold"])]

    def fit_and_score(candidate: Candidate, number: int, fitted: Any, held_out: Any) -> Any:
        of_fold = {t: events[events["fold"] == number] for t, events in synthetic.items()}
        return gammaness(fit_candidate(candidate, train[fitted], of_fold, recipe), train[held_out])

    results = run_side_by_side(
        fit_and_score, jobs, n_jobs, "Cross-validating models", in_processes=True
    )
    for (candidate, _, _, held_out), result in zip(jobs, results, strict=True):
        scores.loc[held_out, candidate.name] = result
    return scores


def fit_all(
    train: pd.DataFrame,
    synthetic: Synthetic,
    candidates: Sequence[Candidate],
    recipe: Recipe,
    n_jobs: int,
) -> dict[str, Pipeline]:
    """Fit every classifier on all training events.

    Parameters are those of `cross_validate`, but for synthetic events that grew from all
    training events.

    Returns
    -------
    fitted : pipeline for each name of a candidate.
    """

    def fit(candidate: Candidate) -> Pipeline:
        return fit_candidate(candidate, train, synthetic, recipe)

    jobs = [(candidate,) for candidate in candidates]
    results = run_side_by_side(fit, jobs, n_jobs, "Fitting models", in_processes=True)
    return {c.name: pipeline for c, pipeline in zip(candidates, results, strict=True)}
