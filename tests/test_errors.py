import logging
import subprocess
import sys

from showerforge.environment import prepare
from showerforge.errors import InputError, find_input_error, list_problems
from showerforge.progress import track


def test_input_error_is_found_behind_others():
    inner, outer = InputError("mend this"), RuntimeError("wrapped")
    outer.__cause__ = inner
    assert find_input_error(outer) is inner
    assert find_input_error(RuntimeError("mine")) is None
    bug = RuntimeError("while handling it")
    bug.__context__ = inner
    assert find_input_error(bug) is None


def run_python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_input_errors_are_shown_plainly_and_others_in_full():
    head = "from showerforge.errors import *; show_input_errors_plainly(); "
    plain = run_python(head + "raise InputError('file x, row 3')")
    assert (plain.returncode, plain.stderr.strip()) == (1, "Error: file x, row 3")
    other = run_python(head + "raise KeyError('bug')")
    assert other.returncode == 1
    assert "Traceback" in other.stderr


def test_long_lists_are_cut():
    text = list_problems(f"problem {i}" for i in range(1200))
    assert text.count("\n") == 5
    assert "1,195 more" in text


def test_environment_keeps_what_the_user_has_set(monkeypatch):
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    monkeypatch.delenv("DO_NOT_TRACK", raising=False)
    prepare()
    import os

    assert os.environ["OMP_WAIT_POLICY"] == "ACTIVE"
    assert os.environ["DO_NOT_TRACK"] == "true"


def test_kedro_prepares_the_environment_before_anything_else():
    result = run_python(
        "import os, sys\n"
        "from kedro.framework.cli.cli import _init_plugins\n"
        "_init_plugins()\n"
        "print(os.environ['OMP_WAIT_POLICY'], 'mlflow' in sys.modules, 'xgboost' in sys.modules)"
    )
    assert result.stdout.split() == ["PASSIVE", "False", "False"], result.stderr


def test_importing_the_package_loads_nothing_heavy():
    result = run_python(
        "import sys, showerforge.pipeline_registry, showerforge.pipelines.modelling.nodes\n"
        "import showerforge.pipelines.reporting.nodes\n"
        "print([m for m in ('mlflow', 'matplotlib.pyplot', 'plotly', 'xgboost', 'lightgbm') "
        "if m in sys.modules])"
    )
    assert result.stdout.strip() == "[]", result.stderr


def test_progress_in_a_log_is_a_few_lines(caplog):
    with caplog.at_level(logging.INFO, logger="showerforge"):
        assert list(track(range(40), "Counting", 40)) == list(range(40))
    assert [record.getMessage() for record in caplog.records] == [
        "Counting: 10 of 40",
        "Counting: 20 of 40",
        "Counting: 30 of 40",
        "Counting: 40 of 40",
    ]
