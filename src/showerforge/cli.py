"""What the project adds to the command ``kedro``, which looks for it under this name."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import click
from kedro.framework.cli.project import run as kedro_run

from showerforge.errors import InputError, InterruptedRunError

as_kedro_does: Any = kedro_run.callback
RUNNER = "showerforge.runner.ResumableRunner"


class TerminatedError(KeyboardInterrupt):
    """The system has asked the program to end."""


@click.group()
def cli() -> None:
    """Commands of the project."""


def run_pipelines(resume: bool, **options: Any) -> Any:
    """Run pipelines, as Kedro does it, and end in order when asked to."""
    if resume and options["runner"]:
        raise InputError("--resume has a runner of its own; leave --runner out.")
    options["runner"] = options["runner"] or RUNNER
    if resume:
        options["runner_params"] = {**options["runner_params"], "resume": True}
    try:
        with _asked_to_end():
            return as_kedro_does(**options)
    except (KeyboardInterrupt, InterruptedRunError) as error:
        sys.stderr.write(f"\n{error}\n")
        was_asked = isinstance(error.__cause__ or error, TerminatedError)
        sys.exit(128 + (signal.SIGTERM if was_asked else signal.SIGINT))


@contextmanager
def _asked_to_end() -> Iterator[None]:
    """Have SIGTERM end the program as Ctrl-C does."""

    def end(number: int, frame: FrameType | None) -> None:
        raise TerminatedError("Ended by SIGTERM.")

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


run = click.Command(
    "run",
    params=[
        *kedro_run.params,
        click.Option(
            ["--resume"],
            is_flag=True,
            help="Go on with a run that was interrupted: leave out nodes that have finished and "
            "whose code, parameters, inputs and outputs are as they were.",
        ),
    ],
    callback=run_pipelines,
    help=kedro_run.help,
)
cli.add_command(run)
