"""Search for the settings of models, on training folds alone.

Every model has a study of its own: a sequence of trials, each one setting of the model, fitted and
judged fold by fold. The tree-structured Parzen estimator (Bergstra et al. 2011, "Algorithms for
hyper-parameter optimization", section 4) proposes settings; trials whose best mean so far is
worse than the median of earlier ones after the same fold are stopped (the median stopping rule of
Golovin et al. 2017, "Google Vizier", section 3.2).
"""

from __future__ import annotations

import logging
import multiprocessing
import signal
import time
import traceback
import uuid
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
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
from optuna.trial import FrozenTrial, Trial, TrialState

from showerforge.classifiers.candidates import build_model, gammaness
from showerforge.classifiers.features import HillasFeatures
from showerforge.classifiers.provenance import differences
from showerforge.classifiers.stacking import Logit
from showerforge.classifiers.study_file import only_call, open_storage
from showerforge.classifiers.training import fit_weighted, training_columns
from showerforge.environment import prepare
from showerforge.errors import InputError, list_problems
from showerforge.events.schema import HILLAS_PARAMETERS, WEIGHT
from showerforge.events.splits import iterate_folds
from showerforge.metrics.separation import Separation
from showerforge.progress import track

logger = logging.getLogger(__name__)

#: trials that are results; those of killed processes are none
FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)
STATES = {TrialState.COMPLETE: "complete", TrialState.PRUNED: "pruned"}
#: workers that may die in one call before it gives up
MAXIMUM_DEATHS = 5
#: trials that may raise in one call before it gives up
MAXIMUM_FAILURES = 5
#: how often settings are tried whose worker dies
MAXIMUM_TRIES = 3


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
    n_workers : processes; -1 is one for each core, and no more than models.
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


def tune(
    journal: Path, train: pd.DataFrame, provenance: Mapping[str, Any], tuning: Tuning
) -> list[dict[str, Any]]:
    """Run the trials that are missing, and list all.

    Parameters
    ----------
    journal : file of the studies; it is gone on with if it is there.
    train : training events with the Hillas parameters, ``particle`` and ``fold``.
    provenance : where the training events come from; a file of another provenance is refused.
    tuning : what is searched, and how.

    Returns
    -------
    trials : one record for each finished trial, by model and in the order of their beginning:
        ``key`` (unique), ``name``, ``model``, ``trial`` (number), ``state`` ("complete" or
        "pruned"), ``shipped`` (whether it is the shipped setting), ``figure_of_merit``, ``value``
        (mean over the folds that were fitted), ``folds`` (value of each), ``settings`` (all
        settings of the model) and ``seconds``.

    Raises
    ------
    InputError
        If the file is none of this search, is in use, or workers die again and again.
    """
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    with only_call(journal):
        studies = open_studies(journal, provenance, tuning)
        n_to_do = _n_missing(studies, tuning)
        n_all = tuning.n_trials * len(studies)
        logger.info("%d of %d trials are finished, %d to do", n_all - n_to_do, n_all, n_to_do)
        if n_to_do == 0:
            logger.info("To go on, raise magic.tuning.n_trials (%d)", tuning.n_trials)
        finished = _run_trials(studies, journal, train, tuning)
        for _ in track(finished, "Tuning", n_to_do, remark=lambda: _best_so_far(studies)):
            pass
        if n_left := _n_missing(studies, tuning):
            logger.info("The time is over; %d trials are left to the next call", n_left)
        return [
            record for model, study in studies.items() for record in _records(model, study, tuning)
        ]


def _n_missing(studies: Mapping[str, optuna.Study], tuning: Tuning) -> int:
    return sum(max(0, tuning.n_trials - len(_finished(study))) for study in studies.values())


def _best_so_far(studies: Mapping[str, optuna.Study]) -> str:
    best = [
        f"{model} {study.best_value:.4f}"
        for model, study in studies.items()
        if _finished(study, (TrialState.COMPLETE,))
    ]
    return f" (best: {', '.join(best)})" if best else ""


def _finished(study: optuna.Study, states: tuple[TrialState, ...] = FINISHED) -> list[FrozenTrial]:
    return study.get_trials(deepcopy=False, states=states)


