"""Backends: which are there, and one alone in a process of its own."""

import os
import re
import sys

import pytest
from toys import PROJECT

from showerforge.errors import InputError
from showerforge.networks.backends import (
    EXTRAS,
    is_installed,
    require,
    run_alone,
    run_apart,
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


@pytest.mark.parametrize("name", ["torch", "tensorflow"])
def test_versions_are_those_that_a_backend_tells_itself(name):
    def ask():
        import importlib
        import os

        return importlib.import_module(os.environ["KERAS_BACKEND"]).__version__

    assert is_installed(name)
    assert version_of(name) == run_apart(name, ask)
