"""Files that ctapipe opens, the telescopes in them, and what may be wrong with them."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from showerforge.cameras import hdf5
from showerforge.cameras.camera import Camera
from showerforge.cameras.sources import NOT_STATED, RECORDED, SIMULATED
from showerforge.errors import InputError, list_problems
from showerforge.events.files import check_file

Telescope = int | str
FocalLengthChoice = Literal["EFFECTIVE", "EQUIVALENT"]
DL1_IMAGES = "dl1/event/telescope/images"
#: what the attribute `PROCESS_TYPE` of a DL1 file says about its events
PROCESS_TYPE = "CTA PROCESS TYPE"
_SOURCES = {"Simulation": SIMULATED, "Observation": RECORDED}


@dataclass(frozen=True)
class ReaderSettings:
    """How files are read.

    Attributes
    ----------
    focal_length_choice : "EFFECTIVE" for the focal length from ray tracing, with the coma
        corrected; "EQUIVALENT" for the nominal one, for files that lack the other.
    telescopes : ids, or names of a type of telescope or camera; None for all, if they are of
        one type.
    """

    focal_length_choice: FocalLengthChoice = "EFFECTIVE"
    telescopes: tuple[Telescope, ...] | None = None


@contextmanager
def open_simtel(
    path: Path, settings: ReaderSettings, telescopes: tuple[int, ...] | None = None
) -> Iterator[Any]:
    """Open a file of sim_telarray as an event source of ctapipe; errors as `read_simtel`."""
    check_file(path)
    with _told_plainly(path, "a file of sim_telarray"):
        from ctapipe.io import SimTelEventSource

        with SimTelEventSource(
            path,
            focal_length_choice=settings.focal_length_choice,
            allowed_tels=telescopes,
        ) as source:
            yield source


def until_cut_off(source: Any) -> Iterator[Any]:
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
def open_dl1(path: Path, settings: ReaderSettings) -> Iterator[Any]:
    """Open a DL1 file with images by ctapipe's loader of tables; errors as `read_dl1`."""
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
                "EQUIVALENT` in the catalog entry or the parameters, or say --nominal-focal-length "
                "on the command line, to take the nominal one."
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


def choose_telescopes(
    path: Path, subarray: Any, settings: ReaderSettings
) -> tuple[Camera, tuple[int, ...]]:
    """Choose the telescopes that are wanted, which must be of one type.

    Parameters
    ----------
    path : of the file, for messages.
    subarray : ``ctapipe.instrument.SubarrayDescription``.
    settings : which telescopes.

    Returns
    -------
    camera : of these telescopes; its x axis is along the azimuth, its y axis along the altitude.
    telescopes : their ids.

    Raises
    ------
    InputError
        If one is not there, or they are of several types; lists what there is.
    """
    from ctapipe.coordinates import TelescopeFrame

    from showerforge.cameras.files import from_ctapipe

    names = {
        int(key): {int(key), str(tel), tel.name, str(tel.type), tel.camera.name}
        for key, tel in subarray.tel.items()
    }
    chosen = list(names)
    if settings.telescopes is not None:
        missing = [name for name in settings.telescopes if name not in set().union(*names.values())]
        if missing:
            raise InputError(
                f"{path}: there is no telescope {', '.join(map(str, missing))}. The file has, by "
                f"type, those with the ids\n{_list_types(subarray, chosen)}"
            )
        chosen = [key for key in chosen if names[key] & set(settings.telescopes)]
    if len({str(subarray.tel[key]) for key in chosen}) > 1:
        raise InputError(
            f"{path}: the telescopes are of several types, with the ids\n"
            f"{_list_types(subarray, chosen)}\n"
            "Their cameras differ. Set `telescope` in the catalog entry or the parameters to one "
            "type, or to ids of one type."
        )
    telescope = subarray.tel[chosen[0]]
    geometry = telescope.camera.geometry
    camera = from_ctapipe(
        geometry.transform_to(TelescopeFrame()),
        float(geometry.frame.focal_length.to_value("m")),
        float(telescope.optics.mirror_area.to_value("m2")),
    )
    return camera, tuple(chosen)


def _list_types(subarray: Any, telescopes: list[int]) -> str:
    by_type: dict[str, list[str]] = {}
    for key in telescopes:
        by_type.setdefault(str(subarray.tel[key]), []).append(str(key))
    return list_problems(f"{kind}: {', '.join(ids)}" for kind, ids in by_type.items())


def describe_simtel(path: Path, settings: ReaderSettings) -> tuple[Camera, tuple[int, ...]]:
    """Tell the camera and the ids of the telescopes that are read; errors as `read_simtel`."""
    with open_simtel(path, settings) as source:
        return choose_telescopes(path, source.subarray, settings)


def describe_dl1(path: Path, settings: ReaderSettings) -> tuple[Camera, tuple[int, ...]]:
    """Tell the camera and the ids of the telescopes that are read; errors as `read_dl1`."""
    with open_dl1(path, settings) as loader:
        return choose_telescopes(path, loader.subarray, settings)


def source_of_dl1(path: Path) -> str:
    """Tell where the events of a DL1 file come from, by its own word; one of `SOURCES`."""
    with hdf5.open_to_read(path) as file:
        process = file.attrs.get(PROCESS_TYPE, b"")
    return _SOURCES.get(process.decode() if isinstance(process, bytes) else "", NOT_STATED)
