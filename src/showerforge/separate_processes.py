"""Processes of which each may die without harm to the others."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from threading import Thread
from typing import Any

from showerforge.environment import prepare


class SeparateProcesses(Executor):
    """Gives each job a process that no other job has at the time.

    The pools of the standard library and of joblib lose all jobs with the first process that is
    killed. Here each process is a pool of its own: the job of one that is killed fails with
    `BrokenExecutor`, and another process is started when one is needed. As many run as jobs that
    are not done. They end with this process, however it ends, and with what they are doing.
    """

    def __init__(self) -> None:
        self._context = multiprocessing.get_context("spawn")
        self._theirs, self._ours = self._context.Pipe(duplex=False)
        #: the latest job of each process
        self._latest: dict[ProcessPoolExecutor, Future[Any]] = {}

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        """Call a function in a process of its own."""
        idle = (process for process, latest in self._latest.items() if latest.done())
        process = next(idle, None) or self._start()
        try:
            with without_interrupts():
                future = process.submit(function, *arguments, **named)
        except BrokenExecutor:
            # it was killed, by its latest job or when it had nothing to do
            del self._latest[process]
            return self.submit(function, *arguments, **named)
        self._latest[process] = future
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End all processes, whatever they are doing."""
        self._ours.close()
        for process in self._latest:
            process.shutdown(wait, cancel_futures=cancel_futures)

    def _start(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            max_workers=1,
            mp_context=self._context,
            initializer=begin,
            initargs=(self._theirs,),
        )


def begin(lifeline: Connection) -> None:
    """Begin a process whose end is left to the one that has started it.

    Parameters
    ----------
    lifeline : see `end_with`.
    """
    prepare()
    leave_interrupts_to_parent()
    end_with(lifeline)


def leave_interrupts_to_parent() -> None:
    """Let Ctrl-C, which reaches every process of the terminal, do nothing here.

    The parent ends this process. If it ended by itself while it sends a result, the parent would
    wait for the rest of it for ever.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def without_interrupts() -> Iterator[None]:
    """Let Ctrl-C wait here, and do nothing in processes that are started meanwhile.

    For these it never comes, so that they need not have got as far as
    `leave_interrupts_to_parent`: one that is still importing would tell so at length.
    """
    # which Windows does not have
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    # it starts with the first process, and lets interrupts through from then on
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def end_with(lifeline: Connection) -> None:
    """End this process as soon as the other side of a connection is closed, or its process gone.

    Parameters
    ----------
    lifeline : end of a pipe through which nothing is sent.
    """

    def wait() -> None:
        lifeline.poll(None)
        os._exit(1)

    Thread(target=wait, daemon=True).start()
