"""What runs jobs: this process, others of this machine, or a Dask cluster."""

from __future__ import annotations

import logging
import os
import uuid
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import islice
from typing import Any, Protocol

from showerforge.environment import prepare, prepared_variables
from showerforge.errors import InputError
from showerforge.separate_processes import (
    SeparateProcesses,
    leave_interrupts_to_parent,
    without_interrupts,
)

#: jobs that wait for each worker: enough that none is idle, few enough that memory stays flat
WAITING_PER_WORKER = 3
#: seconds between two looks at whether all workers of jobs that need each other are there
LOOK_S = 2


@dataclass(frozen=True)
class Pool:
    """Takes jobs one by one, for who needs results to know what the next job is.

    Attributes
    ----------
    submit : called with the arguments of a job; gives its future. That of a job whose process was
        killed fails with `concurrent.futures.BrokenExecutor`, and other jobs go on.
    count_workers : tells how many jobs can run at a time, now.
    client : of the cluster that jobs run on, if they do. A cluster gives a job whose worker was
        killed to another one, which finds what the first one has left.
    """

    submit: Callable[..., Future[Any]]
    count_workers: Callable[[], int]
    client: Any = None


class Executor(Protocol):
    """What runs jobs that have a process of their own."""

    @property
    def n_threads(self) -> int:
        """Threads of a job that has this process for itself."""
        ...

    def run(self, function: Any, jobs: Sequence[tuple[Any, ...]], n_jobs: int) -> Iterator[Any]:
        """Call a function with each job; the results come in the order of the jobs."""
        ...

    def open_pool(self, function: Any, n_jobs: int) -> AbstractContextManager[Pool]:
        """Call a function with jobs that come one by one; at the end what still runs is ended."""
        ...


class SerialExecutor:
    """Runs jobs in this process, one after the other."""

    n_threads = 1

    def run(self, function: Any, jobs: Sequence[tuple[Any, ...]], n_jobs: int) -> Iterator[Any]:
        """See `Executor`."""
        return (function(*job) for job in jobs)

    @contextmanager
    def open_pool(self, function: Any, n_jobs: int) -> Iterator[Pool]:
        """See `Executor`."""
        yield Pool(partial(_call_now, function), lambda: 1)


def _call_now(function: Any, *job: Any) -> Future[Any]:
    future: Future[Any] = Future()
    try:
        future.set_result(function(*job))
    except Exception as error:
        future.set_exception(error)
    return future


@dataclass(frozen=True)
class ProcessExecutor:
    """Runs jobs in processes of this machine.

    Attributes
    ----------
    n_workers : processes; None leaves it to who has jobs.
    """

    n_workers: int | None = None

    @property
    def n_threads(self) -> int:
        """See `Executor`."""
        return self.n_workers or count_cores()

    def run(self, function: Any, jobs: Sequence[tuple[Any, ...]], n_jobs: int) -> Iterator[Any]:
        """See `Executor`."""
        from joblib import Parallel, delayed

        call = delayed(call_quietly)
        processes = Parallel(
            n_jobs=self.n_workers or n_jobs,
            prefer="processes",
            return_as="generator",
            initializer=leave_interrupts_to_parent,
        )
        with without_interrupts():
            results: Iterator[Any] = processes(call(function, job) for job in jobs)
        return results

    @contextmanager
    def open_pool(self, function: Any, n_jobs: int) -> Iterator[Pool]:
        """See `Executor`."""
        n_workers = self.n_workers or (count_cores() if n_jobs == -1 else n_jobs)
        with SeparateProcesses() as processes:
            yield Pool(
                lambda *job: processes.submit(call_quietly, function, job), lambda: n_workers
            )


