"""`kedro run --pipelines scarcity` as a user types it: results, and going on after a stop."""

import json
import re

import pandas as pd
import pytest
from toys import copy_project, run_study

N_CELLS = 2 * 2 * 4 * 2


@pytest.fixture(scope="module")
def finished(tmp_path_factory, magic_file):
    """A fresh clone after one run."""
    project = copy_project(tmp_path_factory.mktemp("scarcity") / "project", magic_file)
    return project, run_study(project, "scarcity")


def reporting(project):
    return project / "data/08_reporting/magic_quick"


def cells_of(project):
    folder = project / "data/07_model_output/magic_quick/scarcity_cells"
    return {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}


def test_log_is_quiet_and_tells_the_finding(finished):
    output = finished[1]
    assert not re.search(r"warn|deprecat|Traceback|ERROR", output, re.IGNORECASE)
    assert f"0 of {N_CELLS} cells are finished, {N_CELLS} to do" in output
    assert re.search(r"LightGBM: with 50 hadrons, [\w ]+ is best, ROC-AUC [+-]0\.\d{4} \[", output)


def test_closing_table_shows_generators_by_hadrons_and_the_paths(finished):
    project, output = finished
    assert "LightGBM, 1000 × change of ROC-AUC, 95 % intervals" in output
    assert re.search(r"kernel density +[+-]\d+\.\d±\d+\.\d", output)
    for name in ("scarcity_table.csv", "scarcity.png"):
        assert str(reporting(project) / name) in output


def test_results_are_whole(finished):
    project = finished[0]
    table = pd.read_csv(reporting(project) / "scarcity_table.csv")
    assert len(table) == 2 * 2 * 4 * 7
    assert set(table["treatment"]) == {"none", "class weights", "SMOTE", "kernel density"}
    changes = table[table["treatment"] != "none"]
    assert (changes["lower"] <= changes["change"]).all()
    assert (changes["change"] <= changes["upper"]).all()
    assert table.loc[table["budget"] == "all", "n_hadrons"].nunique() == 1
    assert (reporting(project) / "scarcity.png").read_bytes().startswith(b"\x89PNG")
    interactive = (reporting(project) / "scarcity.plotly.json").read_text()
    assert "QUICK LOOK" in interactive
    assert len(cells_of(project)) == N_CELLS


def test_changes_are_tracked(finished):
    import mlflow

    project = finished[0]
    client = mlflow.MlflowClient(f"sqlite:///{project}/mlflow.db")
    experiment = client.get_experiment_by_name("showerforge")
    found = client.search_runs([experiment.experiment_id])[-1]
    metrics = json.loads((reporting(project) / "scarcity_metrics.json").read_text())
    name = "scarcity.50.logistic_regression.kernel_density.roc_auc_change"
    assert found.data.metrics[name] == pytest.approx(metrics[name])
    assert found.data.params["magic.scarcity.n_repeats"] == "2"
    assert {"figures", "tables"} <= {i.path for i in client.list_artifacts(found.info.run_id)}


def test_going_on_runs_what_is_missing_and_nothing_else(finished):
    project = finished[0]
    folder = project / "data/07_model_output/magic_quick/scarcity_cells"
    table = (reporting(project) / "scarcity_table.csv").read_bytes()
    before = cells_of(project)
    # a parameter that matters to one learner makes its cells anew, beside the old ones
    output = run_study(
        project, "scarcity", "--params", "magic.scarcity.models.logistic_regression.C=0.5"
    )
    assert f"{N_CELLS // 2} of {N_CELLS} cells are finished, {N_CELLS // 2} to do" in output
    made = cells_of(project)
    assert len(made) == N_CELLS * 3 // 2
    assert before.items() <= made.items()

    lost = sorted(before)[5]
    (folder / lost).unlink()
    (folder / f".partial-1-{lost}").write_text('{"half a rec')
    assert f"{N_CELLS - 1} of {N_CELLS} cells are finished, 1 to do" in run_study(
        project, "scarcity"
    )
    assert not (folder / f".partial-1-{lost}").exists()
    after = cells_of(project)
    assert {name for name in after if after[name] != made.get(name)} == {lost}
    assert (reporting(project) / "scarcity_table.csv").read_bytes() == table
