import re
import subprocess
import sys

import click
import pytest
from click.shell_completion import BashComplete
from click.testing import CliRunner
from serving_tools import put_release

import showerforge
from showerforge.command_line import Commands, command
from showerforge.errors import ExitCode, InputError, MissingError

#: packages that take more than a moment to import
HEAVY = "kedro.framework matplotlib mlflow numpy pandas pyarrow pydantic sklearn"


def all_commands(group=command, names=()):
    """List all commands by their names, groups left out."""
    found = []
    for name, own in group.commands.items():
        is_group = isinstance(own, click.Group)
        found += all_commands(own, (*names, name)) if is_group else [((*names, name), own)]
    return found


def all_examples():
    """List all examples in help texts."""
    owners = [command, *command.commands.values(), *(own for _, own in all_commands())]
    texts = {own.epilog for own in owners if own.epilog}
    return sorted({line for text in texts for line in re.findall(r"\$ showerforge (.*)", text)})


@pytest.mark.parametrize("names", [names for names, _ in all_commands()], ids=" ".join)
def test_every_command_and_option_is_explained(names):
    result = CliRunner().invoke(command, [*names, "--help"])
    assert result.exit_code == 0
    own = dict(all_commands())[names]
    assert own.help
    assert [o.name for o in own.params if isinstance(o, click.Option) and not o.help] == []


@pytest.mark.parametrize("example", all_examples())
def test_examples_are_accepted(example, tmp_path, monkeypatch):
    """With empty files of the names that they take, and no further than the command itself."""
    monkeypatch.chdir(tmp_path)
    words = example.partition(" > ")[0].split()
    for word in words:
        if re.fullmatch(r"[\w/-]+\.[\w.]+", word):
            (tmp_path / word).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / word).touch()
    (tmp_path / "data/07_model_output/magic/served_events").mkdir(parents=True, exist_ok=True)
    called = []
    for _, own in all_commands():
        monkeypatch.setattr(own, "callback", lambda **given: called.append(given))
    result = CliRunner().invoke(command, words)
    assert result.exit_code == 0, result.output
    assert len(called) == 1


def failing(error):
    group = Commands("group")

    @group.command()
    def fails():
        raise error

    return CliRunner().invoke(group, ["fails"])


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InputError("row 3 is wrong"), ExitCode.BAD_INPUT),
        (MissingError("there is no table"), ExitCode.MISSING),
        (click.FileError("x.csv", "is locked"), ExitCode.BAD_INPUT),
        (KeyboardInterrupt(), ExitCode.INTERRUPTED),
        (ZeroDivisionError("of ours"), ExitCode.FAULT),
    ],
)
def test_commands_end_by_one_table_of_codes(error, code):
    result = failing(error)
    assert result.exit_code == code
    assert str(error) in result.stderr
    assert ("Traceback" in result.stderr) == (code == ExitCode.FAULT)
    assert result.stdout == ""


def test_what_the_user_can_mend_is_told_and_not_what_came_of_it():
    wrapped = RuntimeError("while loading")
    wrapped.__cause__ = InputError("row 3 is wrong")
    result = failing(wrapped)
    assert result.exit_code == ExitCode.BAD_INPUT
    assert "row 3 is wrong" in result.stderr
    assert "while loading" not in result.stderr


@pytest.mark.parametrize("arguments", [["no_such"], ["releases"], ["certify", "a.csv", "b.csv"]])
def test_bad_usage(arguments):
    result = CliRunner().invoke(command, arguments)
    assert result.exit_code == ExitCode.BAD_INPUT
    assert "Usage: showerforge" in result.stderr


def test_help_and_completion_import_nothing_heavy():
    code = (
        "import os, sys\n"
        "from showerforge.command_line import main\n"
        "def call(*arguments):\n"
        "    try:\n"
        "        main(arguments)\n"
        "    except SystemExit:\n"
        "        pass\n"
        "call('--help')\n"
        "call('certify', '--help')\n"
        "os.environ['_SHOWERFORGE_COMPLETE'] = 'bash_complete'\n"
        "os.environ.update(COMP_WORDS='x re', COMP_CWORD='1')\n"
        "call()\n"
        f"print([name for name in '{HEAVY}'.split() if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert lines[-1] == "[]"
    completed = [line for line in lines if line.startswith("plain,")]
    assert completed == ["plain,releases", "plain,report", "plain,resample"]


def test_names_of_releases_are_completed(tmp_path):
    name = put_release(tmp_path)
    complete = BashComplete(command, {}, "showerforge", "_SHOWERFORGE_COMPLETE")
    words = ["releases", "--releases", str(tmp_path), "promote"]
    assert [item.value for item in complete.get_completions(words, name[:3])] == [name]
    assert complete.get_completions(words, "no such") == []


def test_version():
    result = CliRunner().invoke(command, ["--version"])
    assert result.stdout.strip() == showerforge.__version__
