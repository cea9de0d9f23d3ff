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
def started(arguments, folder, pattern):
    """Start a part of a cluster, and find in what it says where it listens."""
    said = folder / f"{arguments[0]}-{time.monotonic_ns()}.log"
    with said.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "distributed.cli.dask_" + arguments[0], *arguments[1:]],
            stdout=output,
            stderr=output,
            env={**os.environ, "DASK_LOGGING__DISTRIBUTED": "INFO"},
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
def scheduler(folder):
    arguments = ["scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--no-show"]
    with started(arguments, folder, r"(tcp://127\.0\.0\.1:\d+)") as found:
        yield found


@contextmanager
def worker(address, folder):
    arguments = ["worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard"]
    arguments += ["--local-directory", str(folder)]
    with started(arguments, folder, r"Registered to:\s+(tcp://\S+)") as (process, _):
        yield process
