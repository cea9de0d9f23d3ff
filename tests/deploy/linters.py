"""Linters that are no libraries, and are not everywhere."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from toys import PROJECT


def lint(program: str, *arguments: str) -> None:
    """Let a linter of the environment, or of the machine, find nothing in the project."""
    beside = Path(sys.executable).with_name(program)
    found = str(beside) if beside.exists() else shutil.which(program)
    if found is None:
        pytest.skip(f"{program} is not installed")
    done = subprocess.run(
        [found, *arguments], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
