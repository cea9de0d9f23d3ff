"""``showerforge resample``."""

from __future__ import annotations

from pathlib import Path

import click

from showerforge.commands.options import (
    FILE,
    PATH,
    TO_LEARN,
    TO_SCORE,
    examples,
    json_option,
)
from showerforge.commands.output import write_json
from showerforge.project import in_project

TABLE = "data/05_model_input/magic/test_events.parquet"
LABELLED = "data/03_primary/magic/events.parquet"


@click.command(
    "resample",
    epilog=examples(
        f"showerforge resample {TABLE}",
        f"showerforge resample {TABLE} --events 10000000 --partitions 160",
        f"showerforge resample {LABELLED} --labelled",
    ),
)
@click.argument("table", type=FILE)
@click.option(
    "--folder",
    type=PATH,
    help=f"Folder of the partitions.  [default: {TO_SCORE}; with --labelled {TO_LEARN}]",
)
@click.option("--labelled", is_flag=True, help="Keep the class and all other columns.")
@click.option(
    "--events",
    type=click.IntRange(min=1),
    default=1_000_000,
    show_default=True,
    help="How many events.",
)
@click.option(
    "--partitions",
    type=click.IntRange(min=1),
    default=16,
    show_default=True,
    help="How many files.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the draw.")
@json_option
def command(
    table: Path,
    folder: Path | None,
    labelled: bool,
    events: int,
    partitions: int,
    seed: int,
    as_json: bool,
) -> None:
    """Draw events of a TABLE again, by the million, for tests of large work.

    With replacement and new ids, into Parquet partitions that `kedro run --pipelines scoring`
    reads; with --labelled, `kedro run --pipelines training_at_scale`. TABLE is Parquet, CSV with a
    header, or HDF5.
    """
    from showerforge.events.schema import HILLAS_PARAMETERS
    from showerforge.scoring.resampling import resample_events

    if partitions > events:
        raise click.BadParameter(
            f"it must be from 1 to the number of events, {events:,}.", param_hint="--partitions"
        )
    folder = folder or in_project(TO_LEARN if labelled else TO_SCORE)
    files = resample_events(table, folder, HILLAS_PARAMETERS, events, partitions, seed, labelled)
    if as_json:
        write_json({"events": events, "files": files})
    else:
        click.echo(f"{events:,} events in {len(files)} partitions of {folder}")
