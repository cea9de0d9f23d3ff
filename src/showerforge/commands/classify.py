"""``showerforge classify``."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

import click

from showerforge.commands.options import (
    FILE,
    PATH,
    check_output,
    examples,
    json_option,
    releases_option,
)
from showerforge.commands.output import write_json
from showerforge.errors import ExitCode
from showerforge.extras import require_packages


@click.command(
    "classify",
    epilog=examples(
        "showerforge classify events.csv > scores.csv",
        "showerforge classify night.parquet --out scores.parquet --refused refused.parquet",
        "showerforge classify night.h5 --release 1f3c0a9b2d4e --out scores.csv --json",
    ),
)
@click.argument("file", type=FILE)
@releases_option
@click.option(
    "--release", default="champion", show_default=True, help="Name or alias of the release."
)
@click.option("--working-point", help="Name of the working point (default: that of the release).")
@click.option(
    "--out", type=PATH, help="Table of scores, .csv or .parquet (default: CSV to the output)."
)
@click.option("--refused", type=PATH, help="Table of refused events, .csv or .parquet.")
@json_option
@click.pass_context
def command(
    context: click.Context,
    file: Path,
    releases: Path,
    release: str,
    working_point: str | None,
    out: Path | None,
    refused: Path | None,
    as_json: bool,
) -> None:
    """Score the events of a FILE by a release.

    Parquet, CSV with a header, or HDF5; the parameters are found by name, in the units of the
    release, and all other columns travel along. Events that break physics are refused with the
    reason. With --json the counts are written, so that the scores need --out. Ends with 4 where no
    event at all could be scored.
    """
    check_output(as_json, out)
    require_packages("Scores", ("onnxruntime",), ("serve",))
    from showerforge.scoring.single import classify_table
    from showerforge.serving.releases import find_point, read_named

    scoring = read_named(releases, release)
    point = find_point(scoring, working_point)
    target = sys.stdout.buffer if out is None else out
    outcome = classify_table(file, scoring, point, target, refused)
    n_refused = outcome.n_events - outcome.n_scored
    if as_json:
        counts = {key: value for key, value in asdict(outcome).items() if key != "refused"}
        write_json({"release": scoring.name, "threshold": point.threshold, **counts})
    else:
        if n_refused:
            click.echo(f"{n_refused:,} events refused:\n{outcome.refused}", err=True)
        click.echo(
            f"{outcome.n_events:,} events: {outcome.n_scored:,} scored by release {scoring.name}, "
            f"{outcome.n_gamma:,} of them with a gammaness of at least {point.threshold:.4f}; "
            f"{n_refused:,} refused",
            err=out is None,
        )
    context.exit(ExitCode.FINE if outcome.n_scored else ExitCode.OPEN)
