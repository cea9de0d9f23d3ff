"""The command ``showerforge``: what goes on beside pipelines."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import showerforge
from showerforge.errors import InputError, show_input_errors_plainly

#: of the folder of releases, the log and its days, beneath a project
RELEASES = Path("data/06_models/magic/releases")
LOG = Path("data/07_model_output/magic/predictions.sqlite")
TO_SCORE = Path("data/01_raw/magic/events_to_score")
DAYS = Path("data/07_model_output/magic/served_events")
#: what a service imports beside NumPy and pydantic
SERVICE_PACKAGES = (
    "fastapi",
    "httptools",
    "jinja2",
    "onnxruntime",
    "prometheus_client",
    "uvicorn",
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command."""
    show_input_errors_plainly()
    given = build_parser().parse_args(arguments)
    try:
        given.run(given)
    except KeyboardInterrupt:
        sys.exit(130)


def build_parser() -> argparse.ArgumentParser:
    """Describe the command."""
    parser = argparse.ArgumentParser(
        prog="showerforge",
        description="Serve classifiers, and look after releases and the log of predictions. "
        "Pipelines are run by `kedro run`.",
    )
    parser.add_argument("--version", action="version", version=showerforge.__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_serve(commands)
    _add_releases(commands)
    _add_log(commands)
    _add_resample(commands)
    return parser


def _add_serve(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    serve = commands.add_parser(
        "serve",
        help="score events over HTTP",
        description="Score events over HTTP with the champion of a folder of releases. "
        "`kedro run --pipelines release` makes releases. SIGTERM ends the service when all is "
        "answered, SIGHUP takes the releases that are named now.",
    )
    serve.add_argument("--settings", type=Path, help="file in TOML; see docs/serving.md")
    serve.add_argument("--releases", type=Path, help=f"folder of releases (default: {RELEASES})")
    serve.add_argument("--log", type=Path, help=f"file of the prediction log (default: {LOG})")
    serve.add_argument("--host", help="address to listen at (default: 127.0.0.1)")
    serve.add_argument("--port", type=int, help="port (default: 8000)")
    serve.set_defaults(run=_serve)


def _serve(given: argparse.Namespace) -> None:
    from showerforge.extras import require_packages

    require_packages("Services", SERVICE_PACKAGES, ("serve",))
    from showerforge.serving.server import serve
    from showerforge.serving.settings import read_settings

    serve(
        read_settings(
            given.settings,
            releases=given.releases,
            log=given.log,
            host=given.host,
            port=given.port,
        )
    )


def _add_releases(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    releases = commands.add_parser("releases", help="list releases, and choose the one in use")
    releases.add_argument("--releases", type=Path, default=RELEASES, help="folder of releases")
    actions = releases.add_subparsers(required=True, metavar="ACTION")
    actions.add_parser("list", help="list all, with their aliases").set_defaults(run=_list)
    promote = actions.add_parser(
        "promote", help="make a release the champion; the one before to roll back"
    )
    promote.add_argument("release", help="name of the release")
    promote.add_argument(
        "--even-if-worse",
        action="store_true",
        help="also one that takes other parameters, or has a figure of merit whose whole interval "
        "lies below that of the champion",
    )
    promote.set_defaults(run=_promote)
    challenge = actions.add_parser("challenge", help="let a release score beside the champion")
    challenge.add_argument("release", help="name of the release")
    challenge.set_defaults(run=_challenge)
    actions.add_parser("unchallenge", help="have no challenger any more").set_defaults(
        run=_challenge, release=None
    )


def _list(given: argparse.Namespace) -> None:
    from showerforge.serving.releases import list_releases, read_aliases, read_release

    aliases = {name: alias for alias, name in read_aliases(given.releases).items()}
    for name in list_releases(given.releases):
        manifest = read_release(given.releases / name).manifest
        figures = ", ".join(f"{k} {f.value:.4f}" for k, f in manifest.figures.items())
        line = f"{name}  {aliases.get(name, ''):10}  {manifest.experiment}: {manifest.model}  "
        sys.stdout.write(f"{line}{figures}\n")


def _add_resample(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    resample = commands.add_parser(
        "resample",
        help="draw events of a table again, by the million, for load tests",
        description="Draw events of a table with replacement, with new ids, and write them as "
        "Parquet partitions that `kedro run --pipelines scoring` reads.",
    )
    resample.add_argument("table", type=Path, help="Parquet, CSV with a header, or HDF5")
    resample.add_argument("--folder", type=Path, default=TO_SCORE, help="of the partitions")
    resample.add_argument("--events", type=int, default=1_000_000, help="how many")
    resample.add_argument("--partitions", type=int, default=16, help="files")
    resample.add_argument("--seed", type=int, default=0, help="of the draw")
    resample.set_defaults(run=_resample)


def _resample(given: argparse.Namespace) -> None:
    from showerforge.events.schema import HILLAS_PARAMETERS
    from showerforge.scoring.resampling import resample_events

    if not 1 <= given.partitions <= given.events:
        raise InputError(
            f"--partitions is {given.partitions}; it must be from 1 to the number of events, "
            f"{given.events:,}."
        )
    numbers = (given.events, given.partitions, given.seed)
    files = resample_events(given.table, given.folder, HILLAS_PARAMETERS, *numbers)
    sys.stdout.write(f"{given.events:,} events in {len(files)} partitions of {given.folder}\n")


def _promote(given: argparse.Namespace) -> None:
    from showerforge.serving.releases import promote

    _tell_aliases(promote(given.releases, given.release, given.even_if_worse))


def _challenge(given: argparse.Namespace) -> None:
    from showerforge.serving.releases import challenge

    _tell_aliases(challenge(given.releases, given.release))


def _tell_aliases(aliases: Mapping[str, str]) -> None:
    names = ", ".join(f"{alias} {name}" for alias, name in aliases.items())
    sys.stdout.write(f"{names}\nA service that runs takes it by SIGHUP or POST /v1/admin/reload.\n")


def _add_log(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    log = commands.add_parser("log", help="write days of the prediction log as Parquet")
    actions = log.add_subparsers(required=True, metavar="ACTION")
    compact = actions.add_parser(
        "compact",
        help="write each finished day as a Parquet file, and forget old answers",
        description="Write each finished day (UTC) that is not written yet as a Parquet file, as "
        "`kedro run --pipelines monitoring` reads them, and delete answers that are older than "
        "--keep days and written.",
    )
    compact.add_argument("--log", type=Path, default=LOG, help="file of the prediction log")
    compact.add_argument("--days", type=Path, default=DAYS, help="folder of the days")
    compact.add_argument("--keep", type=float, default=30.0, help="days that answers stay")
    compact.add_argument(
        "--today", action="store_true", help="write the day that is under way, too"
    )
    compact.set_defaults(run=_compact)


def _compact(given: argparse.Namespace) -> None:
    from showerforge.serving.compaction import compact

    if given.keep < 0:
        raise InputError(f"--keep is {given.keep:g}; days cannot be negative.")
    now = datetime.fromtimestamp(time.time(), UTC)
    done = compact(given.log, given.days, now, given.keep, given.today)
    for path, n in done.written.items():
        sys.stdout.write(f"{path}: {n:,} events\n")
    sys.stdout.write(f"{done.n_forgotten:,} answers forgotten\n")
