"""Dask clusters of real processes."""

import os
import re
import subprocess
import sys
import time
from contextlib import contextmanager

#: seconds until a part of a cluster must have started
PATIENCE = 60


@contextmanager
def started(arguments, folder, pattern, entry=(), **settings):
    """Start a part of a cluster, and find in what it says where it listens."""
    said = folder / f"{arguments[0]}-{time.monotonic_ns()}.log"
    command = [sys.executable, "-m", "distributed.cli.dask_" + arguments[0], *arguments[1:]]
    with said.open("wb") as output:
        process = subprocess.Popen(
            [*entry, *command],
            stdout=output,
            stderr=output,
            env={**os.environ, "DASK_LOGGING__DISTRIBUTED": "INFO", **settings},
            start_new_session=True,
        )
    try:
        until = time.monotonic() + PATIENCE
        while not (found := re.search(pattern, said.read_text())):
            assert process.poll() is None, said.read_text()
            assert time.monotonic() < until, said.read_text()
            time.sleep(0.05)
        yield process, found[1]
    finally:
        process.kill()
        process.wait()


@contextmanager
def scheduler(folder, host="127.0.0.1", **where):
    arguments = ["scheduler", "--host", host, "--port", "0", "--no-dashboard", "--no-show"]
    with started(arguments, folder, r"Scheduler at:\s+(tcp://\S+)", **where) as found:
        yield found


@contextmanager
def worker(address, folder, **where):
    arguments = ["worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard"]
    arguments += ["--local-directory", str(folder)]
    with started(arguments, folder, r"Registered to:\s+(tcp://\S+)", **where) as (process, _):
        yield process