def open_studies(
    journal: Path, provenance: Mapping[str, Any], tuning: Tuning
) -> dict[str, optuna.Study]:
    """Open the study of each model, and let its first trial be the shipped setting.

    Parameters are those of `tune`. Trials whose process was killed are queued again.

    Raises
    ------
    InputError
        If the file holds another search; it is left as it is.
    """
    storage = open_storage(journal)
    there = {study.study_name for study in storage.get_all_studies()}
    wanted = {
        model: {
            **provenance,
            "figure_of_merit": tuning.figure_of_merit,
            "settings": dict(tuning.models[model]),
            "search": {name: dict(setting) for name, setting in search.items()},
        }
        for model, search in tuning.search.items()
    }
    shipped = {model: shipped_trial(model, tuning) for model in tuning.search}
    studies = {
        model: optuna.load_study(study_name=model, storage=storage)
        for model in tuning.search
        if model in there
    }
    for model, study in studies.items():
        found = study.user_attrs.get("provenance")
        if found is not None and (problems := differences(found, wanted[model])):
            raise InputError(
                f"{journal} holds a study of {model} that is another one:\n"
                f"{list_problems(problems)}\n"
                "Remove the file to begin anew, move it to keep it, or take the parameters of the "
                "study. Nothing has been changed."
            )
    for model in tuning.search:
        if model not in studies:
            studies[model] = optuna.create_study(
                study_name=model, storage=storage, direction=tuning.direction
            )
        study = studies[model]
        if "provenance" not in study.user_attrs:
            study.set_user_attr("key", uuid.uuid4().hex)
            study.set_user_attr("provenance", wanted[model])
        for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            _try_again(study, trial.number, trial.params, trial.user_attrs)
        if not any(
            trial.user_attrs.get("shipped") and trial.state != TrialState.FAIL
            for trial in study.get_trials(deepcopy=False)
        ):
            study.enqueue_trial(shipped[model], user_attrs={"shipped": True})
    return {model: studies[model] for model in tuning.search}


def _try_again(
    study: optuna.Study, number: int, settings: Mapping[str, Any], attributes: Mapping[str, Any]
) -> None:
    """Give up a trial whose process was killed, and queue its settings."""
    if study.get_trials(deepcopy=False)[number].state.is_finished():
        return
    study.tell(number, state=TrialState.FAIL)
    tries = 1 + attributes.get("tries", 0)
    # one that was killed before its settings were all drawn is drawn anew
    if tries < MAXIMUM_TRIES and set(settings) == set(study.user_attrs["provenance"]["search"]):
        kept = {"shipped": True} if attributes.get("shipped") else {}
        study.enqueue_trial(dict(settings), user_attrs={**kept, "tries": tries})


def _ask(study: optuna.Study, tuning: Tuning) -> Trial:
    """Begin a trial.

    The seed of the proposal is that of its place among the trials, so that a study that was
    stopped goes on as if it had not been.
    """
    place = sum(
        trial.state not in (TrialState.FAIL, TrialState.WAITING)
        for trial in study.get_trials(deepcopy=False)
    )
    entropy = [tuning.seed, zlib.crc32(study.study_name.encode()), place]
    (seed,) = np.random.SeedSequence(entropy).generate_state(1)
    study.sampler = optuna.samplers.TPESampler(
        n_startup_trials=tuning.n_random_trials, seed=int(seed)
    )
    return study.ask(distributions_of(tuning.search[study.study_name]))


@dataclass(frozen=True)
class _Job:
    """A trial that a worker is given."""

    model: str
    trial_id: int
    number: int
    settings: Mapping[str, Any]
    attributes: Mapping[str, Any]


@dataclass
class _Worker:
    """A process that runs trials one after the other."""

    process: Any
    connection: Connection
    job: _Job | None = None


def _start_worker(journal: Path, train: pd.DataFrame, tuning: Tuning) -> _Worker:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(theirs, journal, train, tuning), daemon=True)
    process.start()
    theirs.close()
    return _Worker(process, ours)


