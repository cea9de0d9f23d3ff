"""The search wherever its trials run: the same result, whoever dies."""

import os
import re
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import optuna
import pytest
from clusters import scheduler, worker
from distributed import Client
from toys import make_events

from showerforge.classifiers.study_file import open_storage
from showerforge.classifiers.trials import Tuning
from showerforge.classifiers.tuning import tune
from showerforge.errors import InputError
from showerforge.events.splits import assign_folds
from showerforge.execution import ExecutionSettings, executing

pytestmark = pytest.mark.filterwarnings("ignore:DaskStorage is experimental")

#: forests are slow enough to die in the middle
TUNING = Tuning(
    search={
        "lightgbm": {"learning_rate": {"kind": "float", "low": 0.01, "high": 0.3, "log": True}},
        "random_forest": {"min_samples_leaf": {"kind": "int", "low": 1, "high": 90, "log": True}},
    },
    models={
        "lightgbm": {"n_estimators": 5, "learning_rate": 0.1, "num_leaves": 7},
        "random_forest": {"n_estimators": 200, "max_features": "sqrt", "min_samples_leaf": 5},
    },
    figure_of_merit="log_loss",
    feature_sets=[],
    features=None,
    n_trials=5,
    minutes=None,
    n_workers=-1,
    n_random_trials=2,
    n_unpruned_trials=1,
    n_unpruned_folds=1,
    seed=4,
)


@pytest.fixture(scope="module")
def train():
    events = make_events(300, 200)
    return events.assign(fold=assign_folds(events, 3, 0))


def run(journal, train, **settings):
    with executing(ExecutionSettings(**settings)):
        trials = tune(journal, train, {}, TUNING)
    return [{k: v for k, v in t.items() if k not in ("key", "seconds")} for t in trials]


def states(journal):
    storage = open_storage(journal)
    return [
        trial.state.name
        for study in storage.get_all_studies()
        for trial in optuna.load_study(study_name=study.study_name, storage=storage).trials
    ]


@pytest.fixture(scope="module")
def serial(train, tmp_path_factory):
    return run(tmp_path_factory.mktemp("serial") / "journal", train, executor="serial")


def test_some_trials_are_stopped(serial):
    assert {trial["state"] for trial in serial} == {"complete", "pruned"}


def test_a_worker_that_is_started_finds_the_same(serial, train, tmp_path):
    journal = tmp_path / "journal"
    assert run(journal, train, executor="dask", n_workers=1) == serial
    assert set(states(journal)) == {"COMPLETE", "PRUNED"}


def kill_in_the_middle(address):
    """Kill the first worker that grows forests."""

    # within another function, because the scheduler cannot import the modules of tests
    def growing_forests(dask_scheduler):
        return [
            trial.user_attrs["worker"]
            for storage in getattr(dask_scheduler.extensions.get("optuna"), "storages", {}).values()
            for study in storage.get_all_studies()
            for trial in storage.get_all_trials(study._study_id)
            if trial.state == optuna.trial.TrialState.RUNNING
            and "min_samples_leaf" in trial.params
            and "worker" in trial.user_attrs
            and "folds" not in trial.user_attrs
        ]

    until = time.monotonic() + 60
    with Client(address) as client:
        while not (busy := client.run_on_scheduler(growing_forests)):
            assert time.monotonic() < until
            time.sleep(0.01)
    os.kill(int(re.fullmatch(r"process (\d+) of .+", busy[0])[1]), signal.SIGKILL)


def test_a_worker_that_is_killed_in_a_trial_loses_this_one_alone(serial, train, tmp_path):
    journal = tmp_path / "journal"
    with (
        scheduler(tmp_path) as (_, address),
        worker(address, tmp_path),
        worker(address, tmp_path),
        ThreadPoolExecutor() as beside,
    ):
        killed = beside.submit(kill_in_the_middle, address)
        assert run(journal, train, executor="dask", address=address) == serial
        killed.result()
    assert states(journal).count("FAIL") == 1


def test_a_search_that_lost_its_scheduler_is_gone_on_with_elsewhere(serial, train, tmp_path):
    journal = tmp_path / "journal"
    with (
        scheduler(tmp_path) as (process, address),
        worker(address, tmp_path),
        ThreadPoolExecutor() as beside,
    ):

        def kill():
            until = time.monotonic() + 60
            while not journal.exists() or len(states(journal)) < 4:
                assert time.monotonic() < until
                time.sleep(0.05)
            process.kill()

        killed = beside.submit(kill)
        with pytest.raises(InputError, match=f"The Dask scheduler at {address} was lost"):
            run(journal, train, executor="dask", address=address)
        killed.result()
    found = states(journal)
    assert 1 <= found.count("COMPLETE") + found.count("PRUNED") < 10
    assert run(journal, train, executor="serial") == serial
