"""What the project adds to ``kedro``."""

import os
import signal
import subprocess
import sys

import pytest
from click.testing import CliRunner

from showerforge.cli import cli
from showerforge.errors import InputError


def test_run_has_kedros_options_and_one_more():
    text = CliRunner().invoke(cli, ["run", "--help"]).output
    for option in ("--pipelines", "--params", "--env", "--resume"):
        assert option in text


def test_resume_goes_with_no_other_runner():
    result = CliRunner().invoke(cli, ["run", "--resume", "--runner", "ThreadRunner"])
    assert isinstance(result.exception, InputError)
    assert "leave --runner out" in str(result.exception)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_asked_to_end_says_so_by_its_exit_status(number):
    program = (
        "import sys, time\n"
        "from showerforge import cli\n"
        "def wait(**options):\n"
        "    print('begun', flush=True)\n"
        "    time.sleep(600)\n"
        "cli.as_kedro_does = wait\n"
        "cli.run_pipelines(False, runner=None, runner_params={})\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "begun\n"
    os.kill(process.pid, number)
    _, said = process.communicate()
    assert process.returncode == 128 + number
    assert "Traceback" not in said
