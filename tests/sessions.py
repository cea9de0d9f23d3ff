"""Runs of Kedro within this process, on a project with configuration and data only."""

import shutil
from pathlib import Path
from typing import Any

import mlflow
import pytest
from kedro.framework.project import configure_project
from kedro.framework.session import KedroSession
from toys import PROJECT

from showerforge import configuration
from showerforge.errors import find_input_error
from showerforge.runner import ResumableRunner

#: the first node of the first stage, of some seconds
NODES = ["magic.data_processing.quarantine_events"]


def bare_project(folder: Path, magic_file: Path | None) -> Path:
    """Put configuration and data into a folder."""
    shutil.copytree(PROJECT / "conf", folder / "conf", ignore=shutil.ignore_patterns("local"))
    (folder / "conf/local").mkdir()
    (folder / "data/01_raw").mkdir(parents=True)
    shutil.copy2(PROJECT / "pyproject.toml", folder)
    if magic_file is not None:
        shutil.copy2(magic_file, folder / "data/01_raw")
    return folder


def run_here(
    project: Path,
    patch: pytest.MonkeyPatch,
    pipeline: str = "data_processing",
    nodes: list[str] | None = NODES,
    env: str | None = "quick",
    **parameters: Any,
) -> None:
    """Run a pipeline, by default one node of it."""
    patch.chdir(project)
    patch.setattr(configuration, "PROJECT", project)
    configure_project("showerforge")
    with KedroSession.create(project, env=env, runtime_params=parameters) as session:
        session.run(pipeline_names=[pipeline], node_names=nodes, runner=ResumableRunner())


def refusal_of(project: Path, patch: pytest.MonkeyPatch, **arguments: Any) -> str:
    """Tell why a run is refused; see `run_here`."""
    try:
        run_here(project, patch, **arguments)
    except Exception as error:
        refused = find_input_error(error)
        if refused is None:
            raise
        return str(refused)
    finally:
        mlflow.end_run()
    pytest.fail("the run was not refused")
