"""What is set before other libraries are loaded."""

import os
import subprocess
import sys

import pytest

from showerforge.environment import OBJECTS_BETWEEN_COLLECTIONS, VARIABLES

BEGINNING = "import gc, os; from showerforge.environment import prepare"


def after(*lines, **environment):
    """Tell what a process prints at its end."""
    code = "\n".join([BEGINNING, *lines])
    kept = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    command = [sys.executable, "-c", code]
    told = subprocess.run(
        command, capture_output=True, text=True, check=True, env={**kept, **environment}
    )
    return told.stdout.split()


def test_variables_are_set_unless_the_user_has_set_them():
    lines = ["prepare()", "print(os.environ['OMP_NUM_THREADS'], os.environ['KERAS_BACKEND'])"]
    assert after(*lines, KERAS_BACKEND="jax") == ["1", "jax"]


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("pass", [OBJECTS_BETWEEN_COLLECTIONS, 10, 10]),
        ("gc.set_threshold(700, 5, 6)", [OBJECTS_BETWEEN_COLLECTIONS, 5, 6]),
        ("gc.set_threshold(1_000_000, 5, 6)", [1_000_000, 5, 6]),
        ("gc.set_threshold(0, 5, 6)", [0, 5, 6]),
    ],
)
def test_garbage_is_looked_for_less_often_but_not_where_the_user_wants_none(before, expected):
    told = after(before, "prepare()", "print(*gc.get_threshold())")
    assert [int(number) for number in told] == expected


def test_garbage_is_not_looked_for_at_the_end():
    # those registered first are called last
    lines = ["import atexit", "atexit.register(lambda: print(len(gc.get_objects())))"]
    (with_all,) = after(*lines)
    (without,) = after(*lines, "prepare()")
    assert int(without) < 0.1 * int(with_all)
