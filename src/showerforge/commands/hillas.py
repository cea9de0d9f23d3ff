"""``showerforge hillas``."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

import click

from showerforge.commands.options import FILE, PATH, check_output, examples, json_option
from showerforge.commands.output import write_json
from showerforge.errors import ExitCode


@click.command(
    "hillas",
    epilog=examples(
        "showerforge hillas images.h5 > images.csv",
        "showerforge hillas run1.simtel.zst run2.simtel.zst --telescope LSTCam --out lst.parquet",
        "showerforge hillas night.dl1.h5 --magic --photons 3.5 --picture 8 --boundary 4",
    ),
)
@click.argument("files", type=FILE, nargs=-1, required=True)
@click.option("--magic", is_flag=True, help="Give the ten parameters of the MAGIC table.")
@click.option(
    "--photons",
    type=click.FloatRange(min=0, min_open=True),
    help="Photons for each photo-electron, needed by --magic, as that table has sizes in photons; "
    "3.5 is assumed of photomultipliers.",
)
@click.option(
    "--picture", type=float, help="Charge of pixels that make the image, p.e. (default: 6)."
)
@click.option(
    "--boundary", type=float, help="Charge of pixels that may border it, p.e. (default: 3)."
)
@click.option("--isolated", is_flag=True, help="Keep picture pixels without a neighbour.")
@click.option(
    "--neighbours", type=int, help="Picture pixels that a picture pixel must touch (default: 0)."
)
@click.option("--brightest", is_flag=True, help="Keep the brightest group of pixels only.")
@click.option("--pixels", type=int, help="Pixels that an image has at least (default: 3).")
@click.option(
    "--source",
    type=(float, float),
    metavar="X Y",
    help="Source in the field of view, deg (default: where a simulation has put it, or the "
    "centre).",
)
@click.option("--camera", help="Refuse files of another one: taiga, magic, or a geometry file.")
@click.option(
    "--telescope",
    "telescopes",
    multiple=True,
    help="Of simtel and DL1 files: id, type or camera; may be repeated.",
)
@click.option(
    "--nominal-focal-length",
    is_flag=True,
    help="Take the nominal focal length of simtel and DL1 files, not that from ray tracing.",
)
@click.option("--out", type=PATH, help="Table, .csv or .parquet (default: CSV to the output).")
@click.option("--refused", type=PATH, help="Table of images that are not good enough.")
@json_option
@click.pass_context
def command(
    context: click.Context,
    files: tuple[Path, ...],
    magic: bool,
    photons: float | None,
    picture: float | None,
    boundary: float | None,
    isolated: bool,
    neighbours: int | None,
    brightest: bool,
    pixels: int | None,
    source: tuple[float, float] | None,
    camera: str | None,
    telescopes: tuple[str, ...],
    nominal_focal_length: bool,
    out: Path | None,
    refused: Path | None,
    as_json: bool,
) -> None:
    """Clean and measure the camera images of FILES.

    Event-image files, files of sim_telarray, or DL1 files of ctapipe with images. Images that are
    too small, or have charges that are no numbers, are left out and counted. With --json the counts
    are written, so that the table needs --out. Ends with 4 where no image is left.
    """
    check_output(as_json, out)
    if magic and photons is None:
        raise click.UsageError("--magic needs --photons, such as 3.5 for photomultipliers.")
    from showerforge.parametrisation.single import make_work, tabulate_images

    work = make_work(
        {
            "picture": picture,
            "boundary": boundary,
            "keep_isolated": isolated,
            "minimum_picture_neighbours": neighbours,
            "islands": "brightest" if brightest else None,
            "minimum_pixels": pixels,
        },
        source,
        photons,
        camera,
        "EQUIVALENT" if nominal_focal_length else "EFFECTIVE",
        telescopes,
    )
    target = sys.stdout.buffer if out is None else out
    outcome = tabulate_images(files, work, magic, target, refused)
    if as_json:
        write_json(asdict(outcome))
    else:
        for reason, n in outcome.reasons.items():
            click.echo(f"{n:,} images left out: {reason}", err=out is None)
        click.echo(
            f"{outcome.n_kept:,} of {outcome.n_images:,} images of the camera {outcome.camera}",
            err=out is None,
        )
    context.exit(ExitCode.FINE if outcome.n_kept else ExitCode.OPEN)
