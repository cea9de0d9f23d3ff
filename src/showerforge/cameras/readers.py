"""Camera images in files of sim_telarray and in DL1 files of ctapipe, read through ctapipe."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from showerforge.cameras import hdf5
from showerforge.cameras.camera import Camera
from showerforge.cameras.images import EventImages
from showerforge.cameras.streams import check_charges
from showerforge.cameras.truth import TOLD, tabulate_truth
from showerforge.errors import InputError, list_problems
from showerforge.events.files import check_file

Telescope = int | str
FocalLengthChoice = Literal["EFFECTIVE", "EQUIVALENT"]
DL1_IMAGES = "dl1/event/telescope/images"
#: number of ctapipe's ``EventType.SUBARRAY``: a shower, neither pedestal nor flat-field
SHOWER_EVENT = 32


@dataclass(frozen=True)
class ReaderSettings:
    """How files are read.

    Attributes
    ----------
    focal_length_choice : "EFFECTIVE" for the focal length from ray tracing, with the coma
        corrected; "EQUIVALENT" for the nominal one, for files that lack the other.
    telescopes : ids, or names of a type of telescope or camera; None for all, if they are of
        one type.
    maximum_events : images that are read of each file at most.
    """

    focal_length_choice: FocalLengthChoice = "EFFECTIVE"
    telescopes: tuple[Telescope, ...] | None = None
    maximum_events: int | None = None


def read_simtel(path: Path, settings: ReaderSettings, size: int) -> Iterator[EventImages]:
    """Read a file of sim_telarray: waveforms are integrated and calibrated as ctapipe does it.

    Parameters
    ----------
    path : simtel file, which may be packed (zst, gz).
    settings : which telescopes, which focal length.
    size : images at a time.

    Yields
    ------
    images : charges in p.e.; table as of `showerforge.cameras.truth.tabulate_truth`.

    Raises
    ------
    InputError
        If the file cannot be read or is cut off, lacks the focal length or the telescope, has
        several types of telescopes, or a charge is not finite.
    """
    camera, telescopes = describe_simtel(path, settings)
    from ctapipe.calib import CameraCalibrator

    with _open_simtel(path, settings, telescopes) as source:
        calibrate = CameraCalibrator(subarray=source.subarray)
        positions = _positions(source.subarray)
        charges: list[NDArray[np.float32]] = []
        told: list[tuple[float, ...]] = []
        for event in _until_cut_off(source):
            calibrate(event)
            for telescope, dl1 in event.dl1.tel.items():
                charges.append(dl1.image)
                told.append(_tell(event, telescope))
            while len(told) >= size:
                yield _assemble(camera, charges[:size], told[:size], positions, path)
                del charges[:size], told[:size]
        if told:
            yield _assemble(camera, charges, told, positions, path)


def read_dl1(path: Path, settings: ReaderSettings, size: int) -> Iterator[EventImages]:
    """Read a DL1 file of ctapipe-process; parameters, yields and errors as `read_simtel`.

    Raises
    ------
    InputError
        Also if the file has no images.
    """
    with _open_dl1(path, settings) as loader:
        camera, telescopes = _choose(path, loader.subarray, settings)
        positions = _positions(loader.subarray)
        chunks = loader.read_telescope_events_by_id_chunked(
            max(1, size // len(telescopes)),
            telescopes=list(telescopes),
            dl1_images=True,
            dl1_parameters=False,
            dl1_muons=False,
            dl2=False,
            simulated=True,
            true_images=False,
            true_parameters=False,
            instrument=False,
            observation_info=False,
            pointing=True,
        )
        for chunk in chunks:
            for table in chunk.data.values():
                showers = table[np.asarray(table["event_type"]) == SHOWER_EVENT]
                if len(showers):
                    charges = np.ma.filled(showers["image"], np.nan)
                    yield _assemble(camera, charges, _tell_table(showers), positions, path)


def describe_simtel(path: Path, settings: ReaderSettings) -> tuple[Camera, tuple[int, ...]]:
    """Tell the camera and the ids of the telescopes that are read; errors as `read_simtel`."""
    with _open_simtel(path, settings) as source:
        return _choose(path, source.subarray, settings)


def describe_dl1(path: Path, settings: ReaderSettings) -> tuple[Camera, tuple[int, ...]]:
    """Tell the camera and the ids of the telescopes that are read; errors as `read_dl1`."""
    with _open_dl1(path, settings) as loader:
        return _choose(path, loader.subarray, settings)


@contextmanager
def _open_simtel(
    path: Path, settings: ReaderSettings, telescopes: tuple[int, ...] | None = None
) -> Iterator[Any]:
    check_file(path)
    with _told_plainly(path, "a file of sim_telarray"):
        from ctapipe.io import SimTelEventSource

        with SimTelEventSource(
            path,
            focal_length_choice=settings.focal_length_choice,
            allowed_tels=telescopes,
        ) as source:
            yield source


def _until_cut_off(source: Any) -> Iterator[Any]:
    """Yield events, and raise where the file is cut off, of which eventio only warns."""
    events = iter(source)
    while True:
        with warnings.catch_warnings():
            warnings.filterwarnings("error", message=".*truncated")
            event = next(events, None)
        if event is None:
            return
        yield event


@contextmanager
def _open_dl1(path: Path, settings: ReaderSettings) -> Iterator[Any]:
    with hdf5.open_to_read(path) as file:
        if DL1_IMAGES not in file:
            raise InputError(
                f"{path}: there are no images in the file (no `/{DL1_IMAGES}`). Write them by "
                "`ctapipe-process --write-images`."
            )
    with _told_plainly(path, "a DL1 file"):
        from ctapipe.io import TableLoader

        with TableLoader(path, focal_length_choice=settings.focal_length_choice) as loader:
            yield loader


@contextmanager
def _told_plainly(path: Path, kind: str) -> Iterator[None]:
    """Turn whatever ctapipe raises about a file into an error that names the file."""
    try:
        import ctapipe
    except ImportError as error:
        raise InputError(
            f"{path}: {kind} is read by ctapipe: pip install 'showerforge[ctapipe]'."
        ) from error
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        if "effective focal length was not present" in str(error):
            raise InputError(
                f"{path}: the file lacks the effective focal length. Set `focal_length_choice: "
                "EQUIVALENT` in the catalog entry to take the nominal one."
            ) from error
        if "truncated" in str(error):
            raise InputError(
                f"{path}: is cut off, likely by a copy that was stopped. Copy or make the file "
                "again."
            ) from error
        words = (str(error).splitlines() or [""])[0]
        raise InputError(
            f"{path}: ctapipe {ctapipe.__version__} cannot read it as {kind}: "
            f"{type(error).__name__}: {words}. It may be of another kind, cut off or damaged."
        ) from error


def _choose(path: Path, subarray: Any, settings: ReaderSettings) -> tuple[Camera, tuple[int, ...]]:
    """Choose the telescopes that are wanted, which must be of one type."""
    from ctapipe.coordinates import TelescopeFrame

    from showerforge.cameras.files import from_ctapipe

    names = {
        int(key): {key, str(tel), tel.name, str(tel.type), tel.camera.name}
        for key, tel in subarray.tel.items()
    }
    wanted = settings.telescopes
    chosen = [key for key, known in names.items() if wanted is None or known & set(wanted)]
    ids_by_type: dict[str, list[int]] = {}
    for key in chosen or names:
        ids_by_type.setdefault(str(subarray.tel[key]), []).append(key)
    listed = list_problems(
        f"{kind}: {', '.join(map(str, ids))}" for kind, ids in ids_by_type.items()
    )
    if not chosen:
        raise InputError(
            f"{path}: there is no telescope {', '.join(map(str, wanted or []))}. The file has, by "
            f"type, those with the ids\n{listed}"
        )
    if len(ids_by_type) > 1:
        raise InputError(
            f"{path}: the telescopes are of several types, with the ids\n{listed}\n"
            "Their cameras differ. Set `telescope` in the catalog entry to one type, or to ids of "
            "one type."
        )
    telescope = subarray.tel[chosen[0]]
    geometry = telescope.camera.geometry
    camera = from_ctapipe(
        geometry.transform_to(TelescopeFrame()),
        float(geometry.frame.focal_length.to_value("m")),
        float(telescope.optics.mirror_area.to_value("m2")),
    )
    return camera, tuple(chosen)


def _positions(subarray: Any) -> dict[int, tuple[float, float, float]]:
    return {int(key): tuple(place.to_value("m")) for key, place in subarray.positions.items()}


def _tell(event: Any, telescope: int) -> tuple[float, ...]:
    """Collect `TOLD` of an event of ctapipe."""
    shower = event.simulation.shower if event.simulation is not None else None
    pointing = event.monitoring.tel[telescope].pointing
    return (
        event.index.obs_id,
        event.index.event_id,
        telescope,
        *(
            (
                shower.energy.to_value("TeV"),
                shower.alt.to_value("deg"),
                shower.az.to_value("deg"),
                shower.core_x.to_value("m"),
                shower.core_y.to_value("m"),
                shower.x_max.to_value("g cm-2"),
                shower.shower_primary_id,
            )
            if shower is not None
            else (np.nan,) * 7
        ),
        pointing.altitude.to_value("deg"),
        pointing.azimuth.to_value("deg"),
    )


def _tell_table(table: Any) -> pd.DataFrame:
    """Collect `TOLD` of a table of ctapipe."""
    columns = (
        ("obs_id", None),
        ("event_id", None),
        ("tel_id", None),
        ("true_energy", "TeV"),
        ("true_alt", "deg"),
        ("true_az", "deg"),
        ("true_core_x", "m"),
        ("true_core_y", "m"),
        ("true_x_max", "g cm-2"),
        ("true_shower_primary_id", None),
        ("telescope_pointing_altitude", "deg"),
        ("telescope_pointing_azimuth", "deg"),
    )
    return pd.DataFrame(
        {
            name: _values(table, source, unit)
            for name, (source, unit) in zip(TOLD, columns, strict=True)
        }
    )


def _values(table: Any, name: str, unit: str | None) -> NDArray[Any]:
    if name not in table.colnames:
        return np.full(len(table), np.nan)
    column = table[name]
    if unit is None:
        return np.asarray(column)
    return np.ma.filled(column, np.nan) * column.unit.to(unit)


def _assemble(
    camera: Camera,
    charges: Any,
    told: Any,
    positions: dict[int, tuple[float, float, float]],
    path: Path,
) -> EventImages:
    table = tabulate_truth(pd.DataFrame(told, columns=list(TOLD)), positions, str(path))
    images = EventImages(camera, table, np.asarray(charges, dtype=np.float32))
    check_charges(images, str(path))
    return images
