"""The search for settings: the same result however it came about, nothing lost, honest changes."""

import multiprocessing
import os
import signal
import threading
import time
from dataclasses import replace

import numpy as np
import optuna
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from lightgbm import LGBMClassifier
from sklearn.metrics import log_loss, roc_auc_score
from toys import make_events

from showerforge.classifiers import study_file
from showerforge.classifiers.features import HillasFeatures
from showerforge.classifiers.provenance import differences, fingerprint_of
from showerforge.classifiers.training import training_columns
from showerforge.classifiers.trials import Tuning, evaluate_folds, run_trial, shipped_trial
from showerforge.classifiers.tuned_settings import with_tuned
from showerforge.classifiers.tuning import MAXIMUM_DEATHS, open_studies, tune
from showerforge.classifiers.tuning_results import (
    best_of,
    best_settings,
    choose_without_fold,
    compare_with_shipped,
    measure_importance,
    tabulate_trials,
)
from showerforge.errors import InputError
from showerforge.events.splits import assign_folds
from showerforge.execution import ExecutionSettings, executing
from showerforge.metrics.intervals import corrected_resampled_interval

TUNING = Tuning(
    search={
        "lightgbm": {
            "n_estimators": {"kind": "int", "low": 1, "high": 20},
            "learning_rate": {"kind": "float", "low": 0.01, "high": 0.3, "log": True},
        },
        "random_forest": {
            "max_features": {"kind": "category", "choices": [0.2, "sqrt", None]},
            "min_samples_leaf": {"kind": "int", "low": 1, "high": 20, "log": True},
        },
    },
    models={
        "lightgbm": {"n_estimators": 2, "learning_rate": 0.1, "num_leaves": 7},
        "random_forest": {"n_estimators": 5, "max_features": "sqrt", "min_samples_leaf": 5},
    },
    figure_of_merit="log_loss",
    feature_sets=["engineered"],
    features=None,
    n_trials=5,
    minutes=None,
    n_workers=2,
    n_random_trials=2,
    n_unpruned_trials=2,
    n_unpruned_folds=1,
    seed=3,
)
PROVENANCE = {"data_sha256": "abc", "seed": 3}


@pytest.fixture(scope="module")
def train():
    events = make_events(400, 250)
    return events.assign(fold=assign_folds(events, 3, 0))


@pytest.fixture(scope="module")
def whole(train, tmp_path_factory):
    """A search that ran without a break, and its file."""
    journal = tmp_path_factory.mktemp("study") / "journal"
    return tune(journal, train, PROVENANCE, TUNING), journal


def without_identity(trials):
    return [{k: v for k, v in t.items() if k not in ("key", "seconds")} for t in trials]


def test_first_trial_is_the_shipped_setting_and_settings_stay_in_their_ranges(whole):
    trials, _ = whole
    for model, settings in TUNING.models.items():
        of_model = [trial for trial in trials if trial["model"] == model]
        assert [trial["trial"] for trial in of_model] == list(range(5))
        assert of_model[0]["settings"] == settings
        assert [trial["shipped"] for trial in of_model] == [True] + 4 * [False]
    for trial in trials:
        if trial["model"] == "lightgbm":
            assert 1 <= trial["settings"]["n_estimators"] <= 20
            assert 0.01 <= trial["settings"]["learning_rate"] <= 0.3
            assert trial["settings"]["num_leaves"] == 7
        assert trial["value"] == pytest.approx(np.mean(trial["folds"]))
        assert len(trial["folds"]) == 3 or trial["state"] == "pruned"
    assert len({trial["key"] for trial in trials}) == 10
    assert best_of(trials[:5])["value"] < trials[0]["value"]


def test_values_are_those_of_scikit_learn_on_the_same_folds(train):
    parameters, is_gamma = training_columns(train)
    features = HillasFeatures(["engineered"]).transform(parameters)
    settings = TUNING.models["lightgbm"]
    for name, sign, judge in (("roc_auc", 1, roc_auc_score), ("log_loss", 1, log_loss)):
        values = evaluate_folds(
            "lightgbm", settings, features, is_gamma, train["weight"], train["fold"], name, 3
        )
        for number, value in enumerate(values):
            inside = train["fold"] == number
            model = LGBMClassifier(**settings, random_state=3, n_jobs=1, verbose=-1)
            model.fit(features[~inside], is_gamma[~inside])
            scores = model.predict_proba(features[inside])[:, 1].clip(1e-3, 1 - 1e-3)
            assert value == pytest.approx(sign * judge(is_gamma[inside], scores))


