"""Services that end: told to, and killed."""

import signal
import sqlite3
import subprocess
import sys
import time

import pytest
from serving_tools import COMMAND, EVENT, PATIENCE, Load, put_release, serving

from showerforge.serving.prediction_log import read_answers

#: clients, each of which keeps a connection
N_CLIENTS = 16


def kept(service):
    """Take the ids of the requests in the log."""
    return {answer.request_id for answer in read_answers(service.log, 0, 1e12)}


def logged(load):
    return {said["request_id"] for status, said in load.answers if status == 200 and said["logged"]}


def test_end_loses_no_request(tmp_path):
    put_release(tmp_path / "releases")
    with serving(tmp_path) as service:
        with Load(service.url, N_CLIENTS) as load:
            load.wait_for_answers(200)
            service.process.send_signal(signal.SIGTERM)
            n = len(load.answers)
            service.process.wait(PATIENCE)
        assert load.failures == []
        assert {status for status, _ in load.answers} == {200}
        assert len(load.answers) > n, "requests are answered while it ends"
        assert logged(load) == kept(service)
        assert len(logged(load)) == len(load.answers)
        assert service.process.returncode in (0, -signal.SIGTERM)
        assert "Traceback" not in service.said()
        # the last of them closes the log
        assert not service.log.with_name("log.sqlite-wal").exists()


def test_idle_service_ends_soon_and_says_so(tmp_path):
    put_release(tmp_path / "releases")
    with serving(tmp_path) as service:
        assert service.classify({"event": EVENT}).status_code == 200
        begin = time.monotonic()
        service.process.send_signal(signal.SIGTERM)
        answer = service.client.get("/readyz")
        assert answer.status_code == 503
        assert "about to end" in answer.json()["errors"][0]["message"]
        assert answer.headers["connection"] == "close"
        service.process.wait(PATIENCE)
        assert time.monotonic() - begin < 10


def test_killed_service_has_all_in_its_log_that_it_said(tmp_path):
    put_release(tmp_path / "releases")
    for _ in range(2):
        with serving(tmp_path) as service:
            with Load(service.url, N_CLIENTS) as load:
                load.wait_for_answers(200)
                service.process.send_signal(signal.SIGKILL)
                service.process.wait(PATIENCE)
            assert len(logged(load)) > 200
            connection = sqlite3.connect(service.log)
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            connection.close()
            assert logged(load) <= kept(service)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("--releases {}/nowhere", "does not say which release is the champion"),
        ("--port 70000", "port"),
        ("--host 0.0.0.0", "Everybody who reaches 0.0.0.0"),
    ],
)
def test_service_that_cannot_start_says_why(tmp_path, settings, message):
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, "serve", *settings.format(tmp_path).split()],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert message in done.stderr
    assert "Traceback" not in done.stderr
