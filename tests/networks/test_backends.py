"""Backends: which are there, and one alone in a process of its own."""

import multiprocessing
import os
import re
import signal
import sys
import time
from threading import current_thread, main_thread

import pytest
from toys import PROJECT

from showerforge.errors import InputError
from showerforge.execution import ExecutionSettings, executing
from showerforge.networks import backends
from showerforge.networks.backends import (
    EXTRAS,
    is_installed,
    require,
    run_alone,
    run_apart,
    run_each_alone,
    version_of,
)


def test_no_backend_is_imported_by_the_package():
    imported = re.compile(rf"^\s*(?:import|from)\s+(?:{'|'.join(EXTRAS)})\b", re.MULTILINE)
    assert imported.search("def f():\n    import torch\n")
    sources = list((PROJECT / "src").rglob("*.py"))
    assert len(sources) > 100
    assert [path.name for path in sources if imported.search(path.read_text())] == []


def test_an_unknown_backend_is_refused_with_those_that_are_known(monkeypatch):
    with pytest.raises(InputError, match=r"no backend 'theano'.*known: torch, tensorflow, jax"):
        require("theano")
    monkeypatch.setenv("KERAS_BACKEND", "pytorch")
    with pytest.raises(InputError, match=r"no backend 'pytorch'.*Set KERAS_BACKEND"):
        require()


def test_a_process_has_its_own_backend_and_knows_of_no_other():
    def look_around():
        import importlib
        import sys

        import keras

        from showerforge.networks.backends import is_installed

        refused = []
        for name in ("tensorflow", "jax"):
            try:
                importlib.import_module(name)
            except ModuleNotFoundError:
                refused.append(name)
            try:
                require(name)
            except InputError as error:
                refused.append(str(error))
        loaded = {name for name in ("torch", "tensorflow", "jax") if name in sys.modules}
        return keras.backend.backend(), loaded, refused, is_installed("torch")

    backend, loaded, refused, is_there = run_alone("torch", look_around)
    assert backend == "torch"
    assert loaded == {"torch"}
    assert is_there
    for name, extra, (no_module, message) in (
        ("tensorflow", "images,tensorflow", refused[:2]),
        ("jax", "images,jax", refused[2:]),
    ):
        assert no_module == name
        assert f"need {name}, not installed here" in message
        assert f"pip install 'showerforge[{extra}]'" in message


def test_keras_is_there_without_what_it_does_not_need_and_that_can_be_imported_later():
    def look():
        import sys
        from importlib import import_module

        from showerforge.networks.backends import NOT_FOR_KERAS, import_keras

        import_keras()
        loaded = NOT_FOR_KERAS & set(sys.modules)
        for name in NOT_FOR_KERAS:
            import_module(name)
        return loaded, set(sys.modules) >= NOT_FOR_KERAS

    assert run_apart("torch", look) == (set(), True)


def test_a_process_gives_its_result_or_its_error_and_leaves_the_environment_alone(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    before, modules = dict(os.environ), set(sys.modules)

    def add(first, second):
        import os
        import sys

        return first + second, os.environ["KERAS_BACKEND"], "keras" in sys.modules

    assert run_apart("tensorflow", add, 2, 3) == (5, "tensorflow", False)

    def fail():
        raise InputError("the file has no images")

    with pytest.raises(InputError, match="the file has no images"):
        run_apart("torch", fail)
    with pytest.raises(InputError, match="no backend 'theano'"):
        run_apart("theano", add, 2, 3)
    assert dict(os.environ) == before
    assert not {"keras", *EXTRAS} & (set(sys.modules) - modules)


def test_a_process_that_is_killed_when_idle_is_replaced():
    first = run_alone("torch", os.getpid)
    os.kill(first, signal.SIGKILL)
    process, until = backends._companion(os.getpid(), "torch"), time.monotonic() + 30
    while not process._flags.broken and time.monotonic() < until:
        time.sleep(0.01)
    assert run_alone("torch", os.getpid) != first


@pytest.mark.parametrize("executor", ["serial", "dask"])
def test_keras_has_the_process_to_itself_wherever_jobs_run(executor):
    """Not the user's own process, nor one where another thread draws from Python's generator."""

    def look():
        return os.getpid(), "keras" in sys.modules, current_thread() is main_thread()

    before = set(sys.modules)
    n_workers = 1 if executor == "dask" else None
    with executing(ExecutionSettings(executor=executor, n_workers=n_workers)):
        ((pid, has_keras, is_main),) = run_each_alone(look, [()], 2, "Looking")
    assert pid != os.getpid()
    assert has_keras
    assert is_main
    assert "keras" not in set(sys.modules) - before


def test_a_process_ends_that_has_called_networks():
    worker = multiprocessing.get_context("spawn").Process(
        target=run_alone, args=("torch", os.getpid)
    )
    worker.start()
    worker.join(timeout=100)
    assert worker.exitcode == 0


def test_a_worker_that_may_start_no_process_says_how_to_start_it(monkeypatch):
    monkeypatch.setitem(multiprocessing.current_process()._config, "daemon", True)
    with pytest.raises(InputError, match="DASK_DISTRIBUTED__WORKER__DAEMON=False"):
        run_alone("torch", os.getpid)


@pytest.mark.parametrize("name", ["torch", "tensorflow"])
def test_versions_are_those_that_a_backend_tells_itself(name):
    def ask():
        import importlib
        import os

        return importlib.import_module(os.environ["KERAS_BACKEND"]).__version__

    assert is_installed(name)
    assert version_of(name) == run_apart(name, ask)
