"""The packaged project runs from an empty folder, without its repository.

Building needs the package index; where that cannot be reached, this test fails.
"""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
from pathlib import Path

import pytest
from toys import PROJECT

import showerforge

PACKED = ("conf", "src", "pyproject.toml", "README.md", "LICENSE")
PATIENCE = 300


def run(folder: Path, *command: object) -> str:
    """Run a command that knows nothing of this repository."""
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        env=inherited,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def packaged(tmp_path_factory):
    """Wheel and configuration as `kedro package` makes them."""
    project = tmp_path_factory.mktemp("packaged") / "project"
    project.mkdir()
    for name in PACKED:
        copy = shutil.copytree if (PROJECT / name).is_dir() else shutil.copy2
        copy(PROJECT / name, project / name)
    run(project, Path(sys.executable).with_name("kedro"), "package")
    return project / "dist"


@pytest.fixture(scope="module")
def installed(packaged, tmp_path_factory):
    """An environment with the wheel, and the packages of this one beneath it."""
    folder = tmp_path_factory.mktemp("installed")
    run(folder, sys.executable, "-m", "venv", folder / "env")
    (wheel,) = packaged.glob("*.whl")
    python = folder / "env/bin/python"
    run(folder, python, "-m", "pip", "install", "--quiet", "--no-deps", wheel)
    where = run(folder, python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))")
    (Path(where.strip()) / "beneath.pth").write_text(sysconfig.get_path("purelib"))
    return python


def test_a_stage_runs_from_an_empty_folder(packaged, installed, magic_file, tmp_path):
    folder = tmp_path / "an empty folder"
    folder.mkdir()
    with tarfile.open(packaged / "conf-showerforge.tar.gz") as archive:
        archive.extractall(folder, filter="data")
    (folder / "data/01_raw").mkdir(parents=True)
    shutil.copy2(magic_file, folder / "data/01_raw")
    output = run(
        *(folder, installed, "-m", "showerforge", "--conf-source", "conf", "--env", "quick"),
        *("--pipelines", "data_processing"),
    )
    assert "Pipeline execution completed" in output
    summary = folder / "data/05_model_input/magic_quick/data_summary.json"
    assert json.loads(summary.read_text())["n_train"] > 3000
    where = run(folder, installed, "-c", "import showerforge; print(showerforge.__file__)")
    assert where.startswith(str(installed.parents[1]))


def test_the_command_is_there(installed, tmp_path):
    told = run(tmp_path, installed.with_name("showerforge"), "--version")
    assert told.strip().endswith(showerforge.__version__)
