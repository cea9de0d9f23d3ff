"""Folders scored on clusters of which parts are lost in the middle."""

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from clusters import PATIENCE, scheduler, worker
from hosts import network
from scoring.folders import content_of, score_all, write_many

from showerforge.execution import ExecutionSettings, executing

N_PARTITIONS = 16
SCORE = [sys.executable, str(Path(__file__).with_name("score.py"))]
#: a worker of which nothing is heard for so long is given up
SILENCE = {"DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": "2s"}


@pytest.fixture(scope="module")
def undisturbed(events, folder, tmp_path_factory):
    """The same partitions, scored one after the other in this process."""
    place = tmp_path_factory.mktemp("undisturbed")
    write_many(events, place / "in", N_PARTITIONS, 5)
    with executing(ExecutionSettings(executor="serial")):
        score_all(place, folder)
    return place


@pytest.fixture
def place(undisturbed, tmp_path):
    """Where the same partitions are to be scored."""
    (tmp_path / "in").symlink_to(undisturbed / "in")
    return tmp_path


def scored(place):
    return sorted((place / "scored").glob("*.parquet"))


def is_as_undisturbed(place, undisturbed):
    return all(
        content_of(place / kind) == content_of(undisturbed / kind) for kind in ("scored", "refused")
    )


@contextmanager
def scoring(address, place, release, entry=()):
    """Let a process score a place, and go on when it has scored some partitions but not all."""
    tests = str(Path(__file__).parents[1])
    path = os.pathsep.join(filter(None, (tests, os.environ.get("PYTHONPATH"))))
    process = subprocess.Popen(
        [*entry, *SCORE, address, str(place), str(release)],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": path},
    )
    try:
        until = time.monotonic() + PATIENCE
        while not scored(place):
            assert process.poll() is None, process.stderr.read()
            assert time.monotonic() < until
            time.sleep(0.01)
        assert len(scored(place)) < N_PARTITIONS
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("loss", ["killed", "cut off"])
def test_worker_of_a_real_network_that_is_lost_changes_no_bit(
    loss, place, undisturbed, folder, tmp_path
):
    with (
        network(3) as (head, desk, first, second),
        scheduler(tmp_path, "0.0.0.0", entry=head.entry, **SILENCE) as (_, address),
    ):
        port = address.rpartition(":")[2]

        def seen_by(host):
            return f"tcp://{host.head}:{port}"

        with (
            worker(seen_by(first), tmp_path, entry=first.entry) as victim,
            worker(seen_by(second), tmp_path, entry=second.entry),
            scoring(seen_by(desk), place, folder, entry=desk.entry) as process,
        ):
            if loss == "killed":
                victim.kill()
            else:
                first.cut()
            _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, said
    assert is_as_undisturbed(place, undisturbed)


def test_scheduler_that_is_lost_is_told_and_the_same_goes_on_with_a_new_one(
    place, undisturbed, folder, tmp_path
):
    with (
        scheduler(tmp_path) as (lost, address),
        worker(address, tmp_path),
        scoring(address, place, folder) as process,
    ):
        lost.kill()
        _, said = process.communicate(timeout=PATIENCE)
        assert process.returncode == 1
        assert f"Error: The Dask scheduler at {address} was lost" in said
        assert "Traceback" not in said
    finished = {file: file.stat().st_mtime_ns for file in scored(place)}
    assert 0 < len(finished) < N_PARTITIONS
    with (
        scheduler(tmp_path) as (_, address),
        worker(address, tmp_path),
        executing(ExecutionSettings(executor="dask", address=address)),
    ):
        records = score_all(place, folder)
    assert sum(record["is_new"] for record in records) == N_PARTITIONS - len(finished)
    assert {file: file.stat().st_mtime_ns for file in finished} == finished
    assert is_as_undisturbed(place, undisturbed)
