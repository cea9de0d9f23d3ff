"""The programs that can do the sums of a network: which are there, and running one of them."""

from __future__ import annotations

import logging
import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager, nullcontext
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from multiprocessing.util import Finalize
from threading import current_thread, main_thread
from typing import Any, Literal, TypeVar

from showerforge.distributions import distribution_of
from showerforge.environment import prepare
from showerforge.errors import InputError
from showerforge.extras import require_packages
from showerforge.progress import run_side_by_side
from showerforge.separate_processes import begin, without_interrupts

Backend = Literal["torch", "tensorflow", "jax"]
#: extra of this package that installs each
EXTRAS: dict[str, str] = {"torch": "images", "tensorflow": "tensorflow", "jax": "jax"}
#: what Keras imports, if it is there, for things that nothing here asks it for
NOT_FOR_KERAS = {"IPython", "matplotlib", "sklearn"}
#: what writes and checks ONNX files
EXPORT_PACKAGES = ("torch", "onnx", "onnxscript", "onnxruntime")

Result = TypeVar("Result")


def is_installed(backend: str) -> bool:
    """Tell whether Keras and a backend can be imported, without doing so."""
    return find_spec("keras") is not None and find_spec(backend) is not None


def require(backend: str | None = None) -> str:
    """Refuse to go on without a backend.

    Parameters
    ----------
    backend : its name; by default that of the environment variable ``KERAS_BACKEND``.

    Returns
    -------
    backend : its name.

    Raises
    ------
    InputError
        If it is unknown, or it or Keras is not installed; the message names the extra.
    """
    prepare()
    backend = backend or os.environ["KERAS_BACKEND"]
    if backend not in EXTRAS:
        raise InputError(
            f"There is no backend {backend!r} of Keras here (known: {', '.join(EXTRAS)}). Set "
            "KERAS_BACKEND to one of them."
        )
    require_packages(
        f"Image networks on {backend}", ("keras", backend), ("images", EXTRAS[backend])
    )
    return backend


def require_export() -> None:
    """Refuse to go on without what writes ONNX files: PyTorch, whatever the backend, and others.

    Raises
    ------
    InputError
        If a package is not installed; the message names the extra.
    """
    require_packages("ONNX files of networks", EXPORT_PACKAGES, ("images",))


def version_of(backend: str) -> str:
    """Tell the version of an installed backend."""
    return distribution_of(backend).version


def run_alone(backend: str, function: Callable[..., Result], *arguments: object) -> Result:
    """Call a function in a process that has Keras with a backend.

    Keras reads its backend once in the life of a process. To import both takes seconds, so there is
    one such process for all calls; it ends with this one.

    Raises
    ------
    InputError
        See `run_apart`.
    """
    _check_may_start(backend)
    if _is_dead(_companion(os.getpid(), backend)):
        _companion.cache_clear()
    process = _companion(os.getpid(), backend)
    try:
        return _call_in(process, _call_with_keras, function, arguments)
    except (BrokenExecutor, KeyboardInterrupt):
        _companion.cache_clear()
        raise


def run_each_alone(
    function: Callable[..., Result], jobs: Sequence[tuple[Any, ...]], n_jobs: int, description: str
) -> list[Result]:
    """Call a function with each job, in processes that have Keras, and show progress.

    Parameters
    ----------
    function : that wants Keras.
    jobs, n_jobs, description : see `showerforge.progress.run_side_by_side`.

    Raises
    ------
    InputError
        See `require`.
    """
    backend, users_own = require(), os.getpid()

    def call(*job: Any) -> Result:
        # Jobs one at a time run in this process, which is the user's. Workers of a cluster run
        # them beside a thread that draws from Python's random numbers, as Keras does.
        is_shared = os.getpid() == users_own or current_thread() is not main_thread()
        if is_shared:
            return run_alone(backend, function, *job)
        return _call_with_keras(function, job)

    return list(run_side_by_side(call, jobs, n_jobs, description, in_processes=True))


def run_apart(backend: str, function: Callable[..., Result], *arguments: object) -> Result:
    """Call a function in a new process where Keras is not imported yet.

    What is measured of the import, and of memory, can be told apart only where nothing else has
    been done before. The function calls `import_keras` itself.

    Raises
    ------
    InputError
        See `require`; or if this is a worker of a cluster that may start no process.
    """
    _check_may_start(backend)
    with _start(backend) as process:
        return _call_in(process, function, *arguments)


def _check_may_start(backend: str) -> None:
    require(backend)
    if multiprocessing.current_process().daemon:
        raise InputError(
            "The workers of this Dask cluster may start no processes, which networks need. Set "
            "DASK_DISTRIBUTED__WORKER__DAEMON=False where workers are started, or start them with "
            "--no-nanny."
        )


@lru_cache
def _companion(of_process: int, backend: str) -> Any:
    process = _start(backend)
    # A process of multiprocessing waits at its end for those that it has started. They are told
    # to end before queues are closed, whose priority is 10.
    Finalize(None, process.shutdown, exitpriority=20)
    return process


def _start(backend: str) -> Any:
    from joblib.externals.loky import ProcessPoolExecutor

    theirs, ours = multiprocessing.Pipe(duplex=False)
    process = ProcessPoolExecutor(
        max_workers=1,
        env={"KERAS_BACKEND": backend},
        initializer=begin,
        initargs=(theirs,),
    )
    # closed when the process that has started it is gone
    process.lifeline = ours
    return process


def _is_dead(process: Any) -> bool:
    """Tell whether a process was killed when it had nothing to do, such as for its memory."""
    try:
        with without_interrupts():
            process.submit(int)
    except BrokenExecutor:
        return True
    return False


def _call_in(process: Any, function: Callable[..., Result], *arguments: object) -> Result:
    try:
        with without_interrupts():
            future = process.submit(function, *arguments)
        return future.result()
    except (BrokenExecutor, KeyboardInterrupt):
        # what it is doing is not waited for
        process.shutdown(kill_workers=True)
        raise


def _call_with_keras(function: Callable[..., Result], arguments: tuple[object, ...]) -> Result:
    import_keras()
    return function(*arguments)


def import_keras() -> None:
    """Import Keras with its backend, and nothing of the others, in a process made for networks.

    Keras would import TensorFlow, if it is installed, beside any other backend: seconds and
    700 MB. Without `NOT_FOR_KERAS` it is there in two thirds of the time. TensorFlow itself greets
    on the standard error stream, whatever it is told, and takes the second network of a process
    for a mistake.
    """
    if isinstance(sys.meta_path[0], _Without):
        return
    backend = os.environ["KERAS_BACKEND"]
    hidden = NOT_FOR_KERAS | EXTRAS.keys() - {backend}
    sys.meta_path[:] = [_Without(finder, hidden) for finder in sys.meta_path]
    with _silent_standard_error() if backend == "tensorflow" else nullcontext():
        import_module("keras")
    # all finders share this set
    hidden -= NOT_FOR_KERAS
    logging.getLogger("tensorflow").setLevel(logging.ERROR)


class _Without:
    """A finder of modules for which some packages are not installed."""

    def __init__(self, finder: Any, hidden: set[str]):
        self._finder, self._hidden = finder, hidden

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """Find nothing of what is hidden."""
        if name.partition(".")[0] in self._hidden:
            return None
        return self._finder.find_spec(name, path, target)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._finder, name)


@contextmanager
def _silent_standard_error() -> Iterator[None]:
    kept = os.dup(2)
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
