"""Where the project is, and how its pipelines are run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from showerforge.errors import InputError, MissingError, suggest_names


def find_project() -> Path | None:
    """Find the project that the current folder is in; None outside of any."""
    try:
        from kedro.utils import find_kedro_project
    except ImportError:
        # a service needs no Kedro
        return None
    project: Path | None = find_kedro_project(Path.cwd())
    return project


def in_project(path: str | Path) -> Path:
    """Make a path absolute that starts at the project, wherever in it the program was started.

    Parameters
    ----------
    path : relative to the project; outside of any project, to the current folder.
    """
    return (find_project() or Path.cwd()) / path


def require_project() -> Path:
    """Find the project, or say what to do.

    Raises
    ------
    MissingError
        If the current folder is in none.
    """
    project = find_project()
    if project is None:
        raise MissingError(
            f"{Path.cwd()} is in no project: neither it nor a folder above has a pyproject.toml of "
            "Kedro. Clone the repository of showerforge, and run this in its folder."
        )
    return project


def run_pipelines(
    pipelines: Sequence[str],
    environment: str | None,
    parameters: Sequence[str],
    tags: Sequence[str],
    resume: bool = False,
) -> None:
    """Run pipelines of the project as ``kedro run`` does.

    Parameters
    ----------
    pipelines : names; none for the default one.
    environment : folder in conf; None for the default one.
    parameters : such as ``magic.data_processing.n_folds=10``.
    tags : of the nodes that are run; none for all.
    resume : whether to leave out nodes that have finished, see `showerforge.ledger`.

    Raises
    ------
    MissingError
        If the current folder is in no project.
    InputError
        If it has no such pipeline, and for whatever the run does not accept.
    """
    project = require_project()
    from kedro.framework.cli.utils import find_run_command
    from kedro.framework.project import pipelines as known
    from kedro.framework.startup import bootstrap_project

    package = bootstrap_project(project).package_name
    unknown = [name for name in pipelines if name not in known]
    if unknown:
        raise InputError(
            f"{project} has no pipeline {unknown[0]!r}{suggest_names(unknown[0], known)}; it has "
            f"{', '.join(sorted(name for name in known if name != '__default__'))}."
        )
    options = {
        "--pipelines": pipelines,
        "--env": [environment] if environment else [],
        "--params": parameters,
        "--tags": tags,
    }
    arguments = [
        part for name, values in options.items() if values for part in (name, ",".join(values))
    ]
    if resume:
        arguments.append("--resume")
    run: Any = find_run_command(package)
    with run.make_context("kedro run", arguments) as context:
        run.invoke(context)
