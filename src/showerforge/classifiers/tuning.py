"""Search for the settings of models, on training folds alone.

Every model has a study of its own: a sequence of trials, each one setting of the model, fitted and
judged fold by fold. The tree-structured Parzen estimator (Bergstra et al. 2011, "Algorithms for
hyper-parameter optimization", section 4) proposes settings; trials whose best mean so far is
worse than the median of earlier ones after the same fold are stopped (the median stopping rule of
Golovin et al. 2017, "Google Vizier", section 3.2).
"""

from __future__ import annotations

import logging
import time
import uuid
import zlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pandas as pd
from optuna.trial import FrozenTrial, Trial, TrialState

from showerforge.classifiers.provenance import differences
from showerforge.classifiers.study_file import only_call, open_storage
from showerforge.classifiers.trials import (
    COLUMNS,
    Tuning,
    distributions_of,
    judge_trial,
    shipped_trial,
)
from showerforge.errors import InputError, list_problems
from showerforge.executors import chosen_executor
from showerforge.extras import require_packages
from showerforge.progress import track

logger = logging.getLogger(__name__)

#: trials that are results; those of killed processes are none
FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)
STATES = {TrialState.COMPLETE: "complete", TrialState.PRUNED: "pruned"}
#: workers that may die one after the other, with no trial done between, before a call gives up
MAXIMUM_DEATHS = 5
#: trials that may raise in one call before it gives up
MAXIMUM_FAILURES = 5
#: how often settings are tried whose worker dies
MAXIMUM_TRIES = 3


