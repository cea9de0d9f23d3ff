"""`kedro run --pipelines comparison` as a user types it: results, and going on after a stop."""

import re

import pandas as pd
import pytest
from toys import copy_project, run_study

N_CELLS = 2 + 2 + 2


@pytest.fixture(scope="module")
def finished(tmp_path_factory, magic_file):
    """A fresh clone after one run."""
    project = copy_project(tmp_path_factory.mktemp("comparison") / "project", magic_file)
    return project, run_study(project, "comparison")


def reporting(project):
    return project / "data/08_reporting/magic_quick"


def test_log_is_quiet_and_ends_with_table_and_paths(finished):
    project, output = finished
    assert not re.search(r"warn|deprecat|Traceback|ERROR", output, re.IGNORECASE)
    assert f"0 of {N_CELLS} cells are finished, {N_CELLS} to do" in output
    assert "repeated nested cross-validation, 95 % intervals" in output
    for name in ("comparison_table.csv", "comparison.png"):
        assert str(reporting(project) / name) in output


def test_results_are_whole(finished):
    table = pd.read_csv(reporting(finished[0]) / "comparison_table.csv")
    assert set(table["topic"]) == {"models", "features", "sizes"}
    auc = table[(table["figure"] == "roc_auc") & (table["topic"] == "models")]
    auc = auc.set_index("contender")["value"]
    assert auc["stack"] > auc["decision tree, recorded only"] > auc["alpha cut"]
    acceptances = pd.read_csv(reporting(finished[0]) / "acceptance_table.csv")
    assert len(acceptances) == len(auc)
    for name in ("comparison", "ablation", "learning_curves"):
        assert (reporting(finished[0]) / f"{name}.png").stat().st_size > 10_000


def test_goes_on_where_it_was_stopped_and_says_the_same(finished):
    project = finished[0]
    before = (reporting(project) / "comparison_table.csv").read_bytes()
    folder = project / "data/07_model_output/magic_quick/comparison_cells"
    cells = sorted(folder.glob("*.json"))
    kept, removed = cells[::2], cells[1::2]
    times_of_kept = [cell.stat().st_mtime_ns for cell in kept]
    for cell in removed:
        cell.unlink()
    output = run_study(project, "comparison", "--params", "magic.modelling.n_jobs=1")
    assert f"{len(kept)} of {N_CELLS} cells are finished, {len(removed)} to do" in output
    assert [cell.stat().st_mtime_ns for cell in kept] == times_of_kept
    assert (reporting(project) / "comparison_table.csv").read_bytes() == before
