"""``showerforge resample``."""

from __future__ import annotations

from pathlib import Path

import click

from showerforge.commands.options import FILE, TO_SCORE, examples, json_option, path_option
from showerforge.commands.output import write_json

TABLE = "data/05_model_input/magic/test_events.parquet"


@click.command(
    "resample",
    epilog=examples(
        f"showerforge resample {TABLE}",
        f"showerforge resample {TABLE} --events 10000000 --partitions 160",
    ),
)
@click.argument("table", type=FILE)
@path_option("--folder", TO_SCORE, "Folder of the partitions.")
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
    table: Path, folder: Path, events: int, partitions: int, seed: int, as_json: bool
) -> None:
    """Draw events of a TABLE again, by the million, for load tests.

    With replacement and new ids, into Parquet partitions that `kedro run --pipelines scoring`
    reads. TABLE is Parquet, CSV with a header, or HDF5.
    """
    from showerforge.events.schema import HILLAS_PARAMETERS
    from showerforge.scoring.resampling import resample_events

    if partitions > events:
        raise click.BadParameter(
            f"it must be from 1 to the number of events, {events:,}.", param_hint="--partitions"
        )
    files = resample_events(table, folder, HILLAS_PARAMETERS, events, partitions, seed)
    if as_json:
        write_json({"events": events, "files": files})
    else:
        click.echo(f"{events:,} events in {len(files)} partitions of {folder}")
