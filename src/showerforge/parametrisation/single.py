"""Image files measured into one table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from pydantic import ValidationError

from showerforge.cameras.columns import IMAGE_PARAMETERS
from showerforge.cameras.ctapipe_files import FocalLengthChoice, ReaderSettings
from showerforge.cameras.settings import MeasurementSettings
from showerforge.errors import InputError, list_settings
from showerforge.events.output import open_output
from showerforge.events.schema import HILLAS_PARAMETERS
from showerforge.parametrisation.work import Parametrisation, as_arrow
from showerforge.partitions.writing import REASON

#: images in memory at a time
BATCH_EVENTS = 2048
#: name of the file that an image is in
FILE = "file"


@dataclass(frozen=True)
class Outcome:
    """What came of image files.

    Attributes
    ----------
    n_images, n_kept : all, and those in the table.
    reasons : refused images by what is wrong with them.
    camera : name of the camera of the last file.
    """

    n_images: int
    n_kept: int
    reasons: dict[str, int]
    camera: str


def make_work(
    cleaning: Mapping[str, Any],
    source: tuple[float, float] | None = None,
    photons_per_photo_electron: float | None = None,
    camera: str | None = None,
    focal_length_choice: FocalLengthChoice = "EFFECTIVE",
    telescopes: Sequence[str] = (),
) -> Parametrisation:
    """Say how images are measured; no cut is made but that they have enough pixels.

    Parameters
    ----------
    cleaning : entries of `CleaningSettings`; None takes the default.
    source : deg in the field of view; None is where a simulation has put it, or the centre.
    photons_per_photo_electron : for sizes of the MAGIC table; None if these are not wanted.
    camera : that images must be of; None for any.
    focal_length_choice : see `showerforge.cameras.ctapipe_files.ReaderSettings`.
    telescopes : ids, types or cameras; none for all.

    Raises
    ------
    InputError
        If a setting is wrong.
    """
    x, y = source or (None, None)
    given = {name: value for name, value in cleaning.items() if value is not None}
    try:
        measurement = MeasurementSettings.model_validate(
            {"cleaning": given, "source_x": x, "source_y": y, "cuts": []}
        )
    except ValidationError as error:
        raise InputError(
            f"Images cannot be measured so:\n{list_settings(error.errors())}"
        ) from error
    names = tuple(int(name) if name.isdecimal() else name for name in telescopes)
    return Parametrisation(
        measurement,
        photons_per_photo_electron or 1.0,
        camera,
        ReaderSettings(focal_length_choice, names or None),
        BATCH_EVENTS,
    )


def tabulate_images(
    files: Sequence[Path],
    work: Parametrisation,
    as_magic: bool,
    target: Path | IO[bytes],
    refused: Path | None = None,
) -> Outcome:
    """Measure the images of files, one after the other.

    Parameters
    ----------
    files : event-image files, of sim_telarray or of ctapipe.
    work : how images are measured, and which are good enough.
    as_magic : whether the table has the ten parameters of the MAGIC table, or all image parameters.
    target : where the table goes: ``file``, what is known about each image, ``row`` in the file,
        and the parameters; see `showerforge.events.output.open_output`.
    refused : where images go that are not good enough, with the ``reason``; None for nowhere.

    Returns
    -------
    outcome : what came of them.

    Raises
    ------
    InputError
        If a file cannot be read, or there are no images.
    """
    left_out = list(IMAGE_PARAMETERS if as_magic else HILLAS_PARAMETERS)
    reasons: Counter[str] = Counter()
    n_images, camera = 0, ""
    with ExitStack() as opened:
        write = opened.enter_context(open_output(target))
        write_refused = opened.enter_context(open_output(refused)) if refused else None
        for file in files:
            for measured in work.measure(file):
                for table, put in ((measured.kept, write), (measured.refused, write_refused)):
                    if put is not None and len(table):
                        own = table.drop(columns=left_out)
                        own.insert(0, FILE, file.name)
                        put(as_arrow(own))
                reasons.update(measured.refused[REASON])
                n_images += len(measured.kept) + len(measured.refused)
                camera = measured.camera.name
        if not n_images:
            raise InputError("There are no images of showers in these files.")
    n_refused = sum(reasons.values())
    return Outcome(n_images, n_images - n_refused, dict(reasons.most_common()), camera)