def test_a_search_that_was_killed_goes_on_as_if_it_had_not_been(whole, train, tmp_path):
    """With one worker after two; the file ends in half a line and with trials left running."""
    trials, finished = whole
    journal = tmp_path / "journal"
    content = finished.read_bytes()
    half = content.index(b"\n", len(content) // 2) + 20
    journal.write_bytes(content[:half])
    assert tune(journal, train, PROVENANCE, replace(TUNING, n_workers=1))
    resumed = tune(journal, train, PROVENANCE, TUNING)
    assert without_identity(resumed) == without_identity(trials)
    tables = [tabulate_trials(found, TUNING).to_csv() for found in (resumed, trials)]
    assert tables[0] == tables[1]
    assert {trial["key"] for trial in resumed} == {trial["key"] for trial in trials}
    states = [
        trial.state
        for study in optuna.get_all_study_names(study_file.open_storage(journal))
        for trial in optuna.load_study(
            study_name=study, storage=study_file.open_storage(journal)
        ).trials
    ]
    assert states.count(optuna.trial.TrialState.FAIL) in (1, 2)
    assert optuna.trial.TrialState.RUNNING not in states


def test_a_file_that_ends_anywhere_can_be_gone_on_with(whole, tmp_path):
    lines = whole[1].read_bytes().splitlines(keepends=True)
    for n_lines in [*range(40), *range(40, len(lines), 11)]:
        journal = tmp_path / f"journal{n_lines}"
        journal.write_bytes(b"".join(lines[:n_lines]) + lines[n_lines][:15])
        for study in open_studies(journal, PROVENANCE, TUNING).values():
            assert {"key", "provenance"} <= set(study.user_attrs)
            alive = [t for t in study.trials if t.state != optuna.trial.TrialState.FAIL]
            assert sum(t.user_attrs.get("shipped", False) for t in alive) == 1
            assert not [t for t in alive if t.state == optuna.trial.TrialState.RUNNING]


def test_settings_of_a_trial_that_was_left_running_are_tried_again(whole, train, tmp_path):
    journal = tmp_path / "journal"
    journal.write_bytes(whole[1].read_bytes())
    study = optuna.load_study(study_name="lightgbm", storage=study_file.open_storage(journal))
    study.enqueue_trial({"n_estimators": 13, "learning_rate": 0.123})
    left = study.ask()
    left.suggest_int("n_estimators", 1, 20)
    left.suggest_float("learning_rate", 0.01, 0.3, log=True)
    tuning = replace(
        TUNING, search={"lightgbm": TUNING.search["lightgbm"]}, n_trials=6, n_workers=1
    )
    trials = tune(journal, train, PROVENANCE, tuning)
    assert len(trials) == 6
    assert trials[5]["settings"] == {"n_estimators": 13, "learning_rate": 0.123, "num_leaves": 7}


def kill_workers(n_kills):
    """Kill the first workers that appear from now on, in a thread; returns it."""
    spared = {process.pid for process in multiprocessing.active_children()}

    def kill():
        killed = set()
        until = time.monotonic() + 60
        while len(killed) < n_kills and time.monotonic() < until:
            for process in multiprocessing.active_children():
                if process.pid not in killed | spared and len(killed) < n_kills:
                    killed.add(process.pid)
                    os.kill(process.pid, signal.SIGKILL)
            time.sleep(0.005)

    thread = threading.Thread(target=kill)
    thread.start()
    return thread


def test_a_fresh_search_finds_the_same_in_this_process(whole, train, tmp_path):
    with executing(ExecutionSettings(executor="serial")):
        trials = tune(tmp_path / "journal", train, PROVENANCE, TUNING)
    assert without_identity(trials) == without_identity(whole[0])


def test_a_fresh_search_finds_the_same_with_fewer_workers_and_one_killed(whole, train, tmp_path):
    thread = kill_workers(1)
    trials = tune(tmp_path / "journal", train, PROVENANCE, replace(TUNING, n_workers=1))
    thread.join()
    assert without_identity(trials) == without_identity(whole[0])


def test_workers_that_die_again_and_again_end_the_search(train, tmp_path):
    thread = kill_workers(MAXIMUM_DEATHS)
    with pytest.raises(InputError, match=r"workers of the search were killed.*n_workers"):
        tune(tmp_path / "journal", train, PROVENANCE, replace(TUNING, n_workers=1))
    thread.join()


def test_nothing_is_done_again_when_all_trials_are_there(whole, train, caplog):
    trials, journal = whole
    before = journal.read_bytes()
    with caplog.at_level("INFO", logger="showerforge"):
        assert tune(journal, train, PROVENANCE, TUNING) == trials
    assert journal.read_bytes() == before
    assert "10 of 10 trials are finished, 0 to do" in caplog.text
    assert "raise magic.tuning.n_trials (5)" in caplog.text


def test_without_time_the_shipped_settings_alone_are_run(train, tmp_path, caplog):
    tuning = replace(TUNING, minutes=1e-9, n_workers=1)
    with caplog.at_level("INFO", logger="showerforge"):
        trials = tune(tmp_path / "journal", train, PROVENANCE, tuning)
    assert [trial["shipped"] for trial in trials] == [True, True]
    assert "The time is over; 8 trials are left to the next call" in caplog.text


@pytest.mark.parametrize(
    ("provenance", "changes", "words"),
    [
        ({"data_sha256": "xyz"}, {}, ["data_sha256: 'abc' there, 'xyz' here"]),
        ({}, {"figure_of_merit": "roc_auc"}, ["'log_loss' there, 'roc_auc' here"]),
        (
            {},
            {
                "models": {
                    **TUNING.models,
                    "lightgbm": {**TUNING.models["lightgbm"], "n_estimators": 3},
                }
            },
            ["settings.n_estimators: 2 there, 3 here"],
        ),
        (
            {},
            {
                "search": {
                    "lightgbm": {
                        **TUNING.search["lightgbm"],
                        "n_estimators": {"kind": "int", "low": 1, "high": 30},
                    }
                }
            },
            ["search.n_estimators.high: 20 there, 30 here"],
        ),
    ],
)
def test_another_search_is_refused_and_nothing_is_lost(whole, train, provenance, changes, words):
    journal = whole[1]
    before = journal.read_bytes()
    with pytest.raises(InputError) as error:
        tune(journal, train, {**PROVENANCE, **provenance}, replace(TUNING, **changes))
    for word in [str(journal), "Remove the file", *words]:
        assert word in str(error.value)
    assert journal.read_bytes() == before


@pytest.mark.parametrize("content", [b"my notes", b"one\ntwo\n", b'{"a": 1}\n', b"\x00\x01"])
def test_a_file_that_is_no_journal_is_refused_and_left_as_it_is(train, tmp_path, content):
    journal = tmp_path / "journal"
    journal.write_bytes(content)
    with pytest.raises(InputError, match="line 1, is no record of a study"):
        tune(journal, train, PROVENANCE, TUNING)
    assert journal.read_bytes() == content


def test_two_calls_do_not_work_on_one_study(train, tmp_path):
    journal = tmp_path / "journal"
    with study_file.only_call(journal), pytest.raises(InputError, match="in use by another call"):
        tune(journal, train, PROVENANCE, TUNING)


@pytest.mark.parametrize("value", [21, "many"])
def test_a_shipped_setting_out_of_the_range_is_refused(value):
    models = {"lightgbm": {**TUNING.models["lightgbm"], "n_estimators": value}}
    with pytest.raises(InputError, match=r"search\.lightgbm\.n_estimators"):
        shipped_trial("lightgbm", replace(TUNING, models=models))


def test_a_bad_trial_is_stopped_before_its_last_fold():
    study = optuna.create_study(pruner=optuna.pruners.MedianPruner(2, n_warmup_steps=1))
    for value in (0.3, 0.31):
        run_trial(study, study.ask(), iter([value] * 4), 4)
    rest = iter([0.5, 0.5, 0.5, 0.5])
    run_trial(study, study.ask(), rest, 4)
    assert [trial.state.name for trial in study.trials] == ["COMPLETE", "COMPLETE", "PRUNED"]
    assert len(list(rest)) == 2
    assert study.trials[2].user_attrs["folds"] == [0.5, 0.5]


def make_trials(folds, settings=None, figure_of_merit="roc_auc"):
    settings = settings or [{"a": 0.5}] * len(folds)
    return [
        {
            "key": f"x/{number}",
            "name": f"lightgbm {number}",
            "model": "lightgbm",
            "trial": number,
            "state": "complete",
            "shipped": number == 0,
            "figure_of_merit": figure_of_merit,
            "value": float(np.mean(values)),
            "folds": list(values),
            "settings": setting,
            "seconds": 1.0,
        }
        for number, (values, setting) in enumerate(zip(folds, settings, strict=True))
    ]


@given(arrays(float, (6, 4), elements=st.floats(0, 1)), st.booleans())
def test_choice_without_a_fold_does_not_see_it(values, higher_is_better):
    chosen = choose_without_fold(values, higher_is_better)
    for number in range(4):
        others = np.delete(values, number, axis=1).mean(axis=1)
        best = others.max() if higher_is_better else others.min()
        near = np.isclose(others, best, atol=1e-9)
        assert np.isclose(values[near, number], chosen[number]).any()


def test_of_trials_that_do_not_differ_the_honest_change_is_none():
    """Two hundred equal settings with independent noise: the best seems better and is not."""
    generator = np.random.default_rng(0)
    trials = make_trials(generator.normal(0.9, 0.01, (200, 5)))
    (row,) = compare_with_shipped(trials, 0.95).to_dict("records")
    assert row["tuned"] - 0.9 > 0.008
    assert abs(row["change_without_fold"]) < abs(row["change"]) / 2 + 0.01
    assert row["answer"] == "no clear change"


def test_changes_are_paired_by_fold_with_corrected_intervals():
    shipped, better = [0.90, 0.92, 0.91], [0.91, 0.935, 0.921]
    (row,) = compare_with_shipped(make_trials([shipped, better]), 0.9).to_dict("records")
    expected = corrected_resampled_interval(np.subtract(better, shipped), 0.9)
    assert (row["change"], row["lower"], row["upper"]) == pytest.approx(
        (expected.value, expected.lower, expected.upper)
    )
    assert (row["best_trial"], row["n_trials"], row["answer"]) == (1, 2, "better")
    (loss,) = compare_with_shipped(
        make_trials([shipped, better], figure_of_merit="log_loss"), 0.9
    ).to_dict("records")
    assert (loss["best_trial"], loss["change"]) == (0, 0)


def test_pruned_trials_are_neither_best_nor_judged():
    trials = make_trials([[0.9, 0.9], [0.99, 0.99]])
    trials[1].update(state="pruned", folds=[0.99])
    (row,) = compare_with_shipped(trials, 0.95).to_dict("records")
    assert (row["best_trial"], row["n_complete"]) == (0, 1)


def test_importance_finds_the_setting_that_matters():
    ranges = {name: {"kind": "float", "low": 0.0, "high": 1.0} for name in ("a", "b")}
    tuning = replace(TUNING, search={"lightgbm": ranges}, figure_of_merit="roc_auc")
    generator = np.random.default_rng(0)
    settings = [dict(zip("ab", pair, strict=True)) for pair in generator.uniform(size=(40, 2))]
    trials = make_trials([[s["a"], s["a"]] for s in settings], settings)
    table = measure_importance(trials, tuning)
    assert list(table["setting"]) == ["a", "b"]
    assert table["importance"].iloc[0] > 0.95
    assert table["importance"].sum() == pytest.approx(1)
    pd.testing.assert_frame_equal(table, measure_importance(trials, tuning))
    assert measure_importance(trials[:4], tuning).empty


def test_table_has_every_trial_with_its_settings_and_no_times(whole):
    table = tabulate_trials(whole[0], TUNING)
    assert len(table) == 10
    assert {"learning_rate", "max_features", "fold_2"} <= set(table)
    assert not {"seconds", "key"} & set(table)
    assert table.loc[table["model"] == "lightgbm", "max_features"].isna().all()


def test_tuned_settings_replace_shipped_ones_of_the_same_events(whole):
    comparison = compare_with_shipped(whole[0], 0.95)
    tuned = best_settings(whole[0], comparison, {**PROVENANCE, "version": "1"})
    shipped = {**TUNING.models, "xgboost": {"max_depth": 6}}
    models = with_tuned(shipped, tuned, PROVENANCE)
    assert models["xgboost"] == {"max_depth": 6}
    assert models["lightgbm"] == best_of(whole[0][:5])["settings"]
    with pytest.raises(InputError, match="seed: 3 there, 4 here"):
        with_tuned(shipped, tuned, {**PROVENANCE, "seed": 4})
    with pytest.raises(InputError, match="kedro run --pipelines tuning"):
        with_tuned(shipped, None, PROVENANCE)


def test_fingerprint_knows_events_and_folds(train):
    assert fingerprint_of(train) == fingerprint_of(train.copy())
    others = [train.iloc[1:], train.assign(fold=0), train.assign(fAlpha=train["fAlpha"] + 1e-4)]
    assert len({fingerprint_of(events) for events in [train, *others]}) == 4


def test_differences_name_entries_and_both_values():
    assert differences({"a": 1, "b": {"c": 2}}, {"a": 1, "b": {"c": 3}, "d": 4}) == [
        "b.c: 2 there, 3 here",
        "d: None there, 4 here",
    ]
