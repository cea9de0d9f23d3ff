"""Processes that die alone, and never outlive the one that needs them."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import BrokenExecutor
from textwrap import indent

import pytest

from showerforge.separate_processes import SeparateProcesses


def children():
    return {process.pid for process in multiprocessing.active_children()}


@pytest.fixture
def processes():
    with SeparateProcesses() as processes:
        yield processes


def test_killed_process_takes_no_other_along(processes):
    before = children()
    lost = processes.submit(time.sleep, 600)
    (victim,) = children() - before
    kept = processes.submit(os.getpid)
    os.kill(victim, signal.SIGKILL)
    with pytest.raises(BrokenExecutor):
        lost.result()
    assert kept.result() != victim
    assert processes.submit(os.getpid).result() == kept.result()


def test_process_that_is_killed_when_idle_is_replaced(processes):
    first = processes.submit(os.getpid).result()
    os.kill(first, signal.SIGKILL)
    while first in children():
        time.sleep(0.01)
    assert processes.submit(os.getpid).result() != first


def test_error_of_a_job_is_given_and_the_process_goes_on(processes):
    failed = processes.submit(int, "many")
    with pytest.raises(ValueError, match="many"):
        failed.result()
    assert processes.submit(int, "1").result() == 1


def test_end_does_not_wait_for_jobs():
    before = children()
    with SeparateProcesses() as processes:
        future = processes.submit(time.sleep, 600)
        assert children() > before
    with pytest.raises(BrokenExecutor):
        future.result()
    assert not children() - before


def test_processes_end_with_one_that_is_killed():
    code = (
        "import os, time\n"
        "from showerforge.separate_processes import SeparateProcesses\n"
        "if __name__ == '__main__':\n"
        "    processes = SeparateProcesses()\n"
        "    print(processes.submit(os.getpid).result(), flush=True)\n"
        "    processes.submit(time.sleep, 600).result()\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as parent:
        child = int(parent.stdout.readline())
        parent.kill()
    until = time.monotonic() + 60
    while is_alive(child):
        assert time.monotonic() < until
        time.sleep(0.01)


#: what starts processes, as the first in a process to do so
STARTING = [
    "processes.submit(*arguments).result()",
    "next(iter(ProcessExecutor().run(arguments[0], [arguments[1:]], 2)))",
    "run_alone('torch', *arguments)",
]


@pytest.mark.parametrize("starting", STARTING, ids=["separate", "joblib", "networks"])
def test_processes_are_out_of_reach_of_ctrl_c_before_they_run_any_code(starting):
    code = (
        "import signal\n"
        "from showerforge.executors import ProcessExecutor\n"
        "from showerforge.networks.backends import run_alone\n"
        "from showerforge.separate_processes import SeparateProcesses\n"
        "if __name__ == '__main__':\n"
        "    arguments = signal.pthread_sigmask, signal.SIG_BLOCK, []\n"
        "    with SeparateProcesses() as processes:\n"
        f"        print(signal.SIGINT in {starting})\n"
        "    print(signal.SIGINT in arguments[0](*arguments[1:]), flush=True)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=100, check=True
    )
    assert result.stdout.split() == ["True", "False"]


#: what Kedro and the terminal see to, before and after
AS_A_RUN = """
import logging, signal, sys
from showerforge.environment import prepare
prepare()
logging.captureWarnings(True)
signal.signal(signal.SIGINT, signal.default_int_handler)
def run():
{doing}
try:
    run()
except KeyboardInterrupt:
    sys.exit("Aborted!")
"""
#: what a run may be doing with other processes when it is interrupted
SIDE_BY_SIDE = """
from showerforge.progress import run_side_by_side
def draw():
    import numpy as np
    return np.zeros(3_000_000)
drawn = run_side_by_side(draw, [()] * 10_000, 2, "Drawing", in_processes=True)
next(iter(drawn))
print("begun", flush=True)
for _ in drawn:
    pass
"""
ALONE = """
import time
from showerforge.networks.backends import run_apart
def wait(path):
    open(path, "w").write("begun\\n")
    time.sleep(600)
run_apart("torch", wait, "/dev/stdout")
"""
IDLE = """
import os, time
from showerforge.networks.backends import run_alone
run_alone("torch", os.getpid)
print("begun", flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("doing", [SIDE_BY_SIDE, ALONE, IDLE], ids=["jobs", "alone", "idle"])
def test_ctrl_c_ends_all_processes_and_only_one_says_so(doing):
    code = AS_A_RUN.format(doing=indent(doing, "    "))
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        text=True,
    ) as process:
        assert process.stdout.readline() == "begun\n"
        # as the terminal does
        os.killpg(process.pid, signal.SIGINT)
        # comes back when none of them is left that could still say something
        _, said = process.communicate(timeout=100)
    assert said.strip() == "Aborted!"


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()[0] != "Z"
