"""Jobs in this process, in others, and on a cluster of real processes."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from clusters import scheduler, worker
from hosts import network

from showerforge.errors import InputError
from showerforge.execution import ExecutionSettings, executing
from showerforge.executors import chosen_executor
from showerforge.progress import run_side_by_side


def make_jobs():
    """Make functions that travel whole: other processes know nothing of this file."""

    def draw(seed, n):
        return os.getpid(), np.random.default_rng(seed).normal(size=n).tolist()

    def slow(folder, k):
        with (Path(folder) / "done").open("a") as file:
            file.write(f"{k} {os.getpid()}\n")
        time.sleep(0.1)
        return k

    def die():
        os.kill(os.getpid(), signal.SIGKILL)

    def fail(k):
        raise ValueError(f"job {k}")

    def die_or_wait(is_victim):
        if is_victim:
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(60)

    return draw, slow, die, fail, die_or_wait


draw, slow, die, fail, die_or_wait = make_jobs()


def run(settings, n_jobs=20):
    with executing(ExecutionSettings(**settings)):
        return list(
            run_side_by_side(draw, [(k, 3) for k in range(n_jobs)], 2, "Drawing", in_processes=True)
        )


@pytest.fixture(scope="module")
def serial():
    return run({"executor": "serial"})


def test_serial_jobs_are_done_here(serial):
    assert {pid for pid, _ in serial} == {os.getpid()}


def test_processes_give_the_same(serial):
    found = run({"executor": "processes", "n_workers": 2})
    assert os.getpid() not in {pid for pid, _ in found}
    assert [numbers for _, numbers in found] == [numbers for _, numbers in serial]


def test_workers_that_are_started_give_the_same(serial):
    found = run({"executor": "dask", "n_workers": 2})
    assert len({pid for pid, _ in found}) == 2
    assert [numbers for _, numbers in found] == [numbers for _, numbers in serial]


def test_worker_that_dies_loses_nothing(tmp_path):
    with (
        scheduler(tmp_path) as (_, address),
        worker(address, tmp_path),
        worker(address, tmp_path) as victim,
        executing(ExecutionSettings(executor="dask", address=address)),
    ):
        jobs = [(str(tmp_path), k) for k in range(30)]
        results = run_side_by_side(slow, jobs, 2, "Waiting", in_processes=True)
        found = [next(results) for _ in range(5)]
        victim.kill()
        found += list(results)
    assert found == list(range(30))
    done = [line.split() for line in (tmp_path / "done").read_text().splitlines()]
    assert len({pid for _, pid in done}) == 2
    assert {int(k) for k, _ in done} == set(range(30))


SPREAD = """
import os, sys, time
from showerforge.execution import ExecutionSettings, executing
from showerforge.progress import run_side_by_side

def wait(k):
    time.sleep(0.1)
    return os.getpid()

with executing(ExecutionSettings(executor="dask", address=sys.argv[1])):
    jobs = [(k,) for k in range(30)]
    found = run_side_by_side(wait, jobs, 1, "Waiting", in_processes=True)
    print(len(set(found)))
