"""Where jobs run: one after the other, in processes of this machine, or on a Dask cluster.

All long work goes through `showerforge.progress.run_side_by_side`; what is chosen here holds for
all of it. Jobs are functions of their arguments alone, and each draws random numbers from a seed
of its own, so results do not depend on where they run.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Literal

from pydantic import Field, model_validator

from showerforge.blocks import Block
from showerforge.environment import prepare
from showerforge.errors import InputError
from showerforge.extras import require_packages

logger = logging.getLogger(__name__)

#: jobs that wait for each worker: enough that none is idle, few enough that memory stays flat
WAITING_PER_WORKER = 3
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


#: what runs jobs that have a process of their own: gives results in the order of the jobs
Executor = Callable[[Any, Sequence[tuple[Any, ...]], int], Iterator[Any]]
_chosen: ContextVar[Executor | None] = ContextVar("executor", default=None)


def chosen_executor() -> Executor:
    """Give what runs jobs in processes now; without `executing`, processes of this machine."""
    return _chosen.get() or run_in_processes


@contextmanager
def executing(settings: ExecutionSettings) -> Iterator[None]:
    """Run all jobs within as settings say.

    Raises
    ------
    InputError
        If there is no such cluster, or Dask is not installed.
    """
    with _start(settings) as executor:
        token = _chosen.set(executor)
        try:
            yield
        finally:
            _chosen.reset(token)


@contextmanager
def _start(settings: ExecutionSettings) -> Iterator[Executor]:
    if settings.executor == "dask":
        with _connect(settings) as client:
            yield lambda function, jobs, _: run_on_cluster(client, function, jobs)
    elif settings.executor == "serial":
        yield lambda function, jobs, _: (function(*job) for job in jobs)
    else:
        n_workers = settings.n_workers
        yield lambda function, jobs, n_jobs: run_in_processes(function, jobs, n_workers or n_jobs)


def run_in_processes(function: Any, jobs: Sequence[tuple[Any, ...]], n_jobs: int) -> Iterator[Any]:
    """Run jobs in processes of this machine; the results come in their order."""
    from joblib import Parallel, delayed

    call = delayed(call_quietly)
    results: Iterator[Any] = Parallel(n_jobs=n_jobs, prefer="processes", return_as="generator")(
        call(function, job) for job in jobs
    )
    return results


def call_quietly(function: Any, job: tuple[Any, ...]) -> Any:
    """Call a function in a process that does not know yet what warnings are of no interest."""
    prepare()
    logging.captureWarnings(True)
    return function(*job)


def run_on_cluster(client: Any, function: Any, jobs: Sequence[tuple[Any, ...]]) -> Iterator[Any]:
    """Run jobs on a cluster; the results come in their order.

    A job whose worker is lost is done again by another one. Few jobs wait at a time, so that
    neither scheduler nor this process needs more memory for more jobs.

    Raises
    ------
    InputError
        If the scheduler is lost, or a job has killed several workers.
    """
    from distributed import CancelledError, KilledWorker
    from distributed.comm.core import CommClosedError

    waiting: deque[Any] = deque()
    left = iter(jobs)
    lost = (
        f"The Dask scheduler at {client.scheduler.address} was lost. What was finished before is "
        "kept where it is saved piece by piece; run the same again, with a scheduler that runs."
    )
    try:
        while True:
            room = max(1, WAITING_PER_WORKER * len(client.nthreads())) - len(waiting)
            for _ in range(room):
                job = next(left, None)
                if job is None:
                    break
                waiting.append(client.submit(call_quietly, function, job, pure=False))
            if not waiting:
                return
            yield waiting.popleft().result()
    except KilledWorker as error:
        raise InputError(
            f"{error.task} has killed {error.allowed_failures + 1} workers, the last of them "
            f"{error.last_worker.address}. It may need more memory than a worker has; see "
            "execution.memory_limit, or make its pieces smaller."
        ) from error
    except (CommClosedError, CancelledError, OSError, TimeoutError) as error:
        if client.status == "running" and not isinstance(error, CancelledError | CommClosedError):
            raise
        raise InputError(lost) from error
    finally:
        for future in waiting:
            future.release()


@contextmanager
def _connect(settings: ExecutionSettings) -> Iterator[Any]:
    """Connect with the scheduler that is named, or start workers here."""
    require_packages("Dask clusters", ("distributed",), ("scale",))
    import dask
    from distributed import Client, LocalCluster

    # it tells its every step, and a lost scheduler by a traceback where `run_on_cluster` says what
    # to do
    logging.getLogger("distributed").setLevel(logging.WARNING)
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
    with dask.config.set({"distributed.scheduler.allowed-failures": ALLOWED_FAILURES}):
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
        with (
            LocalCluster(
                n_workers=settings.n_workers or _count_cores(),
                threads_per_worker=1,
                memory_limit=settings.memory_limit,
                dashboard_address="127.0.0.1:0",
            ) as cluster,
            Client(cluster) as client,
        ):
            _tell(client)
            yield client


def _count_cores() -> int:
    from joblib import cpu_count

    n_cores: int = cpu_count()
    return n_cores


def _tell(client: Any) -> None:
    n_workers = len(client.nthreads())
    if n_workers == 0:
        logger.warning("The Dask cluster has no workers yet; jobs wait until some come")
    logger.info("Dask: %d workers; dashboard at %s", n_workers, client.dashboard_link)
