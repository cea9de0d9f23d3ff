import sqlite3

import pytest
from mlflow import MlflowClient

from showerforge.diagnosis.tracking import look_at_store


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A store with a run that ended, and one that did not."""
    path = tmp_path_factory.mktemp("store") / "mlflow.db"
    client = MlflowClient(f"sqlite:///{path}")
    client.create_run("0")
    client.set_terminated(client.create_run("0").info.run_id)
    return path


def test_a_store_that_answers_is_fine_and_runs_that_never_ended_are_named(store):
    answers, running = look_at_store(f"sqlite:///{store}")
    assert answers.status == "ok"
    assert "version" in answers.text
    assert running.status == "warning"
    assert running.text.startswith("1 runs are said to be running")


def test_no_store_is_none_and_none_is_made(tmp_path):
    (finding,) = look_at_store(f"sqlite:///{tmp_path / 'mlflow.db'}")
    assert finding.status == "ok"
    assert list(tmp_path.iterdir()) == []


def test_another_version_of_the_schema_is_a_problem_and_stays(store, tmp_path):
    path = tmp_path / "mlflow.db"
    path.write_bytes(store.read_bytes())
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'older'")
    before = path.read_bytes()
    (finding,) = look_at_store(f"sqlite:///{path}")
    assert finding.status == "problem"
    assert "has version older of the schema" in finding.text
    assert f"mlflow db upgrade sqlite:///{path}" in finding.remedy
    assert path.read_bytes() == before


def test_a_file_that_is_no_store_is_a_problem(tmp_path):
    path = tmp_path / "mlflow.db"
    path.write_text("no database at all")
    (finding,) = look_at_store(f"sqlite:///{path}")
    assert finding.status == "problem"
    assert "does not answer" in finding.text
