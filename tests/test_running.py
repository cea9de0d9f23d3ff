"""Runs that see each other."""

import errno
import fcntl
import json
import signal
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import asdict

import pytest

from showerforge.errors import InputError
from showerforge.running import Run, announced, take_killed


def run(number, reads=(), writes=()):
    return Run(f"run{number}", "kedro run", "today", "1 on a", list(reads), list(writes))


def start(folder, other):
    """Let another process announce a run, and wait until it has."""
    program = (
        "import json, sys, time\n"
        "from pathlib import Path\n"
        "from showerforge.running import Run, announced\n"
        "with announced(Path(sys.argv[1]), Run(**json.loads(sys.argv[2]))):\n"
        "    print('announced', flush=True)\n"
        "    time.sleep(600)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, folder, json.dumps(asdict(other))], stdout=subprocess.PIPE
    )
    assert process.stdout.readline() == b"announced\n"
    return process


def end(process):
    process.kill()
    process.wait()
    process.stdout.close()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"writes": ["a", "b"]}, {"writes": ["b", "c"]}),
        ({"writes": ["a"]}, {"reads": ["a"], "writes": ["b"]}),
        ({"reads": ["a"], "writes": ["b"]}, {"writes": ["a"]}),
    ],
)
def test_two_runs_on_the_same_files_are_refused(tmp_path, first, second):
    with announced(tmp_path, run(1, **first)):
        with (
            pytest.raises(InputError, match="Another run works on the same files: 'kedro run'"),
            announced(tmp_path, run(2, **second)),
        ):
            pass
        assert len(list(tmp_path.iterdir())) == 1
    with announced(tmp_path, run(2, **second)):
        pass


def test_runs_that_share_what_they_read_go_side_by_side(tmp_path):
    with ExitStack() as opened:
        for number in range(4):
            opened.enter_context(announced(tmp_path, run(number, ["raw"], [f"out{number}"])))
        assert take_killed(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_another_process_is_seen_as_long_as_it_lives_and_told_of_when_it_was_killed(tmp_path):
    other = run(1, writes=["a"])
    process = start(tmp_path, other)
    with pytest.raises(InputError, match="same files"), announced(tmp_path, run(2, ["a"])):
        pass
    assert take_killed(tmp_path) == []
    end(process)
    assert process.returncode == -signal.SIGKILL
    with announced(tmp_path, run(2, ["a"])):
        assert take_killed(tmp_path) == [other]
        assert take_killed(tmp_path) == []


def test_runs_of_the_same_millisecond_are_told_apart_by_their_process(tmp_path):
    process = start(tmp_path, run(1, writes=["a"]))
    with announced(tmp_path, run(1, writes=["b"])):
        assert len(list(tmp_path.iterdir())) == 2
    end(process)


def test_where_there_are_no_locks_runs_go_on_and_the_log_says_what_is_missing(
    tmp_path, monkeypatch, caplog
):
    def no_locks(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    with announced(tmp_path, run(1, writes=["a"])), announced(tmp_path, run(2, writes=["a"])):
        assert "knows no locks: nothing keeps two runs off the same files" in caplog.text
        assert take_killed(tmp_path) == []


def test_a_folder_that_cannot_be_written_is_told_before_anything_runs(tmp_path):
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(InputError, match="cannot be written"),
        announced(tmp_path / "file", run(1)),
    ):
        pass
