"""One image file: read, checked, cleaned, parametrised and written as a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import showerforge
from showerforge.cameras.camera import Camera
from showerforge.cameras.catalogue import build_camera
from showerforge.cameras.checks import tell_difference
from showerforge.cameras.columns import IMAGE_PARAMETERS
from showerforge.cameras.ctapipe_files import ReaderSettings
from showerforge.cameras.hillas import magic_parameters, parametrise
from showerforge.cameras.image_files import AnyImageFile
from showerforge.cameras.images import EventImages
from showerforge.cameras.settings import MeasurementSettings
from showerforge.errors import InputError
from showerforge.events.constraints import broken_constraints
from showerforge.events.schema import HILLAS_PARAMETERS
from showerforge.fingerprints import key_of
from showerforge.partitions.work import Files
from showerforge.partitions.writing import REASON, ROW, TableWriter, rename_taken

if TYPE_CHECKING:
    import pyarrow as pa

#: number of charges of a refused image that are no finite numbers
BAD_PIXELS = "bad_pixels"
IS_BAD = "charges that are no finite numbers"
NO_NUMBER = "a parameter that is no finite number"
EVENT_ID = "event_id"
_MADE_HERE = (*HILLAS_PARAMETERS, *IMAGE_PARAMETERS, ROW, BAD_PIXELS, REASON)


@dataclass(frozen=True, eq=False)
class Measured:
    """Some images of a file, measured.

    Attributes
    ----------
    camera : that took them.
    kept : what is known about each, ``row`` in the file, Hillas parameters and image parameters.
    refused : the same of those that are refused, with ``bad_pixels`` and the ``reason``.
    """

    camera: Camera
    kept: pd.DataFrame
    refused: pd.DataFrame


@dataclass(frozen=True)
class Parametrisation:
    """What is done with an image file; a `showerforge.partitions.work.Work`.

    Attributes
    ----------
    measurement : cleaning, source and cuts.
    photons_per_photo_electron : sizes of the MAGIC table are in photons.
    camera : that the images must be of, by name or geometry file; None for any.
    reader : which telescopes, which focal length.
    batch_events : images in memory at a time.
    """

    measurement: MeasurementSettings
    photons_per_photo_electron: float
    camera: str | None
    reader: ReaderSettings
    batch_events: int

    @property
    def settings(self) -> dict[str, Any]:
        """What the parameters depend on."""
        wanted = None if self.camera is None else _key_of(build_camera(self.camera))
        return {
            "showerforge": showerforge.__version__,
            "measurement": self.measurement.model_dump(mode="json"),
            "photons_per_photo_electron": self.photons_per_photo_electron,
            "wanted_camera": wanted,
            "focal_length_choice": self.reader.focal_length_choice,
            "telescopes": None if self.reader.telescopes is None else list(self.reader.telescopes),
        }

    def __call__(self, files: Files) -> dict[str, Any]:
        """Parametrise an image file and write the table.

        Returns
        -------
        record : ``n_events``, ``n_refused``, ``reasons`` (refused images by the cut, or what is
            wrong with them), and ``camera``, its name and a fingerprint, None without images.

        Raises
        ------
        InputError
            If the file cannot be read, or is of another camera.
        """
        reasons: Counter[str] = Counter()
        n_events, camera = 0, None
        with ExitStack() as opened:
            kept = TableWriter(files.target, opened)
            refused = TableWriter(files.refused, opened)
            for measured in self.measure(files.source):
                camera = measured.camera
                kept.write(as_arrow(measured.kept))
                if len(measured.refused):
                    refused.write(as_arrow(measured.refused))
                    reasons.update(measured.refused[REASON])
                n_events += len(measured.kept) + len(measured.refused)
            kept.write_nothing_if_empty(_schema_of_nothing())
        return {
            "n_events": n_events,
            "n_refused": sum(reasons.values()),
            "reasons": dict(sorted(reasons.items())),
            "camera": None if camera is None else _key_of(camera),
        }

    def measure(self, path: Path) -> Iterator[Measured]:
        """Measure the images of a file, and refuse those that are not good enough.

        Parameters
        ----------
        path : of the file.

        Yields
        ------
        measured : some images after the others.

        Raises
        ------
        InputError
            If the file cannot be read, or is of another camera.
        """
        file = AnyImageFile(path, self.reader)
        wanted = None if self.camera is None else build_camera(self.camera)
        source = self.measurement.source_of(file.attributes)
        n_before = 0
        for images in file.batches(self.batch_events):
            _check_camera(path, images.camera, wanted)
            table, why = self._measure(images, source, n_before)
            is_good = np.array([reason is None for reason in why])
            bad = table[~is_good].assign(
                **{
                    BAD_PIXELS: _count_bad_pixels(images)[~is_good],
                    REASON: why[~is_good].astype(str),
                }
            )
            yield Measured(images.camera, table[is_good], bad)
            n_before += len(images)

    def _measure(
        self, images: EventImages, source: tuple[float, float], n_before: int
    ) -> tuple[pd.DataFrame, NDArray[np.object_]]:
        """Measure images, and say why those are refused that are."""
        is_bad = _count_bad_pixels(images) > 0
        charges = images.recorded
        if is_bad.any():
            charges = np.where(is_bad[:, None], 0, charges)
        measured = parametrise(images.camera, charges, self.measurement.cleaning, source=source)
        hillas = magic_parameters(measured, images.camera, self.photons_per_photo_electron)
        cuts = self.measurement.all_cuts
        broken = np.column_stack(
            [
                is_bad,
                broken_constraints(measured, cuts).to_numpy(),
                ~np.isfinite(hillas.to_numpy()).all(axis=1),
            ]
        )
        names = np.array([IS_BAD, *(cut.name for cut in cuts), NO_NUMBER], dtype=object)
        why = names[broken.argmax(axis=1)]
        why[~broken.any(axis=1)] = None
        about = images.table.rename_axis(EVENT_ID).reset_index()
        about = about.set_axis(rename_taken(about.columns, _MADE_HERE), axis=1)
        rows = pd.Series(np.arange(n_before, n_before + len(images)), name=ROW)
        return pd.concat([about, rows, hillas, measured], axis=1), why


def _check_camera(path: Path, camera: Camera, wanted: Camera | None) -> None:
    difference = None if wanted is None else tell_difference(camera, wanted)
    if wanted is not None and difference is not None:
        raise InputError(
            f"{path}: the images are of the camera {camera.name!r}, not of "
            f"{wanted.name!r}: {difference}."
        )


def _count_bad_pixels(images: EventImages) -> NDArray[np.int64]:
    n_bad: NDArray[np.int64] = (~np.isfinite(images.recorded)).sum(axis=1)
    return n_bad


def _key_of(camera: Camera) -> str:
    return key_of(camera.name, camera.describe())


def as_arrow(table: pd.DataFrame) -> pa.RecordBatch:
    """Turn a table into Arrow, without its index."""
    import pyarrow as pa

    return pa.RecordBatch.from_pandas(table, preserve_index=False)


def _schema_of_nothing() -> pa.Schema:
    import pyarrow as pa

    return pa.schema(
        {EVENT_ID: pa.int64(), ROW: pa.int64(), **dict.fromkeys(HILLAS_PARAMETERS, pa.float64())}
    )