def tune(
    journal: str | PathLike[str], train: pd.DataFrame, provenance: Mapping[str, Any], tuning: Tuning
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
    journal = Path(journal)
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    with only_call(journal):
        studies = open_studies(journal, provenance, tuning)
        n_to_do = _n_missing(studies, tuning)
        n_all = tuning.n_trials * len(studies)
        logger.info("%d of %d trials are finished, %d to do", n_all - n_to_do, n_all, n_to_do)
        if n_to_do == 0:
            logger.info("To go on, raise magic.tuning.n_trials (%d)", tuning.n_trials)
        finished = _run_trials(studies, train, tuning)
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
    """A trial that a worker has been given.

    Attributes
    ----------
    model : name of the study.
    kept : the trial in the study of the journal.
    reported : the trial that the worker reports to; see `_reported`.
    """

    model: str
    kept: Trial
    reported: Trial


def _run_trials(
    studies: Mapping[str, optuna.Study], train: pd.DataFrame, tuning: Tuning
) -> Iterator[None]:
    """Hand trials to workers until all are done or the time is over.

    A model has one trial at a time, so that the result does not depend on the number of workers;
    only where there are to be more trials at a time than models it has more.

    Yields
    ------
    nothing : once for each trial that was finished.
    """
    deadline = float("inf") if tuning.minutes is None else time.monotonic() + 60 * tuning.minutes
    n_at_most = len(studies) if tuning.n_workers == -1 else tuning.n_workers
    at_a_time = -(-n_at_most // len(studies))
    judge = partial(judge_trial, train=train[COLUMNS], tuning=tuning)
    running: dict[Future[None], _Job] = {}
    n_deaths = n_failures = 0
    with (
        chosen_executor().open_pool(judge, tuning.n_workers) as pool,
        _reported(studies, pool.client) as reported,
    ):
        while True:
            while len(running) < min(n_at_most, pool.count_workers()):
                models = [job.model for job in running.values()]
                model = _next_model(studies, models, at_a_time, deadline, tuning.n_trials)
                if model is None:
                    break
                job = _begin(studies[model], reported[model], tuning)
                running[pool.submit(job.reported.study, job.reported._trial_id)] = job
            if not running:
                return
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                job = running.pop(future)
                problem = future.exception()
                if problem is None:
                    n_deaths = 0
                    _keep(job)
                    yield
                elif isinstance(problem, BrokenExecutor):
                    n_deaths += 1
                    _give_back(job, n_deaths)
                else:
                    n_failures += 1
                    _give_up(job, problem, n_failures)


@contextmanager
def _reported(
    studies: Mapping[str, optuna.Study], client: Any
) -> Iterator[Mapping[str, optuna.Study]]:
    """Give the studies that workers report to, and that pruning looks at.

    Processes of this machine report to the journal itself. Workers of a cluster may not see the
    file, and report to copies that live on its scheduler; what they say is brought to the journal
    when a trial is done.

    Parameters
    ----------
    studies : those of the journal.
    client : client of the cluster, if there is one.
    """
    if client is None:
        yield studies
        return
    require_packages("Trials on a Dask cluster", ("optuna_integration",), ("scale",))
    from optuna_integration import DaskStorage

    storage = DaskStorage(client=client)
    copies = {}
    for model, study in studies.items():
        copies[model] = optuna.create_study(
            study_name=model, storage=storage, direction=study.direction
        )
        copies[model].add_trials(_finished(study))
    try:
        yield copies
    finally:
        if client.status == "running":
            for model in studies:
                optuna.delete_study(study_name=model, storage=storage)


def _begin(kept: optuna.Study, reported: optuna.Study, tuning: Tuning) -> _Job:
    """Begin a trial in the journal, and where its worker reports to."""
    trial = _ask(kept, tuning)
    if reported is kept:
        return _Job(kept.study_name, trial, trial)
    frozen = kept.get_trials(deepcopy=False)[trial.number]
    trial_id = reported._storage.create_new_trial(reported._study_id, template_trial=frozen)
    return _Job(kept.study_name, trial, Trial(reported, trial_id))


def _keep(job: _Job) -> None:
    """Bring a finished trial to the journal, if its worker did not report there."""
    if job.reported is job.kept:
        return
    frozen = job.reported.storage.get_trial(job.reported._trial_id)
    for name in ("worker", "folds"):
        job.kept.set_user_attr(name, frozen.user_attrs[name])
    for step, value in frozen.intermediate_values.items():
        job.kept.report(value, step)
    values = frozen.values if frozen.state == TrialState.COMPLETE else None
    job.kept.study.tell(job.kept, values, frozen.state)


def _give_back(job: _Job, n_deaths: int) -> None:
    """Queue the settings of a trial whose worker was killed.

    Raises
    ------
    InputError
        If this has happened too often.
    """
    if job.reported is not job.kept:
        # a worker that only seemed to be lost has nothing more to say
        job.reported.study.tell(job.reported, state=TrialState.FAIL, skip_if_finished=True)
    _try_again(job.kept.study, job.kept.number, job.kept.params, job.kept.user_attrs)
    if n_deaths == MAXIMUM_DEATHS:
        raise InputError(
            f"{n_deaths} workers of the search were killed, perhaps because the memory is full. "
            "Lower magic.tuning.n_workers, or the largest models of magic.tuning.search, or give "
            "workers more memory (execution.memory_limit). All finished trials are kept."
        )
    logger.info("A worker was killed; its trial of %s is tried again", job.model)


def _give_up(job: _Job, problem: BaseException, n_failures: int) -> None:
    """Mark a trial that raised as failed; its settings are not tried again.

    Raises
    ------
    InputError
        If this has happened too often.
    """
    job.kept.study.tell(job.kept, state=TrialState.FAIL, skip_if_finished=True)
    reason = f"{type(problem).__name__}: {problem}"
    logger.info("Trial %d of %s failed and is left out: %s", job.kept.number, job.model, reason)
    if n_failures == MAXIMUM_FAILURES:
        raise InputError(
            f"{n_failures} trials failed, the last one of {job.model} with the settings "
            f"{job.kept.params}: {reason}\n"
            f"Narrow magic.tuning.search.{job.model}. All finished trials are kept."
        ) from problem


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