"""


def test_workers_that_do_not_see_each_other_share_the_work(tmp_path):
    with (
        network(2) as (head, first, second),
        scheduler(tmp_path, "0.0.0.0", entry=head.entry) as (_, address),
    ):
        port = address.rpartition(":")[2]
        with (
            worker(f"tcp://{first.head}:{port}", tmp_path, entry=first.entry),
            worker(f"tcp://{second.head}:{port}", tmp_path, entry=second.entry),
        ):
            command = [*head.entry, sys.executable, "-c", SPREAD, f"tcp://127.0.0.1:{port}"]
            said = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert said.stdout.strip() == "2", said.stderr


def test_scheduler_that_dies_is_told(tmp_path):
    with (
        scheduler(tmp_path) as (process, address),
        worker(address, tmp_path),
        executing(ExecutionSettings(executor="dask", address=address)),
    ):
        jobs = [(str(tmp_path), k) for k in range(100)]
        results = run_side_by_side(slow, jobs, 2, "Waiting", in_processes=True)
        next(results)
        process.kill()
        with pytest.raises(InputError, match=rf"The Dask scheduler at {address} was lost"):
            list(results)


def test_scheduler_that_is_not_there_is_told(monkeypatch):
    monkeypatch.setattr("showerforge.execution.PATIENCE_S", 1)
    settings = ExecutionSettings(executor="dask", address="tcp://127.0.0.1:9")
    with (
        pytest.raises(InputError, match=r"No Dask scheduler answers at tcp://127\.0\.0\.1:9"),
        executing(settings),
    ):
        pass


def test_job_that_kills_its_workers_is_given_up():
    with (
        executing(ExecutionSettings(executor="dask", n_workers=1)),
        pytest.raises(InputError, match="has killed 4 workers"),
    ):
        list(run_side_by_side(die, [()], 1, "Dying", in_processes=True))


def test_jobs_that_talk_with_each_other_have_a_worker_each_and_end_together(tmp_path):
    with (
        scheduler(tmp_path) as (_, address),
        worker(address, tmp_path),
        worker(address, tmp_path),
        executing(ExecutionSettings(executor="dask", address=address)),
    ):
        executor = chosen_executor()
        first, second = sorted(executor.client.nthreads())
        found = executor.run_together(draw, {first: (0, 3), second: (1, 3)})
        assert len({pid for pid, _ in found}) == 2
        assert [numbers for _, numbers in found] == [draw(seed, 3)[1] for seed in (0, 1)]
        with pytest.raises(ValueError, match="job 1"):
            executor.run_together(fail, {first: (1,)})
        with pytest.raises(InputError, match=f"The worker at {second} was lost"):
            executor.run_together(die_or_wait, {first: (False,), second: (True,)})


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cluster")
    with scheduler(folder) as (_, address), worker(address, folder):
        yield address


@pytest.fixture(params=["serial", "processes", "dask"])
def executor(request, address):
    settings = {"processes": {"n_workers": 2}, "dask": {"address": address}}
    with executing(ExecutionSettings(executor=request.param, **settings.get(request.param, {}))):
        yield chosen_executor()


def test_error_of_a_job_is_that_of_the_run(executor):
    with pytest.raises(ValueError, match=r"job \d"):
        list(run_side_by_side(fail, [(0,), (1,)], 1, "Failing", in_processes=True))


def test_jobs_that_come_one_by_one(executor, request):
    with executor.open_pool(divmod, 3) as pool:
        assert pool.count_workers() == (2 if "processes" in request.node.name else 1)
        assert pool.submit(17, 5).result() == (3, 2)
        with pytest.raises(ZeroDivisionError):
            pool.submit(17, 0).result()


def test_jobs_of_jobs_are_done_by_their_process(executor):
    def run_jobs():
        jobs = [(k, 1) for k in range(4)]
        return os.getpid(), [pid for pid, _ in chosen_executor().run(draw, jobs, 2)]

    results = list(run_side_by_side(run_jobs, [(), ()], 2, "Nesting", in_processes=True))
    assert all(pids == [pid] * 4 for pid, pids in results)
    assert chosen_executor() is executor


class Table:
    """Counts how often it is packed."""

    n_packed = 0

    def __reduce__(self):
        Table.n_packed += 1
        return int, ()


def test_what_all_jobs_need_is_sent_to_a_cluster_once(address):
    table = Table()

    def give(k):
        return k, table

    with executing(ExecutionSettings(executor="dask", address=address)):
        jobs = [(k,) for k in range(10)]
        results = list(run_side_by_side(give, jobs, 1, "Sending", in_processes=True))
    assert results == [(k, 0) for k in range(10)]
    assert Table.n_packed == 1


def test_what_the_user_has_set_holds_on_a_cluster(address, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    with executing(ExecutionSettings(executor="dask", address=address)):
        (found,) = run_side_by_side(os.getenv, [("KERAS_BACKEND",)], 1, "Asking", in_processes=True)
    assert found == "jax"


def test_address_is_for_clusters():
    with pytest.raises(ValueError, match="address is for the executor dask"):
        ExecutionSettings(executor="processes", address="tcp://host:1")
