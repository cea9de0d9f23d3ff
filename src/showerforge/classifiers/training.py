"""Fitting many classifiers side by side, on folds and on the whole training set."""

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import pandas as pd
from imblearn.pipeline import Pipeline

from showerforge.classifiers.candidates import Recipe, build_pipeline, gammaness
from showerforge.classifiers.names import Candidate
from showerforge.events.schema import GAMMA, HILLAS_PARAMETERS
from showerforge.events.splits import iterate_folds
from showerforge.progress import track

Result = TypeVar("Result")


def training_columns(events: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    """Return the Hillas parameters of events, and 1 for gammas, 0 for hadrons."""
    return events[HILLAS_PARAMETERS], (events["particle"] == GAMMA).astype(int)


def cross_validate(
    train: pd.DataFrame, candidates: Sequence[Candidate], recipe: Recipe, n_jobs: int
) -> pd.DataFrame:
    """Score every training event by classifiers that were fitted without its fold.

    Parameters
    ----------
    train : training events with ``fold``.
    candidates : classifiers to fit.
    recipe : how they are put together.
    n_jobs : fits at a time.

    Returns
    -------
    scores : DataFrame[n_events, n_candidates], gammaness, same index as `train`.
    """
    parameters, is_gamma = training_columns(train)
    scores = pd.DataFrame(float("nan"), train.index, [c.name for c in candidates])
    folds = list(iterate_folds(train["fold"]))
    jobs = [(c, fitted, held_out) for c in candidates for _, fitted, held_out in folds]

    def fit_and_score(candidate: Candidate, fitted: Any, held_out: Any) -> Any:
        pipeline = build_pipeline(candidate, recipe).fit(parameters[fitted], is_gamma[fitted])
        return gammaness(pipeline, parameters[held_out])

    results = _run_side_by_side(fit_and_score, jobs, n_jobs, "Cross-validating models")
    for (candidate, _, held_out), result in zip(jobs, results, strict=True):
        scores.loc[held_out, candidate.name] = result
    return scores


def fit_all(
    train: pd.DataFrame, candidates: Sequence[Candidate], recipe: Recipe, n_jobs: int
) -> dict[str, Pipeline]:
    """Fit every classifier on all training events.

    Returns
    -------
    fitted : pipeline for each name of a candidate.
    """
    parameters, is_gamma = training_columns(train)

    def fit(candidate: Candidate) -> Pipeline:
        return build_pipeline(candidate, recipe).fit(parameters, is_gamma)

    jobs = [(candidate,) for candidate in candidates]
    results = _run_side_by_side(fit, jobs, n_jobs, "Fitting models")
    return {c.name: pipeline for c, pipeline in zip(candidates, results, strict=True)}


def _run_side_by_side(
    function: Any, jobs: Sequence[tuple[Any, ...]], n_jobs: int, description: str
) -> Iterator[Any]:
    """Run jobs in threads (the models release the interpreter lock) and show progress."""
    from joblib import Parallel, delayed

    results = Parallel(n_jobs=n_jobs, prefer="threads", return_as="generator")(
        delayed(function)(*job) for job in jobs
    )
    return track(results, description, total=len(jobs))
