"""`kedro run --pipelines tuning` as a user types it, and the use of what it found."""

import json
import re
import time
from pathlib import Path

import pandas as pd
import pytest
from forked_runs import kedro
from toys import copy_project

from showerforge.hooks import log_children


def run(project: Path, *arguments: str) -> tuple[int, str]:
    result = kedro(project, "run", "--env", "quick", *arguments)
    return result.returncode, result.stdout + result.stderr


@pytest.fixture(scope="module")
def finished(tmp_path_factory, magic_file):
    """A fresh clone after one search."""
    project = copy_project(tmp_path_factory.mktemp("tuning") / "project", magic_file)
    code, output = run(project, "--pipelines", "tuning")
    assert code == 0, output
    return project, output


def reporting(project):
    return project / "data/08_reporting/magic_quick"


def models(project):
    return project / "data/06_models/magic_quick"


def test_log_is_quiet_and_tells_how_far_the_search_is(finished):
    output = finished[1]
    assert not re.search(r"warn|deprecat|Traceback|ERROR", output, re.IGNORECASE)
    assert "0 of 16 trials are finished, 16 to do" in output
    assert re.search(r"Tuning: 16 of 16 \(best: random_forest 0\.\d{4}, perceptrons 0\.", output)


def test_closing_table_compares_with_the_shipped_settings_and_names_the_paths(finished):
    project, output = finished
    assert "log-loss on the training folds, 95 % intervals" in output
    assert re.search(r"LightGBM +4 +\d +0\.\d{4} +0\.\d{4} +[+-]0\.\d{4}±0\.\d{4}", output)
    for path in (models(project) / "tuning.journal", models(project) / "tuned_settings.json"):
        assert str(path) in output
    assert "magic.modelling.settings=tuned" in output


def test_results_are_whole(finished):
    project = finished[0]
    trials = pd.read_csv(reporting(project) / "tuning_trials.csv")
    assert (trials.groupby("model").size() == 4).all()
    assert not [name for name in trials if "second" in name or "time" in name]
    comparison = pd.read_csv(reporting(project) / "tuning_comparison.csv")
    assert (comparison["tuned"] <= comparison["shipped"]).all()
    tuned = json.loads((models(project) / "tuned_settings.json").read_text())
    assert set(tuned["models"]) == {"random_forest", "perceptrons", "xgboost", "lightgbm"}
    assert tuned["provenance"]["data_sha256"].startswith("e9314b7e")
    assert tuned["provenance"]["n_folds"] == 3
    for name in ("tuning_history", "tuning_importance"):
        assert (reporting(project) / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    assert "QUICK LOOK" in (reporting(project) / "tuning_history.plotly.json").read_text()


def test_every_trial_is_a_child_run_and_none_is_logged_twice(finished):
    import mlflow

    project = finished[0]
    client = mlflow.MlflowClient(f"sqlite:///{project}/mlflow.db")
    experiment = client.get_experiment_by_name("showerforge")
    everything = client.search_runs([experiment.experiment_id])
    (parent,) = [run for run in everything if "mlflow.parentRunId" not in run.data.tags]
    metrics = json.loads((reporting(project) / "tuning_metrics.json").read_text())
    assert parent.data.metrics == pytest.approx(metrics)
    assert "tuning.xgboost.log_loss_change" in metrics
    children = {run.info.run_name: run for run in everything if run is not parent}
    records = json.loads((models(project) / "tuning_runs.json").read_text())
    assert set(children) == {record["name"] for record in records}
    for record in records:
        child = children[record["name"]]
        assert child.data.tags["mlflow.parentRunId"] == parent.info.run_id
        assert child.data.tags["state"] == record["state"]
        assert child.data.metrics["value"] == pytest.approx(record["value"])
        assert child.data.params == {k: str(v) for k, v in record["settings"].items()}
        history = client.get_metric_history(child.info.run_id, "folds")
        assert [metric.value for metric in sorted(history, key=lambda m: m.step)] == record["folds"]
        assert child.info.status == "FINISHED"

    names = {
        "key": "key",
        "name": "name",
        "params": "settings",
        "metrics": ["value"],
        "steps": ["folds"],
        "tags": ["model"],
    }
    assert log_children(client, parent, records, **names) == 0
    more = [{**records[0], "key": f"{'0' * 32}/{n}"} for n in range(60)]
    begin = time.monotonic()
    assert log_children(client, parent, records + more, **names) == 60
    assert time.monotonic() - begin < 20


def test_what_was_found_is_used_on_demand(finished):
    project = finished[0]
    tuned = ("--params", "magic.modelling.settings=tuned")
    code, output = run(project, "--nodes", "magic.modelling.choose_settings", *tuned)
    assert code == 0, output
    used = json.loads((models(project) / "model_settings.json").read_text())
    tuned = json.loads((models(project) / "tuned_settings.json").read_text())
    assert used["source"] == "tuned"
    assert used["models"]["lightgbm"] == tuned["models"]["lightgbm"]["settings"]
