"""Cameras that come with the package, written as a few integers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from showerforge.cameras.camera import Camera
from showerforge.cameras.files import read_camera
from showerforge.errors import InputError, suggest_names

#: axes of the lattice of flowers, in steps of the lattice of pixels
FLOWER_AXES = np.array([(2, 1), (-1, 3)])
#: the pixels of a flower, in the order of the read-out
FLOWER = np.array([(0, 0), (0, -1), (-1, 0), (-1, 1), (0, 1), (1, 0), (1, -1)])
#: the flowers of a whole cluster, in steps of the lattice of flowers
CLUSTER = {1: (-1, 0), 2: (-1, 1), 3: (0, 1), 4: (0, 0)}
WHOLE = (1, 2, 3, 4)
#: clusters of TAIGA-IACT in the order of the read-out: place in the lattice of flowers, and the
#: flowers that each has
TAIGA_CLUSTERS = (
    ((0, 0), WHOLE),
    ((1, -2), WHOLE),
    ((2, 0), WHOLE),
    ((3, -2), WHOLE),
    ((-2, 0), WHOLE),
    ((-1, -2), WHOLE),
    ((-1, 2), WHOLE),
    ((1, 2), WHOLE),
    ((-3, 2), WHOLE),
    ((3, -4), WHOLE),
    ((1, -4), WHOLE),
    ((5, -4), WHOLE),
    ((5, -2), WHOLE),
    ((4, 0), WHOLE),
    ((-2, 4), WHOLE),
    ((3, 2), (1, 2, 4)),
    ((-3, -2), (2, 3, 4)),
    ((-1, -4), (2, 3, 4)),
    ((0, 4), (1, 2, 4)),
    ((-4, 4), (1, 3, 4)),
    ((-4, 0), (2, 3, 4)),
    ((3, -6), (2, 3)),
)


def hexagonal_camera(
    name: str,
    axial: np.ndarray,
    cluster: np.ndarray,
    *,
    pitch: float,
    focal_length: float,
    mirror_area: float,
    lattice_angle: float = 0.0,
) -> Camera:
    """Make a camera of pixels in a hexagonal lattice.

    Parameters
    ----------
    axial : int[n_pixels, 2], axial coordinates (q, r) of the pixels; (0, 0) is the centre.
    cluster : int[n_pixels], trigger cluster of each pixel.
    pitch : distance between neighbours, deg.
    focal_length : m.
    mirror_area : m2.
    lattice_angle : angle of the q axis to the x axis, deg.
    """
    step = pitch * np.exp(1j * np.deg2rad(lattice_angle + np.array([0, 60])))
    place = axial @ step
    return Camera(name, place.real, place.imag, pitch, focal_length, mirror_area, cluster)


def window_camera(camera: Camera, n_rings: int) -> Camera:
    """Make a camera of a pixel of another one and rings of pixels about it.

    Parameters
    ----------
    camera : whose pixels they are like; hexagons.
    n_rings : number of rings.
    """
    q, r = (part.ravel() for part in np.mgrid[-n_rings : n_rings + 1, -n_rings : n_rings + 1])
    axial = np.column_stack([q, r])[np.abs(q + r) <= n_rings]
    return hexagonal_camera(
        f"{n_rings} rings of {camera.name}",
        axial,
        np.zeros(len(axial), np.int32),
        pitch=camera.pitch,
        focal_length=camera.focal_length,
        mirror_area=camera.mirror_area,
        lattice_angle=camera.lattice_angle,
    )


def taiga_camera() -> Camera:
    """Make the camera of TAIGA-IACT: 560 pixels in 22 trigger clusters.

    Pixels are bunched in flowers, one about which six lie, and two to four flowers with a common
    read-out board are a cluster. The order of the pixels is that of the read-out.

    Positions agree with those in the software of the experiment (github.com/taigaGroup/taiga,
    ``macro/test/data/xy_turn_2019s_EP.txt``, x the azimuth and y the zenith angle, 3 cm a step)
    within 0.005 mm. The focal length is that of PoS(ICRC2021)742; a step is 0.36 deg.
    """
    flowers = [
        (number, np.array(place) + CLUSTER[flower])
        for number, (place, flowers) in enumerate(TAIGA_CLUSTERS)
        for flower in flowers
    ]
    axial = np.concatenate([place @ FLOWER_AXES + FLOWER for _, place in flowers])
    cluster = np.repeat([number for number, _ in flowers], len(FLOWER))
    return hexagonal_camera(
        "TAIGA-IACT",
        axial,
        cluster,
        pitch=0.36,
        focal_length=4.75,
        mirror_area=8.5,
        lattice_angle=22.5,
    )


def magic_camera() -> Camera:
    """Make a camera like that of MAGIC: 1039 pixels of 0.1 deg, a mirror of 236 m2.

    The real one has the same number and size of pixels and the same mirror (Aleksić et al. 2016,
    Astroparticle Physics 72, 61), but another rim, and triggers in its inner 1.25 deg only; here
    the pixels are those nearest to the centre, and all are one trigger cluster.
    """
    n_pixels, n_rings = 1039, 20
    q, r = np.meshgrid(*[np.arange(-n_rings, n_rings + 1)] * 2)
    axial = np.column_stack([q.ravel(), r.ravel()])
    squared_distance = (axial**2).sum(axis=1) + axial.prod(axis=1)
    axial = axial[np.argsort(squared_distance, kind="stable")[:n_pixels]]
    return hexagonal_camera(
        "MAGIC-like", axial, np.zeros(n_pixels), pitch=0.1, focal_length=17.0, mirror_area=236.0
    )


CAMERAS: dict[str, Callable[[], Camera]] = {"taiga": taiga_camera, "magic": magic_camera}


def build_camera(name: str) -> Camera:
    """Make a camera of `CAMERAS`, or read one from a geometry file.

    Parameters
    ----------
    name : of the camera, or path of a file, see `showerforge.cameras.files.read_camera`.

    Raises
    ------
    InputError
        If there is neither such a camera nor such a file, or the file is wrong.

    Examples
    --------
    >>> build_camera("taiga").n_pixels
    560
    """
    if name in CAMERAS:
        return CAMERAS[name]()
    path = Path(name)
    if path.suffix or path.exists():
        return read_camera(path)
    raise InputError(
        f"There is no camera {name!r}{suggest_names(name, CAMERAS)}. Cameras: "
        f"{', '.join(CAMERAS)}, or the path of a geometry file."
    )
