"""Project settings, read by Kedro when a session starts."""

import os
from pathlib import Path
from typing import Any

import yaml
from kedro.framework.project import configure_logging
from kedro.utils import find_kedro_project

from showerforge.environment import prepare
from showerforge.errors import show_input_errors_plainly

PROJECT = find_kedro_project(Path.cwd()) or Path.cwd()

prepare()
show_input_errors_plainly()

# Kedro looks for it in the working directory only.
if (PROJECT / "conf" / "logging.yml").is_file():
    configure_logging(yaml.safe_load((PROJECT / "conf" / "logging.yml").read_text()))


def _make_hooks() -> tuple[Any, ...]:
    """Load the libraries that hooks bring along after `prepare`, also in a notebook."""
    from showerforge import hooks

    return (
        hooks.ParameterHooks(),
        hooks.NetworkHooks(),
        hooks.ExecutionHooks(),
        hooks.TrackingHooks(),
        hooks.ClosingTableHooks(),
        # after all others
        hooks.PartitionHooks(),
    )


HOOKS = _make_hooks()

# TrackingHooks is kedro-mlflow's hook, adapted. kedro-viz's would write a folder .viz into the
# project at every run, kedro-telemetry's has nothing to do.
DISABLE_HOOKS_FOR_PLUGINS = ("kedro_mlflow", "kedro-viz", "kedro-telemetry")

CONFIG_LOADER_ARGS = {
    "base_env": "base",
    "default_run_env": "local",
    # environments hold only what differs, down to the single parameter
    "merge_strategy": {"parameters": "soft", "mlflow": "soft"},
    "custom_resolvers": {
        "project_path": lambda path="": (PROJECT / path).as_posix(),
        "environment": lambda name, default: os.environ.get(name, default),
    },
}
