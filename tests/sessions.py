"""Runs of Kedro within this process, on a project with configuration and data only."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from kedro.framework.project import configure_project
from kedro.framework.session import KedroSession
from toys import PROJECT

from showerforge import configuration
from showerforge.runner import ResumableRunner

#: the first node of the first stage, of some seconds
NODES = ["magic.data_processing.quarantine_events"]


def bare_project(folder: Path, magic_file: Path) -> Path:
    """Put configuration and data into a folder."""
    shutil.copytree(PROJECT / "conf", folder / "conf", ignore=shutil.ignore_patterns("local"))
    (folder / "conf/local").mkdir()
    (folder / "data/01_raw").mkdir(parents=True)
    shutil.copy2(PROJECT / "pyproject.toml", folder)
    shutil.copy2(magic_file, folder / "data/01_raw")
    return folder


def run_here(project: Path, patch: pytest.MonkeyPatch, **parameters: Any) -> None:
    """Run one node of the quick environment."""
    patch.chdir(project)
    patch.setattr(configuration, "PROJECT", project)
    configure_project("showerforge")
    with KedroSession.create(project, env="quick", runtime_params=parameters) as session:
        session.run(pipeline_names=["data_processing"], node_names=NODES, runner=ResumableRunner())
