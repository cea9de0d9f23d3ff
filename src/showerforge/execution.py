"""Where jobs run: one after the other, in processes of this machine, or on a Dask cluster.

All long work goes through `showerforge.progress.run_side_by_side`; what is chosen here holds for
all of it. Jobs are functions of their arguments alone, and each draws random numbers from a seed
of its own, so results do not depend on where they run.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, Literal

from pydantic import Field, model_validator

from showerforge.blocks import Block
from showerforge.environment import prepare
from showerforge.errors import InputError
from showerforge.executors import (
    ClusterExecutor,
    Executor,
    ProcessExecutor,
    SerialExecutor,
    choosing,
    count_cores,
)
from showerforge.extras import require_packages

logger = logging.getLogger(__name__)

#: workers that a job may kill before it is given up
ALLOWED_FAILURES = 3
#: seconds that a scheduler is waited for
PATIENCE_S = 10


class ExecutionSettings(Block):
    """Where jobs run."""

    executor: Literal["serial", "processes", "dask"] = Field(
        description="one after the other; in processes of this machine; on a Dask cluster"
    )
    n_workers: int | None = Field(
        None, ge=1, description="processes or workers that are started; null is one for each core"
    )
    address: str | None = Field(
        None,
        pattern=r"^(tcp|tls|ws|wss)://.+",
        description="dask: scheduler of a cluster that runs, such as tcp://head:8786; null starts "
        "workers on this machine",
    )
    memory_limit: str = Field(
        "4GiB", pattern=r"^\d+(\.\d+)?\s*[kMGT]i?B$", description="dask: of a worker started here"
    )

    @model_validator(mode="after")
    def _fits_together(self) -> ExecutionSettings:
        if self.address is not None and self.executor != "dask":
            raise ValueError(f"address is for the executor dask, not {self.executor}")
        return self


@contextmanager
def executing(settings: ExecutionSettings) -> Iterator[None]:
    """Run all jobs within as settings say.

    Raises
    ------
    InputError
        If there is no such cluster, or Dask is not installed.
    """
    with _start(settings) as executor, choosing(executor):
        yield


@contextmanager
def _start(settings: ExecutionSettings) -> Iterator[Executor]:
    if settings.executor == "dask":
        with _connect(settings) as client:
            yield ClusterExecutor(client)
    elif settings.executor == "serial":
        yield SerialExecutor()
    else:
        yield ProcessExecutor(settings.n_workers)


@contextmanager
def _connect(settings: ExecutionSettings) -> Iterator[Any]:
    """Connect with the scheduler that is named, or start workers here."""
    require_packages("Dask clusters", ("distributed",), ("scale",))
    prepare()
    import dask
    from distributed import Client, LocalCluster

    # it tells its every step, and a lost scheduler by a traceback where `ClusterExecutor` says what
    # to do
    logging.getLogger("distributed").setLevel(logging.WARNING)
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
    choices = {
        "distributed.scheduler.allowed-failures": ALLOWED_FAILURES,
        # networks train in processes of their own
        "distributed.worker.daemon": False,
        # what all jobs need is sent once; advice to do so is of no use
        "distributed.admin.large-graph-warning-threshold": "1 TiB",
    }
    with dask.config.set(choices):
        if settings.address is not None:
            try:
                client = Client(settings.address, timeout=PATIENCE_S)
            except (OSError, TimeoutError) as error:
                raise InputError(
                    f"No Dask scheduler answers at {settings.address} ({error}). Start one with "
                    "`dask scheduler`, and workers with `dask worker ADDRESS`, or set "
                    "execution.address to null to start workers on this machine. Nothing has been "
                    "run."
                ) from error
            with client:
                _tell(client)
                yield client
            return
        cluster = LocalCluster(
            n_workers=settings.n_workers or count_cores(),
            threads_per_worker=1,
            memory_limit=settings.memory_limit,
            dashboard_address="127.0.0.1:0",
        )
        with _ending(cluster), Client(cluster) as client:
            _tell(client)
            yield client


@contextmanager
def _ending(cluster: Any) -> Iterator[None]:
    """End a cluster, whatever its workers are doing; what has gone wrong before is what is told."""
    with ExitStack() as open_cluster:
        open_cluster.enter_context(cluster)
        try:
            yield
        finally:
            # of a worker that is just being started again Dask asserts that it has been
            with suppress(AssertionError):
                open_cluster.close()


def _tell(client: Any) -> None:
    n_workers = len(client.nthreads())
    if n_workers == 0:
        logger.warning("The Dask cluster has no workers yet; jobs wait until some come")
    logger.info("Dask: %d workers; dashboard at %s", n_workers, client.dashboard_link)
