"""The command ``showerforge``: what goes on beside pipelines, and in front of them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import click

import showerforge
from showerforge.commands import (
    certify,
    classify,
    doctor,
    hillas,
    log,
    monitor,
    releases,
    report,
    resample,
    run,
    serve,
)
from showerforge.commands.options import examples
from showerforge.commands.output import logging_to_stderr
from showerforge.environment import prepare
from showerforge.errors import ExitCode, find_input_error

#: commands that say themselves where logs go
LOGGING_THEMSELVES = ("run", "serve")


class Commands(click.Group):
    """Commands that end as `ExitCode` says, whatever goes wrong within."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except (KeyboardInterrupt, click.Abort):
            ctx.exit(ExitCode.INTERRUPTED)
        except (click.exceptions.Exit, click.UsageError, BrokenPipeError):
            raise
        except click.ClickException as error:
            error.show()
            ctx.exit(ExitCode.BAD_INPUT)
        except Exception as error:
            reason = find_input_error(error)
            if reason is None:
                sys.excepthook(type(error), error, error.__traceback__)
                ctx.exit(ExitCode.FAULT)
            click.echo(f"\nError: {reason}\n", err=True)
            ctx.exit(reason.exit_code)


@click.group(
    "showerforge",
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=examples(
        "showerforge run taiga --env quick",
        "showerforge certify real.csv synthetic.csv --train train.csv",
        "showerforge serve",
    ),
)
@click.version_option(showerforge.__version__, message="%(version)s")
@click.pass_context
def command(context: click.Context) -> None:
    """Synthetic events that are judged, classifiers that are served and watched.

    `showerforge COMMAND --help` has the options and examples of each. Most commands need no
    project; in one, they know where its data are. Exit codes: 0 fine, 1 the answer is no, 2 bad
    usage or input, 3 something is missing, 4 not enough to tell; see docs/command-line.md.
    """
    prepare()
    if context.invoked_subcommand not in LOGGING_THEMSELVES:
        context.with_resource(logging_to_stderr())


for _module in (
    run,
    report,
    certify,
    hillas,
    classify,
    monitor,
    serve,
    releases,
    log,
    resample,
    doctor,
):
    command.add_command(_module.command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command."""
    command.main(arguments, prog_name="showerforge")