def _run_trials(
    studies: Mapping[str, optuna.Study], journal: Path, train: pd.DataFrame, tuning: Tuning
) -> Iterator[None]:
    """Hand trials to workers until all are done or the time is over.

    A model has one trial at a time, so that the result does not depend on the number of workers;
    only where there are more workers than models it has more.

    Yields
    ------
    nothing : once for each trial that was finished.
    """
    from joblib import cpu_count

    prepare()
    deadline = float("inf") if tuning.minutes is None else time.monotonic() + 60 * tuning.minutes
    n_workers = tuning.n_workers
    if n_workers == -1:
        # more than models would make the result depend on timing
        n_workers = min(cpu_count(), len(studies))
    at_a_time = -(-n_workers // len(studies))
    columns = [*HILLAS_PARAMETERS, "particle", WEIGHT, "fold"]
    workers: list[_Worker] = []
    n_deaths = n_failures = 0
    try:
        while True:
            while len(_busy(workers)) < n_workers:
                running = [worker.job.model for worker in _busy(workers) if worker.job]
                model = _next_model(studies, running, at_a_time, deadline, tuning.n_trials)
                if model is None:
                    break
                idle = next((worker for worker in workers if worker.job is None), None)
                if idle is None:
                    idle = _start_worker(journal, train[columns], tuning)
                    workers.append(idle)
                _hand_over(idle, studies[model], tuning)
            busy = _busy(workers)
            if not busy:
                return
            ready = wait([worker.connection for worker in busy])
            for worker in [w for w in busy if w.connection in ready]:
                assert worker.job is not None
                try:
                    problem = worker.connection.recv()
                except (EOFError, OSError):
                    n_deaths += 1
                    job = worker.job
                    _try_again(studies[job.model], job.number, job.settings, job.attributes)
                    workers.remove(worker)
                    if n_deaths == MAXIMUM_DEATHS:
                        raise InputError(
                            f"{n_deaths} workers of the search were killed, perhaps because the "
                            "memory is full. Lower magic.tuning.n_workers, or the largest models "
                            "of magic.tuning.search. All finished trials are kept."
                        ) from None
                    logger.info("A worker was killed; its trial of %s is tried again", job.model)
                    continue
                job, worker.job = worker.job, None
                if problem:
                    n_failures += 1
                    _give_up(studies[job.model], job, problem, n_failures)
                    continue
                yield
    finally:
        for worker in workers:
            worker.connection.close()
            worker.process.terminate()
            worker.process.join()


def _give_up(study: optuna.Study, job: _Job, problem: str, n_failures: int) -> None:
    """Mark a trial that raised as failed; its settings are not tried again.

    Raises
    ------
    InputError
        If this has happened too often.
    """
    if not study.get_trials(deepcopy=False)[job.number].state.is_finished():
        study.tell(job.number, state=TrialState.FAIL)
    reason = problem.strip().splitlines()[-1]
    logger.info("Trial %d of %s failed and is left out: %s", job.number, job.model, reason)
    if n_failures == MAXIMUM_FAILURES:
        raise InputError(
            f"{n_failures} trials failed, the last one of {job.model} with the settings "
            f"{dict(job.settings)}: {reason}\n"
            f"Narrow magic.tuning.search.{job.model}. All finished trials are kept."
        )


def _busy(workers: Sequence[_Worker]) -> list[_Worker]:
    return [worker for worker in workers if worker.job is not None]


def _next_model(
    studies: Mapping[str, optuna.Study],
    running: Sequence[str],
    at_a_time: int,
    deadline: float,
    n_trials: int,
) -> str | None:
    """Take the model with the fewest trials; its shipped setting is run whatever the time."""
    begun = {
        model: len(_finished(study)) + running.count(model) for model, study in studies.items()
    }
    in_time = time.monotonic() < deadline
    possible = [
        model
        for model, n in begun.items()
        if running.count(model) < at_a_time and n < n_trials and (in_time or n == 0)
    ]
    return min(possible, key=lambda model: begun[model], default=None)


def _hand_over(worker: _Worker, study: optuna.Study, tuning: Tuning) -> None:
    trial = _ask(study, tuning)
    worker.job = _Job(
        study.study_name, trial._trial_id, trial.number, trial.params, trial.user_attrs
    )
    try:
        worker.connection.send(worker.job)
    except OSError:
        # it is dead, which is noticed when its answer is waited for
        return


def _work(connection: Connection, journal: Path, train: pd.DataFrame, tuning: Tuning) -> None:
    """Run the trials that come through a connection, and answer with the problem, if any."""
    # Ctrl-C reaches every process of the terminal; the parent ends this one
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    prepare()
    # to the log, where those of no interest are dropped
    logging.captureWarnings(True)
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    parameters, is_gamma = training_columns(train)
    features = HillasFeatures(tuning.feature_sets, allowed=tuning.features).transform(parameters)
    storage = open_storage(journal)
    pruner = optuna.pruners.MedianPruner(
        n_startup_trials=tuning.n_unpruned_trials, n_warmup_steps=tuning.n_unpruned_folds - 1
    )
    while True:
        try:
            job: _Job = connection.recv()
        except EOFError:
            return
        study = optuna.load_study(
            study_name=job.model,
            storage=storage,
            sampler=optuna.samplers.RandomSampler(),
            pruner=pruner,
        )
        settings = {**tuning.models[job.model], **job.settings}
        values = evaluate_folds(
            job.model,
            settings,
            features,
            is_gamma,
            train[WEIGHT],
            train["fold"],
            tuning.figure_of_merit,
            tuning.seed,
        )
        problem = ""
        try:
            run_trial(study, Trial(study, job.trial_id), values, train["fold"].nunique())
        except Exception:
            problem = traceback.format_exc()
        try:
            connection.send(problem)
        except OSError:
            return


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
        parent = multiprocessing.parent_process()
        if parent is not None and not parent.is_alive():
            return
        of_folds.append(value)
        trial.set_user_attr("folds", of_folds)
        trial.report(float(np.mean(of_folds)), len(of_folds) - 1)
        may_stop = len(of_folds) < n_folds and not trial.user_attrs.get("shipped")
        if may_stop and trial.should_prune():
            study.tell(trial.number, state=TrialState.PRUNED)
            return
    study.tell(trial.number, float(np.mean(of_folds)))


def _records(model: str, study: optuna.Study, tuning: Tuning) -> list[dict[str, Any]]:
    """List the finished trials of a model; those of killed processes are no results."""
    return [
        {
            "key": f"{study.user_attrs['key']}/{number}",
            "name": f"{model} {number}",
            "model": model,
            "trial": number,
            "state": STATES[trial.state],
            "shipped": trial.user_attrs.get("shipped", False),
            "figure_of_merit": tuning.figure_of_merit,
            "value": trial.value,
            "folds": trial.user_attrs["folds"],
            "settings": {**tuning.models[model], **trial.params},
            "seconds": round((trial.datetime_complete - trial.datetime_start).total_seconds(), 1),
        }
        for number, trial in enumerate(_finished(study))
    ]