@dataclass(frozen=True)
class ClusterExecutor:
    """Runs jobs on a Dask cluster.

    A function may carry large tables. It is sent to the scheduler once. Each worker fetches it from
    there, because workers may not see each other, and unpacks it for each job, so that jobs share
    nothing. What the user has set in the environment holds in workers too.

    Attributes
    ----------
    client : client of the cluster.
    """

    client: Any

    n_threads = 1

    def run(self, function: Any, jobs: Sequence[tuple[Any, ...]], n_jobs: int) -> Iterator[Any]:
        """See `Executor`.

        A job whose worker is lost is done again by another one. Few jobs wait at a time, so that
        neither scheduler nor this process needs more memory for more jobs.

        Raises
        ------
        InputError
            If the scheduler is lost, or a job has killed several workers.
        """
        waiting: deque[Any] = deque()
        left = iter(jobs)
        try:
            with self._telling_losses(), self._sent(function) as call:
                while True:
                    room = WAITING_PER_WORKER * self._count_workers() - len(waiting)
                    waiting.extend(
                        self.client.submit(*call(job), pure=False)
                        for job in islice(left, max(0, room))
                    )
                    if not waiting:
                        return
                    yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.release()

    @contextmanager
    def open_pool(self, function: Any, n_jobs: int) -> Iterator[Pool]:
        """See `Executor`.

        Raises
        ------
        InputError
            If the scheduler is lost.
        """
        with self._telling_losses(), self._sent(function) as call:
            executor = self.client.get_executor(pure=False)
            try:
                yield Pool(
                    lambda *job: executor.submit(*call(job)),
                    self._count_workers,
                    self.client,
                )
            finally:
                executor.shutdown(wait=False)

    def run_together(self, function: Any, jobs: Mapping[str, tuple[Any, ...]]) -> list[Any]:
        """Run jobs that talk with each other at the same time, each on a worker of its own.

        Parameters
        ----------
        function : called with each job.
        jobs : arguments of each call, by the address of the worker.

        Raises
        ------
        InputError
            If the scheduler or a worker is lost, and with it what the others wait for.
        """
        from distributed import wait

        futures: list[Any] = []
        try:
            with self._telling_losses(), self._sent(function) as call:
                for address, job in jobs.items():
                    futures.append(self.client.submit(*call(job), workers=[address], pure=False))
                pending = futures
                while pending:
                    with suppress(TimeoutError):
                        wait(pending, timeout=LOOK_S, return_when="FIRST_COMPLETED")
                    failed = next((f.exception() for f in pending if f.status == "error"), None)
                    lost = set(jobs) - set(self.client.nthreads())
                    if lost:
                        raise InputError(
                            f"The worker at {min(lost)} was lost, and with it the work of all "
                            "others. It may have needed more memory than it has; see "
                            "execution.memory_limit. Run the same again."
                        ) from failed
                    if failed is not None:
                        raise failed
                    pending = [future for future in pending if not future.done()]
                return list(self.client.gather(futures))
        finally:
            self.client.cancel(futures)

    @contextmanager
    def _sent(self, function: Any) -> Iterator[Callable[[tuple[Any, ...]], tuple[Any, ...]]]:
        """Send a function; gives what tells what is to be submitted for a job."""
        from distributed.protocol.pickle import dumps

        name = f"function-{uuid.uuid4().hex}"
        variables = prepared_variables()
        self.client.publish_dataset(dumps(function), name=name)
        try:
            yield lambda job: (call_sent, name, dumps(job), variables)
        finally:
            if self.client.status == "running":
                self.client.unpublish_dataset(name)

    def _count_workers(self) -> int:
        return max(1, len(self.client.nthreads()))

    @contextmanager
    def _telling_losses(self) -> Iterator[None]:
        from distributed import CancelledError, KilledWorker
        from distributed.comm.core import CommClosedError

        try:
            yield
        except KilledWorker as error:
            raise InputError(
                f"{error.task} has killed {error.allowed_failures + 1} workers, the last of them "
                f"{error.last_worker.address}. It may need more memory than a worker has; see "
                "execution.memory_limit, or make its pieces smaller."
            ) from error
        except (CommClosedError, CancelledError, OSError, TimeoutError) as error:
            is_lost = isinstance(error, CancelledError | CommClosedError)
            if self.client.status == "running" and not is_lost:
                raise
            raise InputError(
                f"The Dask scheduler at {self.client.scheduler.address} was lost. What was "
                "finished before is kept where it is saved piece by piece; run the same again, "
                "with a scheduler that runs."
            ) from error


def call_sent(name: str, job: bytes, variables: dict[str, str]) -> Any:
    """Call a function that was sent to a cluster.

    Libraries are loaded when it is unpacked, and look at the environment.
    """
    from distributed.protocol.pickle import loads

    os.environ.update(variables)
    with _settled_in():
        return loads(_fetch(name))(*loads(job))


@lru_cache(maxsize=1)
def _fetch(name: str) -> bytes:
    from distributed import get_client

    packed: bytes = get_client().get_dataset(name)
    return packed


def call_quietly(function: Any, job: tuple[Any, ...]) -> Any:
    """Call a function in a process that does not know yet what warnings are of no interest."""
    with _settled_in():
        return function(*job)


@contextmanager
def _settled_in() -> Iterator[None]:
    prepare()
    logging.captureWarnings(True)
    # what a job itself would hand to processes is done in its own
    with choosing(SerialExecutor()):
        yield


_chosen: ContextVar[Executor | None] = ContextVar("executor", default=None)


def chosen_executor() -> Executor:
    """Give what runs jobs now; without `executing`, processes of this machine."""
    return _chosen.get() or ProcessExecutor()


@contextmanager
def choosing(executor: Executor) -> Iterator[None]:
    """Let an executor run all jobs within."""
    token = _chosen.set(executor)
    try:
        yield
    finally:
        _chosen.reset(token)


def count_cores() -> int:
    """Count the cores that this process may use."""
    from joblib import cpu_count

    n_cores: int = cpu_count()
    return n_cores
