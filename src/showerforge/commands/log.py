"""``showerforge log``."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import click

from showerforge.commands.options import DAYS, LOG, examples, json_option, path_option
from showerforge.commands.output import write_json


@click.group("log")
def command() -> None:
    """Write days of the prediction log as Parquet."""


@command.command(
    "compact",
    epilog=examples("showerforge log compact --keep 30", "showerforge log compact --today --json"),
)
@path_option("--log", LOG, "File of the prediction log.")
@path_option("--days", DAYS, "Folder of the days.")
@click.option(
    "--keep",
    type=click.FloatRange(min=0),
    default=30.0,
    show_default=True,
    help="Days that answers stay.",
)
@click.option("--today", is_flag=True, help="Write the day that is under way, too.")
@json_option
def compact(log: Path, days: Path, keep: float, today: bool, as_json: bool) -> None:
    """Write each finished day as a Parquet file, and forget old answers.

    Each finished day (UTC) that is not written yet is written, as `showerforge monitor` and `kedro
    run --pipelines monitoring` read them; answers that are older than --keep days and written are
    deleted.
    """
    from showerforge.serving.compaction import compact

    done = compact(log, days, datetime.fromtimestamp(time.time(), UTC), keep, today)
    if as_json:
        written = {str(path): n for path, n in done.written.items()}
        write_json({"written": written, "forgotten": done.n_forgotten})
        return
    for path, n in done.written.items():
        click.echo(f"{path}: {n:,} events")
    click.echo(f"{done.n_forgotten:,} answers forgotten")
