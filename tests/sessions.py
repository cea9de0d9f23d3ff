"""Runs of Kedro within this process, on a copy of the project."""

from pathlib import Path
from typing import Any

import mlflow
import pytest
from kedro.framework.project import configure_project
from kedro.framework.session import KedroSession

from showerforge import configuration
from showerforge.errors import find_input_error
from showerforge.runner import ResumableRunner

#: the first node of the first stage, of some seconds
NODES = ["magic.data_processing.quarantine_events"]


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
