"""Camera images in files of sim_telarray and in DL1 files of ctapipe, read through ctapipe."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from showerforge.cameras.camera import Camera
from showerforge.cameras.ctapipe_files import (
    ReaderSettings,
    choose_telescopes,
    describe_simtel,
    open_dl1,
    open_simtel,
    until_cut_off,
)
from showerforge.cameras.images import EventImages
from showerforge.cameras.truth import TOLD, tabulate_truth

#: number of ctapipe's ``EventType.SUBARRAY``: a shower, neither pedestal nor flat-field
SHOWER_EVENT = 32


def read_simtel(path: Path, settings: ReaderSettings, size: int) -> Iterator[EventImages]:
    """Read a file of sim_telarray: waveforms are integrated and calibrated as ctapipe does it.

    Parameters
    ----------
    path : simtel file, which may be packed (zst, gz).
    settings : which telescopes, which focal length.
    size : images at a time.

    Yields
    ------
    images : charges in p.e., as they are in the file; table as of
        `showerforge.cameras.truth.tabulate_truth`.

    Raises
    ------
    InputError
        If the file cannot be read or is cut off, lacks the focal length or the telescope, or has
        several types of telescopes.
    """
    camera, telescopes = describe_simtel(path, settings)
    from ctapipe.calib import CameraCalibrator

    with open_simtel(path, settings, telescopes) as source:
        calibrate = CameraCalibrator(subarray=source.subarray)
        positions = _positions(source.subarray)
        charges: list[NDArray[np.float32]] = []
        told: list[tuple[float, ...]] = []
        for event in until_cut_off(source):
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
    with open_dl1(path, settings) as loader:
        camera, telescopes = choose_telescopes(path, loader.subarray, settings)
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
    return EventImages(camera, table, np.asarray(charges, dtype=np.float32))
