"""Cameras of other people: geometry files, and those that ctapipe knows."""

from __future__ import annotations

import math
from os import PathLike
from pathlib import Path
from reprlib import repr as shorten
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from showerforge.cameras.camera import Camera, Floats
from showerforge.cameras.shapes import FOLD, Shape
from showerforge.errors import InputError, list_problems, suggest_names
from showerforge.events.files import check_file, iterate_rows

#: what a file may say in lines such as ``# focal_length: 4.75``
NUMBERS = ("focal_length", "mirror_area")
SETTINGS = (*NUMBERS, "name", "shape")
POSITIONS = {"deg": ("x_deg", "y_deg"), "mm": ("x_mm", "y_mm")}
CLUSTER = "cluster"
EXAMPLE = "# focal_length: 4.75\n# mirror_area: 8.5\nx_deg,y_deg,cluster\n0.0,0.0,0\n0.36,0.0,0"


def read_camera(path: str | PathLike[str]) -> Camera:
    """Read the geometry of a camera from comma-separated text.

    The file has a line for each pixel, under a header with ``x_deg`` and ``y_deg``, or ``x_mm``
    and ``y_mm`` in the camera plane, and perhaps ``cluster``, the number of its trigger cluster;
    other columns are left alone. Lines above it name ``# focal_length:`` in m and
    ``# mirror_area:`` in m2, and perhaps ``# name:`` and ``# shape:`` (hexagon or square).

    Parameters
    ----------
    path : file to read.

    Returns
    -------
    camera : its pitch is the median distance of a pixel to its nearest one.

    Raises
    ------
    InputError
        If the file cannot be read, lacks a column or a line, a cell is not a finite number, or
        pixels overlap.
    """
    path = Path(path)
    check_file(path)
    settings: dict[str, str] = {}
    rows: dict[int, list[str]] = {}
    for number, row in iterate_rows(path):
        first = row[0].strip()
        if first.startswith("#"):
            key, colon, value = ",".join(row).strip("# ").partition(":")
            if colon and not rows:
                settings[key.strip()] = value.strip()
        else:
            rows[number] = [cell.strip() for cell in row]
    if len(rows) < 2:
        raise InputError(f"{path}: the file holds no pixels. A file looks like this:\n{EXAMPLE}")
    header = rows.pop(next(iter(rows)))
    unit = _find_unit(path, header)
    focal_length, mirror_area = (_number_of(path, settings, key) for key in NUMBERS)
    shape = settings.get("shape", "hexagon")
    if shape not in FOLD:
        raise InputError(f"{path}: shape is {shape!r} (allowed: {', '.join(FOLD)}).")
    _check_lengths(path, header, rows)
    x, y = (_numbers_in(path, header, rows, name) for name in POSITIONS[unit])
    cluster = _clusters_in(path, header, rows)
    if unit == "mm":
        x, y = (_in_degrees(values / 1000, focal_length) for values in (x, y))
    try:
        return Camera(
            settings.get("name", path.stem),
            x,
            y,
            median_distance(x, y),
            focal_length,
            mirror_area,
            cluster,
            shape,
        )
    except InputError as error:
        raise InputError(
            f"{path}: {error} Pixel 0 is in row {next(iter(rows))}, the others follow."
        ) from error


def from_ctapipe(
    geometry: Any, focal_length: float, mirror_area: float, cluster: ArrayLike = 0
) -> Camera:
    """Take a camera over from ctapipe.

    Parameters
    ----------
    geometry : ``ctapipe.instrument.CameraGeometry``, in any frame. Its first coordinate becomes
        x, the second y; lengths become angles by the focal length.
    focal_length : m.
    mirror_area : m2.
    cluster : trigger cluster of all pixels, or int[n_pixels] of each.

    Returns
    -------
    camera : what its pixels are smaller than their distance becomes `Camera.gap`.

    Raises
    ------
    InputError
        If pixels overlap.
    """
    from ctapipe.instrument.camera.geometry import PixelShape

    x, y, width = (
        _angle_of(quantity, focal_length)
        for quantity in (geometry.pix_x, geometry.pix_y, geometry.pixel_width)
    )
    shape: Shape = "square" if geometry.pix_type is PixelShape.SQUARE else "hexagon"
    pitch = median_distance(x, y)
    return Camera(
        geometry.name,
        x,
        y,
        pitch,
        focal_length,
        mirror_area,
        np.broadcast_to(cluster, len(x)),
        shape,
        gap=max(0.0, pitch - float(np.median(width))),
    )


