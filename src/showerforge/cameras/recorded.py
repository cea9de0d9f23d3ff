"""Files of other programs as one source of event images."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pydantic.dataclasses

from showerforge.cameras.camera import Camera
from showerforge.cameras.ctapipe_files import (
    ReaderSettings,
    describe_dl1,
    describe_simtel,
    source_of_dl1,
)
from showerforge.cameras.images import EventImages
from showerforge.cameras.readers import read_dl1, read_simtel
from showerforge.cameras.sources import SIMULATED, join_sources
from showerforge.cameras.streams import check_charges, is_same_camera
from showerforge.cameras.truth import UNKNOWN
from showerforge.errors import InputError
from showerforge.events.schema import GAMMA, HADRON

Kind = Literal["simtel", "dl1"]
#: how the names of files of each kind end
ENDINGS: dict[Kind, tuple[str, ...]] = {
    "simtel": (".simtel", ".simtel.zst", ".simtel.gz"),
    "dl1": (".h5", ".hdf5"),
}
#: what made the files, as figures say it
MADE_BY = "sim_telarray or ctapipe file"
#: what reads files of each kind
READ: dict[Kind, Callable[[Path, ReaderSettings, int], Iterator[EventImages]]] = {
    "simtel": read_simtel,
    "dl1": read_dl1,
}
_DESCRIBE: dict[Kind, Callable[[Path, ReaderSettings], tuple[Camera, tuple[int, ...]]]] = {
    "simtel": describe_simtel,
    "dl1": describe_dl1,
}


@pydantic.dataclasses.dataclass(frozen=True)
class RecordedFile:
    """One of the files.

    Attributes
    ----------
    path : the file.
    kind : what wrote it: "simtel" is sim_telarray, "dl1" ctapipe-process.
    particle : what its events are, where no simulation says it.
    """

    path: Path
    kind: Kind
    particle: str | None = None


def kind_of(path: Path) -> Kind:
    """Tell by the ending of its name what wrote a file.

    Raises
    ------
    InputError
        If the ending is none of `ENDINGS`.
    """
    for kind, endings in ENDINGS.items():
        if path.name.lower().endswith(endings):
            return kind
    known = ", ".join(ending for endings in ENDINGS.values() for ending in endings)
    raise InputError(
        f"{path}: the ending tells nothing about what wrote the file (known: {known}). Set `kind: "
        "simtel` or `kind: dl1` in the catalog entry."
    )


@dataclass(frozen=True)
class RecordedImages:
    """Images of several files, read as often as one likes; an `ImageSource`.

    Attributes
    ----------
    files : read in this order; all of one camera.
    settings : which telescopes, which focal length.
    maximum_events : images that are taken from each file at most; None for all.

    Raises
    ------
    InputError
        While reading: see `read_simtel` and `read_dl1`; also if a charge is not finite, cameras
        differ, or what the events are is not told, or told in two ways.
    """

    files: tuple[RecordedFile, ...]
    settings: ReaderSettings = field(default_factory=ReaderSettings)
    maximum_events: int | None = None

    @cached_property
    def camera(self) -> Camera:
        """Camera of the first file."""
        first = self.files[0]
        return _DESCRIBE[first.kind](first.path, self.settings)[0]

    @property
    def attributes(self) -> dict[str, Any]:
        """Where the images come from."""
        return {
            "source": join_sources(map(_source_of, self.files)),
            "made_by": MADE_BY,
            "files": [file.path.name for file in self.files],
            "focal_length_choice": self.settings.focal_length_choice,
        }

    def batches(self, size: int) -> Iterator[EventImages]:
        """Yield the images, at most `size` at a time.

        The table has, beside `TRUTH_COLUMNS`, ``primary`` and ``particle``: ``obs_id``,
        ``array_event`` and ``telescope`` as in the files, and ``shower_id``, the same for all
        images of a shower: those of several telescopes, and those of its uses in the
        simulation. Events and showers are numbered from 0 over all files.
        """
        numbers: dict[tuple[Any, ...], int] = {}
        n_events = 0
        for file in self.files:
            n_of_file = 0
            for images in READ[file.kind](file.path, self.settings, size):
                check_charges(images, str(file.path))
                if not is_same_camera(images.camera, self.camera):
                    raise InputError(
                        f"{file.path}: its camera {images.camera.name!r} is not that of "
                        f"{self.files[0].path}, {self.camera.name!r}. Make a catalog entry for "
                        "each camera."
                    )
                if self.maximum_events is not None:
                    images = images.take(slice(0, self.maximum_events - n_of_file))
                yield EventImages(
                    self.camera, _number(images.table, file, n_events, numbers), images.images
                )
                n_of_file += len(images)
                n_events += len(images)
                if n_of_file == self.maximum_events:
                    break
            if n_of_file == 0:
                raise InputError(
                    f"{file.path}: the file has no images of showers by the telescopes wanted."
                )


def _source_of(file: RecordedFile) -> str:
    # sim_telarray does nothing but simulate
    return SIMULATED if file.kind == "simtel" else source_of_dl1(file.path)


def _number(
    table: pd.DataFrame, file: RecordedFile, n_before: int, numbers: dict[tuple[Any, ...], int]
) -> pd.DataFrame:
    """Number events and showers, adding to `numbers` the showers that are new."""
    particles = _particles(table["primary"], file)
    keys = zip(particles, table["obs_id"], table["shower"], strict=True)
    showers = [numbers.setdefault(key, len(numbers)) for key in keys]
    index = pd.RangeIndex(n_before, n_before + len(table), name="event_id")
    return (
        table.reset_index(names="array_event")
        .drop(columns="shower")
        .assign(particle=particles.to_numpy(), shower_id=np.array(showers, dtype=np.int64))
        .set_index(index)
    )


def _particles(primaries: pd.Series, file: RecordedFile) -> pd.Series:
    """Tell gammas from all else, by the simulation or by the file."""
    told = primaries.where(primaries != UNKNOWN)
    particles = pd.Series(np.where(told == GAMMA, GAMMA, HADRON), primaries.index, dtype="str")
    if file.particle is None:
        if told.isna().any():
            raise InputError(
                f"{file.path}: the file does not say what its events are. Name the files of each "
                f"class by `files: {{{GAMMA}: [...], {HADRON}: [...]}}` in the catalog entry."
            )
        return particles
    wrong = told[told.notna() & (particles != file.particle)]
    if len(wrong):
        raise InputError(
            f"{file.path}: is named as a file of {file.particle}s, but has simulated "
            f"{', '.join(wrong.unique())} events, first the event {wrong.index[0]}."
        )
    return particles.where(told.notna(), file.particle)
