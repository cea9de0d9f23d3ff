"""``showerforge run``."""

from __future__ import annotations

import click

from showerforge.commands.options import examples
from showerforge.project import run_pipelines


@click.command(
    "run",
    epilog=examples(
        "showerforge run",
        "showerforge run taiga --env quick",
        "showerforge run modelling reporting --params seed=7",
    ),
)
@click.argument("pipelines", nargs=-1)
@click.option("--env", "environment", help="Environment: a folder in conf, such as quick.")
@click.option(
    "--params",
    "parameters",
    multiple=True,
    metavar="NAME=VALUE",
    help="Parameter for this run, such as magic.data_processing.n_folds=10; may be repeated.",
)
@click.option("--tags", multiple=True, help="Only nodes with this tag; may be repeated.")
@click.option(
    "--resume", is_flag=True, help="Go on with a run that was interrupted: leave what is finished."
)
def command(
    pipelines: tuple[str, ...],
    environment: str | None,
    parameters: tuple[str, ...],
    tags: tuple[str, ...],
    resume: bool,
) -> None:
    """Run PIPELINES of the project that this folder is in.

    The same as `kedro run --pipelines NAME`, which has more options; without PIPELINES the
    experiment magic.
    """
    run_pipelines(pipelines, environment, parameters, tags, resume)
