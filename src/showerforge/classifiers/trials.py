"""One trial of a search: settings of a model, fitted and judged fold by fold."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import optuna
import pandas as pd
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.trial import Trial, TrialState

from showerforge.classifiers.candidates import build_model, gammaness
from showerforge.classifiers.features import HillasFeatures
from showerforge.classifiers.stacking import Logit
from showerforge.classifiers.training import fit_weighted, training_columns
from showerforge.errors import InputError
from showerforge.events.schema import HILLAS_PARAMETERS, WEIGHT
from showerforge.events.splits import iterate_folds
from showerforge.metrics.separation import Separation

#: what trials need of the training events
COLUMNS = [*HILLAS_PARAMETERS, "particle", WEIGHT, "fold"]


@dataclass(frozen=True)
class Tuning:
    """What is searched, and how.

    Attributes
    ----------
    search : for each tuned model, the range of each searched setting: ``kind`` ("float", "int"
        or "category"), ``low``, ``high``, ``log``, ``choices``.
    models : shipped settings of each model.
    figure_of_merit : "log_loss" or "roc_auc".
    feature_sets : names of engineered feature sets.
    features : the only features that models use; None for all.
    n_trials : trials of each model, all calls together.
    minutes : no trial is begun after so long; None sets no limit.
    n_workers : trials at a time; -1 is one for each worker, and no more than models.
    n_random_trials : trials at random before earlier ones guide the search.
    n_unpruned_trials, n_unpruned_folds : trials that are never stopped, and folds that every
        trial is given.
    seed : seed of the search and of every fit.
    """

    search: Mapping[str, Mapping[str, Mapping[str, Any]]]
    models: Mapping[str, Mapping[str, Any]]
    figure_of_merit: str
    feature_sets: Sequence[str]
    features: Sequence[str] | None
    n_trials: int
    minutes: float | None
    n_workers: int
    n_random_trials: int
    n_unpruned_trials: int
    n_unpruned_folds: int
    seed: int

    @property
    def direction(self) -> str:
        """Whether small or large values are good."""
        return "minimize" if self.figure_of_merit == "log_loss" else "maximize"


def distributions_of(search: Mapping[str, Mapping[str, Any]]) -> dict[str, BaseDistribution]:
    """Turn the ranges of the settings of a model into distributions of Optuna."""
    return {name: _distribution(**of_setting) for name, of_setting in search.items()}


def _distribution(
    kind: str, low: Any = None, high: Any = None, log: bool = False, choices: Any = None
) -> BaseDistribution:
    if kind == "category":
        return CategoricalDistribution(choices)
    if kind == "int":
        return IntDistribution(int(low), int(high), log=log)
    return FloatDistribution(float(low), float(high), log=log)


def shipped_trial(model: str, tuning: Tuning) -> dict[str, Any]:
    """Take the searched settings of a model as they are shipped.

    Raises
    ------
    InputError
        If they are out of the ranges of the search, so that the search could not find them.
    """
    shipped = {name: tuning.models[model][name] for name in tuning.search[model]}
    for name, range_of_setting in tuning.search[model].items():
        if not _is_within(shipped[name], **range_of_setting):
            raise InputError(
                f"magic.tuning.search.{model}.{name} does not hold the value of "
                f"magic.modelling.models.{model}.{name}, {shipped[name]!r}, with which the search "
                "begins. Widen the range, or change that value. Nothing has been run."
            )
    return shipped


def _is_within(
    value: Any, kind: str, low: Any = None, high: Any = None, log: bool = False, choices: Any = None
) -> bool:
    if kind == "category":
        return value in choices
    return isinstance(value, int if kind == "int" else (int, float)) and low <= value <= high


def evaluate_folds(
    model: str,
    settings: Mapping[str, Any],
    features: pd.DataFrame,
    is_gamma: pd.Series,
    weight: pd.Series,
    fold: pd.Series,
    figure_of_merit: str,
    seed: int,
) -> Iterator[float]:
    """Fit a model without each fold and judge it on the fold.

    The log-loss is that of gammaness which is clipped as the stack clips it: what the stack does
    not see shall not count.

    Parameters
    ----------
    model : name of the model.
    settings : arguments of its constructor.
    features : DataFrame[n_events, n_features]
    is_gamma : 1 for gammas, 0 for hadrons.
    weight : how much each event counts.
    fold : number of the fold of each event.
    figure_of_merit : "log_loss" or "roc_auc".
    seed : seed of the fit.

    Yields
    ------
    value : figure of merit of each fold, in the order of their numbers.
    """
    smallest = Logit().smallest
    for _, fitted, held_out in iterate_folds(fold):
        classifier = fit_weighted(
            build_model(model, settings, seed), features[fitted], is_gamma[fitted], weight[fitted]
        )
        scores = gammaness(classifier, features[held_out]).clip(smallest, 1 - smallest)
        separation = Separation.weighted(
            is_gamma[held_out].to_numpy() == 1, scores, weight[held_out].to_numpy()
        )
        yield float(getattr(separation, figure_of_merit)()[0])


def judge_trial(study: optuna.Study, trial_id: int, train: pd.DataFrame, tuning: Tuning) -> None:
    """Run a trial that was begun, and report to its study.

    Parameters
    ----------
    study : study of a model, in a storage that this process reaches.
    trial_id : the trial, by the number that the storage gave it.
    train : training events with the Hillas parameters, ``particle``, ``weight`` and ``fold``.
    tuning : what is searched, and how.

    Raises
    ------
    BrokenExecutor
        If another worker has begun it and was killed.
    """
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    trial = Trial(study, trial_id)
    if trial.storage.get_trial(trial_id).state.is_finished():
        # only the answer was lost
        return
    if "worker" in trial.user_attrs:
        raise BrokenExecutor(f"the worker was lost: {trial.user_attrs['worker']}")
    trial.set_user_attr("worker", f"process {os.getpid()} of {platform.node()}")
    study.pruner = optuna.pruners.MedianPruner(
        n_startup_trials=tuning.n_unpruned_trials, n_warmup_steps=tuning.n_unpruned_folds - 1
    )
    parameters, is_gamma = training_columns(train)
    model = study.study_name
    values = evaluate_folds(
        model,
        {**tuning.models[model], **trial.params},
        HillasFeatures(tuning.feature_sets, allowed=tuning.features).transform(parameters),
        is_gamma,
        train[WEIGHT],
        train["fold"],
        tuning.figure_of_merit,
        tuning.seed,
    )
    run_trial(study, trial, values, train["fold"].nunique())


def run_trial(study: optuna.Study, trial: Trial, values: Iterator[float], n_folds: int) -> None:
    """Judge a trial fold by fold until it is done or not worth going on with.

    Parameters
    ----------
    study : study of the trial, with a pruner.
    trial : the trial.
    values : figure of merit of each fold, computed when asked for.
    n_folds : number of folds.
    """
    of_folds: list[float] = []
    for value in values:
        of_folds.append(value)
        trial.set_user_attr("folds", of_folds)
        trial.report(float(np.mean(of_folds)), len(of_folds) - 1)
        may_stop = len(of_folds) < n_folds and not trial.user_attrs.get("shipped")
        if may_stop and trial.should_prune():
            study.tell(trial.number, state=TrialState.PRUNED)
            return
    study.tell(trial.number, float(np.mean(of_folds)))
