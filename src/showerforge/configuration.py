"""How the files in ``conf`` are read, and which of them has said what."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import yaml

from showerforge.nested import flatten
from showerforge.project import find_project

PROJECT = find_project() or Path.cwd()
#: of Kedro's `OmegaConfigLoader`
CONFIG_LOADER_ARGS: dict[str, Any] = {
    "base_env": "base",
    "default_run_env": "local",
    # of kedro-mlflow
    "config_patterns": {"mlflow": ["mlflow*", "mlflow*/**", "**/mlflow*"]},
    # environments hold only what differs, down to the single parameter
    "merge_strategy": {"parameters": "soft", "mlflow": "soft"},
    "custom_resolvers": {
        "project_path": lambda path="": (PROJECT / path).as_posix(),
        "environment": lambda name, default: os.environ.get(name, default),
    },
}


def open_configuration(project: Path, environment: str | None = None) -> Any:
    """Open the configuration of a project, as a run would, but without one.

    Parameters
    ----------
    project : its folder.
    environment : folder in ``conf``; None for the default one.

    Returns
    -------
    configuration : Kedro's loader, with ``parameters``, ``catalog`` and ``mlflow``.
    """
    from kedro.config import OmegaConfigLoader

    return OmegaConfigLoader(str(project / "conf"), env=environment, **CONFIG_LOADER_ARGS)


def parameter_origins(conf: Path, environments: list[str]) -> dict[str, str]:
    """Tell in which file each parameter, and each block, was set last.

    Returns
    -------
    origins : file, relative to the project, by dotted name.
    """
    origins: dict[str, str] = {}
    for environment in environments:
        files = sorted((conf / environment).glob("**/parameters*/**/*.yml"))
        for file in [*files, *sorted((conf / environment).glob("**/parameters*.yml"))]:
            values = yaml.safe_load(file.read_text("utf-8")) or {}
            for name in flatten(values):
                while name:
                    origins[name] = str(file.relative_to(conf.parent))
                    name = name.rpartition(".")[0]
    return origins
