"""A prediction log that cannot be written: events are scored all the same."""

import resource
import sqlite3

import pytest
from serving_tools import EVENT, put_release, serving

from showerforge.serving.prediction_log import read_answers


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    folder = tmp_path_factory.mktemp("log")
    put_release(folder / "releases")
    with serving(folder) as running:
        yield running


def ask(service, n=1):
    answers = [service.classify({"event": EVENT}) for _ in range(n)]
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.json()["verdict"]["reason"] for answer in answers} == {None}
    return [answer.json()["logged"] for answer in answers]


def ready(service):
    answer = service.client.get("/readyz")
    assert answer.status_code == 200
    return answer.json()


def assert_degraded(service, lost_before):
    assert ask(service, 5) == [False] * 5
    said = ready(service)
    assert said["status"] == "degraded"
    assert "prediction log cannot be written" in said["warnings"][0]
    assert service.number("unlogged_events") == lost_before + 5


def assert_well(service, lost):
    assert ask(service, 3) == [True] * 3
    assert ready(service) == {"status": "ready", "warnings": []}
    assert service.number("unlogged_events") == lost
    connection = sqlite3.connect(service.log)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()


def test_locked_by_another_process(service):
    lost = service.number("unlogged_events")
    n = len(list(read_answers(service.log, 0, 1e12)))
    other = sqlite3.connect(service.log, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    assert_degraded(service, lost)
    other.execute("ROLLBACK")
    other.close()
    assert_well(service, lost + 5)
    assert len(list(read_answers(service.log, 0, 1e12))) == n + 3


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="needs Linux")
def test_disk_is_full(service):
    """No file of the process may grow any more, until it may again."""
    lost = service.number("unlogged_events")
    before = resource.prlimit(service.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(service.process.pid, resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        assert_degraded(service, lost)
    finally:
        resource.prlimit(service.process.pid, resource.RLIMIT_FSIZE, before)
    assert_well(service, lost + 5)


def test_file_that_is_deleted_is_made_anew_or_told(service):
    """Somebody tidies up: answers are not said to be kept in a file that is gone."""
    ask(service)
    for path in service.folder.glob("log.sqlite*"):
        path.unlink()
    said = ask(service, 3)
    found = len(list(read_answers(service.log, 0, 1e12))) if service.log.exists() else 0
    assert found >= sum(said)