def to_ctapipe(camera: Camera) -> Any:
    """Make a ``ctapipe.instrument.CameraGeometry`` in deg, for displays and other software."""
    import astropy.units as u
    from ctapipe.coordinates import TelescopeFrame
    from ctapipe.instrument import CameraGeometry

    return CameraGeometry(
        camera.name,
        pix_id=np.arange(camera.n_pixels),
        pix_x=u.Quantity(camera.x, u.deg),
        pix_y=u.Quantity(camera.y, u.deg),
        pix_area=u.Quantity(np.full(camera.n_pixels, camera.pixel_area), u.deg**2),
        pix_type=camera.shape,
        pix_rotation=u.Quantity(camera.lattice_angle, u.deg),
        frame=TelescopeFrame(),
    )


def median_distance(x: Floats, y: Floats) -> float:
    """Median of the distances of the pixels to the nearest other one; unit of the positions."""
    from scipy.spatial import KDTree

    places = np.column_stack([x, y])
    return float(np.median(KDTree(places).query(places, k=2)[0][:, 1]))


def _in_degrees(length: Floats, focal_length: float) -> Floats:
    return np.rad2deg(length / focal_length)


def _angle_of(quantity: Any, focal_length: float) -> Floats:
    """Turn an astropy quantity, m or deg, into deg."""
    import astropy.units as u

    if quantity.unit.is_equivalent(u.m):
        return _in_degrees(quantity.to_value(u.m), focal_length)
    return quantity.to_value(u.deg)


def _find_unit(path: Path, header: list[str]) -> str:
    for unit, names in POSITIONS.items():
        if set(names) <= set(header):
            return unit
    wanted = [name for names in POSITIONS.values() for name in names]
    near = "".join(suggest_names(wanted[0], [name]) for name in header)
    raise InputError(
        f"{path}: the header names {', '.join(header)}; needed are x_deg and y_deg, or x_mm and "
        f"y_mm{near}. A file looks like this:\n{EXAMPLE}"
    )


def _number_of(path: Path, settings: dict[str, str], key: str) -> float:
    try:
        return float(settings[key])
    except KeyError:
        near = suggest_names(key, settings)
        problem = f"there is no line that names the {key}{near}"
    except ValueError:
        problem = f"{key} is {settings[key]!r}, which is not a number"
    raise InputError(f"{path}: {problem}. A file looks like this:\n{EXAMPLE}")


def _check_lengths(path: Path, header: list[str], rows: dict[int, list[str]]) -> None:
    wrong = [f"row {n}: {len(row)} cells" for n, row in rows.items() if len(row) != len(header)]
    if wrong:
        raise InputError(
            f"{path}: {len(wrong):,} rows do not have {len(header)} cells, as the header has:\n"
            f"{list_problems(wrong)}"
        )


def _numbers_in(path: Path, header: list[str], rows: dict[int, list[str]], name: str) -> Floats:
    column = header.index(name)
    values, problems = [], []
    for number, row in rows.items():
        try:
            value = float(row[column])
        except ValueError:
            value = math.nan
        values.append(value)
        if not math.isfinite(value):
            problems.append(
                f"row {number}, column {name}: {shorten(row[column])} is no finite number"
            )
    if problems:
        raise InputError(f"{path}:\n{list_problems(problems)}\nMend these cells.")
    return np.array(values)


def _clusters_in(path: Path, header: list[str], rows: dict[int, list[str]]) -> np.ndarray:
    if CLUSTER not in header:
        return np.zeros(len(rows), dtype=np.int32)
    values = _numbers_in(path, header, rows, CLUSTER)
    problems = [
        f"row {number}, column {CLUSTER}: {value:g} is no whole number from 0"
        for number, value in zip(rows, values, strict=True)
        if value < 0 or value != round(value)
    ]
    if problems:
        raise InputError(f"{path}:\n{list_problems(problems)}\nMend these cells.")
    return values.astype(np.int32)
