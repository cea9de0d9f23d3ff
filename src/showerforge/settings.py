"""Project settings, read by Kedro when a session starts."""

from typing import Any

import yaml
from kedro.framework.project import configure_logging

from showerforge import configuration
from showerforge.environment import prepare
from showerforge.errors import show_input_errors_plainly

prepare()
show_input_errors_plainly()

# Kedro looks for it in the working directory only.
_logging = configuration.PROJECT / "conf" / "logging.yml"
if _logging.is_file():
    configure_logging(yaml.safe_load(_logging.read_text("utf-8")))


def _make_hooks() -> tuple[Any, ...]:
    """Load the libraries that hooks bring along after `prepare`, also in a notebook."""
    from showerforge import hooks

    # before a run, those that may refuse it are called first, from the last to the first of them
    return (
        hooks.ParameterHooks(),
        hooks.ExecutionHooks(),
        hooks.RunHooks(),
        hooks.InputHooks(),
        hooks.NetworkHooks(),
        hooks.TrackingHooks(),
        hooks.ClosingTableHooks(),
        # after all others
        hooks.PartitionHooks(),
    )


HOOKS = _make_hooks()

# TrackingHooks is kedro-mlflow's hook, adapted. kedro-viz's would write a folder .viz into the
# project at every run, kedro-telemetry's has nothing to do.
DISABLE_HOOKS_FOR_PLUGINS = ("kedro_mlflow", "kedro-viz", "kedro-telemetry")

CONFIG_LOADER_ARGS = configuration.CONFIG_LOADER_ARGS
