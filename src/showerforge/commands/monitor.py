"""``showerforge monitor``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from showerforge.commands.options import (
    LOG,
    THERE,
    examples,
    json_option,
    releases_option,
)
from showerforge.commands.output import align, write_json
from showerforge.errors import ExitCode
from showerforge.extras import require_packages
from showerforge.project import in_project


@click.command(
    "monitor",
    epilog=examples(
        "showerforge monitor",
        "showerforge monitor data/07_model_output/magic/served_events",
        "showerforge monitor 2026-11-27.parquet --release 1f3c0a9b2d4e --json",
    ),
)
@click.argument("source", type=THERE, required=False)
@releases_option
@click.option(
    "--release",
    default="champion",
    show_default=True,
    help="Name or alias of the release whose reference events are compared with.",
)
@json_option
@click.pass_context
def command(
    context: click.Context, source: Path | None, releases: Path, release: str, as_json: bool
) -> None:
    """Compare served events with what the release expects.

    SOURCE is a prediction log, a day that `showerforge log compact` has written, or a folder of
    days; by default the log of the project. Only events that the release has scored are compared.
    Ends with 1 where a window of events raises an alarm, and with 4 where no window was full.
    """
    require_packages("Monitors", ("onnxruntime",), ("serve",))
    from showerforge.monitoring.days import watch_days
    from showerforge.serving.compaction import find_days
    from showerforge.serving.releases import read_named

    watched = read_named(releases, release)
    days = find_days(in_project(LOG) if source is None else source)
    _, alarms, totals, metrics = watch_days(days, watched)
    rows = totals.astype(object).where(totals.notna(), None).to_dict("records")
    if as_json:
        counts = {name: int(number) for name, number in metrics.items()}
        write_json(
            {
                "release": watched.name,
                **counts,
                "alarms": alarms.to_dict("records"),
                "columns": rows,
            }
        )
    else:
        _tell(rows, alarms.to_dict("records"), metrics, watched.units)
    if not metrics["windows"]:
        context.exit(ExitCode.OPEN)
    context.exit(ExitCode.NO if metrics["windows_with_alarm"] else ExitCode.FINE)


def _tell(
    columns: list[dict[str, Any]],
    alarms: list[dict[str, Any]],
    metrics: dict[str, float],
    units: dict[str, str],
) -> None:
    from showerforge.monitoring.tables import write_apart, write_significance

    rows = [("condition", "column", "median", "expected", "unit", "distance", "chance")]
    for row in columns:
        medians = write_apart(row["median"], row["expected_median"])
        chance = write_significance(row["significance"])
        rows.append(
            (
                row["condition"],
                row["column"],
                *medians,
                units[row["column"]],
                f"{row['distance']:.3f}",
                chance,
            )
        )
    click.echo(f"{align(rows)}\n")
    for alarm in alarms:
        click.echo(f"Alarm on {alarm['day']}, {alarm['condition']}: {alarm['alarm']}")
    click.echo(
        f"{metrics['windows_with_alarm']:,.0f} of {metrics['windows']:,.0f} windows raise an "
        f"alarm; {metrics['events']:,.0f} events."
    )
    if not metrics["windows"]:
        click.echo("No window is full yet, so that nothing is judged.")
