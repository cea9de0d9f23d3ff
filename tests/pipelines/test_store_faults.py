"""What becomes of a run whose store of MLflow is absent, locked, of another version or breaks."""

import shutil
import sqlite3
import subprocess
import sys

import mlflow
import pytest
from sessions import run_here
from toys import copy_project

from showerforge.datasets.documents import JSONDataset
from showerforge.errors import InputError
from showerforge.running import Run, announced

RESULT = "data/02_intermediate/magic_quick/valid_events.parquet"


@pytest.fixture(scope="module")
def tracked(tmp_path_factory, magic_file):
    """A project after one run."""
    project = copy_project(tmp_path_factory.mktemp("tracked") / "project", magic_file)
    with pytest.MonkeyPatch.context() as patch:
        run_here(project, patch)
    return project


@pytest.fixture
def project(tracked, tmp_path):
    """A copy of it without results, whose store can be broken."""
    copy = shutil.copytree(tracked, tmp_path / "project")
    shutil.rmtree(copy / "data/02_intermediate")
    yield copy
    mlflow.end_run()


def statuses(project):
    with sqlite3.connect(project / "mlflow.db") as store:
        return [
            status for (status,) in store.execute("SELECT status FROM runs ORDER BY start_time")
        ]


def make_newer(store):
    with sqlite3.connect(store) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'ffff00001111'")
    connection.close()


def make_a_folder(store):
    store.unlink()
    store.mkdir()


BROKEN = {
    "of another version": (make_newer, "schema"),
    "no database": (lambda store: store.write_bytes(b"no database" * 1000), "not a database"),
    "a folder": (make_a_folder, "Is a directory"),
}


@pytest.mark.parametrize(("spoil", "reason"), BROKEN.values(), ids=BROKEN)
def test_a_store_that_cannot_be_used_is_told_and_can_be_done_without(
    project, monkeypatch, spoil, reason
):
    spoil(project / "mlflow.db")
    with pytest.raises(InputError, match=f"store of MLflow cannot be used: .*{reason}") as error:
        run_here(project, monkeypatch)
    assert "--params tracking=false. Nothing has been run." in str(error.value)
    assert not (project / RESULT).exists()
    run_here(project, monkeypatch, tracking=False)
    assert (project / RESULT).exists()


def test_a_locked_store_is_told(project, monkeypatch):
    store = sqlite3.connect(project / "mlflow.db", isolation_level=None)
    store.execute("BEGIN EXCLUSIVE")
    with pytest.raises(InputError, match="database is locked"):
        run_here(project, monkeypatch)
    store.close()
    run_here(project, monkeypatch)
    assert statuses(project) == ["FINISHED", "FINISHED"]


def test_a_store_that_breaks_while_a_run_goes_on_costs_no_results(project, monkeypatch):
    store, save = project / "mlflow.db", JSONDataset.save

    def save_and_break(dataset, data):
        save(dataset, data)
        if not store.is_dir():
            make_a_folder(store)

    monkeypatch.setattr(JSONDataset, "save", save_and_break)
    with pytest.raises(InputError, match=r"cannot be used: .*\n.*All results are saved"):
        run_here(project, monkeypatch)
    assert (project / RESULT).exists()


def test_a_run_that_was_killed_does_not_go_on_for_ever(project, monkeypatch, caplog):
    """Its entry in the store, and its announcement without a lock, are all that it has left."""
    mlflow.set_tracking_uri(f"sqlite:///{project}/mlflow.db")
    client = mlflow.MlflowClient()
    experiment = client.get_experiment_by_name("showerforge").experiment_id
    zombie = client.create_run(experiment, tags={"run_id": "zombie"})
    living = client.create_run(experiment, tags={"run_id": "living"})
    folder = project / "data/09_runs/running"
    dead = Run("zombie", "kedro run --env quick", "2026-01-01 00:00:00", "1 on a", [], [])
    with announced(folder, dead):
        left = next(folder.glob("zombie*"))
        shutil.copy(left, folder / "left.json")
    with announced(folder, Run("living", "kedro run", "", "", [], [])):
        run_here(project, monkeypatch)
    assert client.get_run(zombie.info.run_id).info.status == "KILLED"
    assert client.get_run(living.info.run_id).info.status == "RUNNING"
    assert "The run of 2026-01-01 00:00:00, 'kedro run --env quick', was killed" in caplog.text
    assert list(folder.iterdir()) == []


#: children of one process, because to load the libraries takes much longer than to begin a run
START_TOGETHER = """
import os, sys, traceback
from pathlib import Path
import mlflow.store.tracking.sqlalchemy_store
from kedro.framework.project import configure_project
from kedro.framework.session import KedroSession
import kedro_mlflow.framework.hooks

project = Path(sys.argv[1])
configure_project("showerforge")
children = []
for _ in range(4):
    if (child := os.fork()) == 0:
        try:
            KedroSession.create(project, env="quick").load_context()
            with mlflow.start_run():
                os.write(1, b"begun ")
        except BaseException:
            traceback.print_exc()
        os._exit(0)
    children.append(child)
for child in children:
    os.waitpid(child, 0)
"""


def test_four_runs_may_begin_at_once_on_a_fresh_store(tmp_path, magic_file):
    project = copy_project(tmp_path / "project", magic_file, has_store=False)
    program = [sys.executable, "-c", START_TOGETHER, project]
    result = subprocess.run(program, cwd=project, capture_output=True, text=True, check=False)
    assert result.stdout.count("begun") == 4, result.stderr
    assert statuses(project) == ["FINISHED"] * 4
