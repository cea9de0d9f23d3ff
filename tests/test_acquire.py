"""What ``make run`` asks first: is there a table to run on?"""

import subprocess
import sys

import pytest
import yaml
from toys import copy_project

from showerforge.errors import ExitCode


def acquire(project):
    return subprocess.run(
        [sys.executable, "-m", "showerforge.acquire"],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def project(tmp_path):
    """A project whose table can only come from a folder of its own."""
    copy = copy_project(tmp_path / "project", None)
    entry = yaml.safe_load((copy / "conf/base/catalog/magic.yml").read_text())["magic.raw_events"]
    (tmp_path / "mirror").mkdir()
    entry["sources"] = [{"name": "mirror", "kind": "folder", "location": str(tmp_path / "mirror")}]
    entry["filepath"] = "data/01_raw/magic04.data"
    entry.pop("validator")
    (copy / "conf/local/catalog.yml").write_text(yaml.safe_dump({"magic.raw_events": entry}))
    return copy


def test_table_that_is_nowhere_is_told_apart_from_a_wrong_one(project, magic_file):
    result = acquire(project)
    assert result.returncode == ExitCode.MISSING, result.stderr
    assert "magic04.data could not be had" in result.stderr
    assert "WARNING" not in result.stdout + result.stderr
    target = project / "data/01_raw/magic04.data"
    target.write_bytes(magic_file.read_bytes()[:-1])
    result = acquire(project)
    assert result.returncode == ExitCode.BAD_INPUT
    assert "is not the published table" in result.stderr


def test_table_is_fetched(project, magic_file, tmp_path):
    (tmp_path / "mirror/magic04.data").write_bytes(magic_file.read_bytes())
    result = acquire(project)
    assert result.returncode == 0, result.stderr
    assert (project / "data/01_raw/magic04.data").is_file()
