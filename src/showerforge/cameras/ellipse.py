"""Moments of the light of one image: compiled code behind `showerforge.cameras.hillas`.

Each function writes what it finds to the record of the image, whose fields are
`showerforge.cameras.columns.IMAGE_PARAMETERS`. Angles are in deg there.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from showerforge.cameras.camera import Camera, Floats
from showerforge.cameras.islands import (
    Unsigned,
    Workspace,
    clear_marks,
    find_brightest_island,
    mark_islands,
    unsigned_neighbours,
)
from showerforge.compiled import compiled

#: below this share of the area of a pixel, a variance is the rounding of one that is zero
SMALLEST_VARIANCE = 1e-12


class Geometry(NamedTuple):
    """What compiled code needs to know of a camera; see `Camera`."""

    x: Floats
    y: Floats
    neighbours: Unsigned
    border: NDArray[np.bool_]
    pixel_width: float
    pixel_area: float

    @classmethod
    def of(cls, camera: Camera) -> Geometry:
        """Take it from the camera."""
        return cls(
            camera.x,
            camera.y,
            unsigned_neighbours(camera),
            camera.border,
            camera.pixel_width,
            camera.pixel_area,
        )


@compiled
def sum_light(
    image: NDArray[np.floating], pixels: Unsigned, border: NDArray[np.bool_], record: Any
) -> int:
    """Add the light up, and see how much of it is in the brightest pixels and at the border.

    Parameters
    ----------
    image : float[n_pixels], p.e.
    pixels : uint32[n_kept], those of the image; at least one.
    border : see `Camera.border`.
    record : of the image; it stays as it is if there is no light.

    Returns
    -------
    brightest : brightest pixel, or -1 if there is no light.
    """
    size = leakage_1 = leakage_2 = 0.0
    n_leakage_1 = n_leakage_2 = 0
    highest = second = -math.inf
    brightest = -1
    for pixel in pixels:
        charge = float(image[pixel])
        size += charge
        if border[0, pixel]:
            n_leakage_1 += 1
            leakage_1 += charge
        if border[1, pixel]:
            n_leakage_2 += 1
            leakage_2 += charge
        if charge > highest:
            highest, second, brightest = charge, highest, pixel
        elif charge > second:
            second = charge
    if size <= 0.0:
        return -1
    record["size"] = size
    record["n_pixels"] = len(pixels)
    record["concentration_pixel"] = highest / size
    record["concentration_two_pixels"] = (highest + max(second, 0.0)) / size
    record["leakage_pixels_1"] = n_leakage_1 / len(pixels)
    record["leakage_pixels_2"] = n_leakage_2 / len(pixels)
    record["leakage_size_1"] = leakage_1 / size
    record["leakage_size_2"] = leakage_2 / size
    return brightest


@compiled
def count_islands(
    image: NDArray[np.floating], n_kept: int, neighbours: Unsigned, work: Workspace, record: Any
) -> None:
    """Count the islands and weigh the brightest.

    Parameters
    ----------
    image : float[n_pixels], p.e.
    n_kept : number of pixels of the image.
    neighbours : of the camera, see `unsigned_neighbours`.
    work : holds the pixels.
    record : of the image, with the size.
    """
    n_islands = mark_islands(n_kept, neighbours, work)
    brightest = find_brightest_island(image, n_kept, n_islands, work)
    clear_marks(n_kept, work)
    record["n_islands"] = n_islands
    record["brightest_island"] = work.island_sizes[brightest - 1] / record["size"]


@compiled
def find_ellipse(
    image: NDArray[np.floating],
    pixels: Unsigned,
    brightest: int,
    geometry: Geometry,
    source_x: float,
    source_y: float,
    record: Any,
) -> None:
    """Measure centre, ellipse and higher moments of the light, and how it points to the source.

    The axes are the principal ones of the second moments. The uncertainties are those of ctapipe:
    the variance of the second moment for length and width, and that of a straight line fitted to
    the light for psi and the centre of gravity; along principal axes both are functions of the
    moments.

    Parameters
    ----------
    image : float[n_pixels], p.e.
    pixels : uint32[n_kept], those of the image.
    brightest : brightest pixel.
    geometry : of the camera.
    source_x, source_y : position of the source, deg.
    record : of the image, with the size.
    """
    size = record["size"]
    x = y = 0.0
    for pixel in pixels:
        x += image[pixel] * geometry.x[pixel]
        y += image[pixel] * geometry.y[pixel]
    x, y = x / size, y / size
    xx = xy = yy = near = 0.0
    for pixel in pixels:
        dx, dy = geometry.x[pixel] - x, geometry.y[pixel] - y
        charge = float(image[pixel])
        xx += charge * dx * dx
        xy += charge * dx * dy
        yy += charge * dy * dy
        if dx * dx + dy * dy < geometry.pixel_width**2:
            near += charge
    record["x"], record["y"] = x, y
    record["r"], record["phi"] = math.hypot(x, y), math.degrees(math.atan2(y, x))
    record["concentration_cog"] = near / size

    psi = math.atan2(2 * xy, xx - yy) / 2
    cosine, sine = math.cos(psi), math.sin(psi)
    along_2 = along_3 = along_4 = across_2 = across_3 = across_4 = 0.0
    for pixel in pixels:
        dx, dy = geometry.x[pixel] - x, geometry.y[pixel] - y
        charge = float(image[pixel])
        along, across = dx * cosine + dy * sine, dy * cosine - dx * sine
        along_2 += charge * along**2
        along_3 += charge * along**3
        along_4 += charge * along**4
        across_2 += charge * across**2
        across_3 += charge * across**3
        across_4 += charge * across**4
    zero = SMALLEST_VARIANCE * geometry.pixel_area
    length_2, width_2 = along_2 / size, across_2 / size
    length_2 = length_2 if length_2 > zero else 0.0
    width_2 = min(width_2, length_2) if width_2 > zero else 0.0
    length, width = math.sqrt(length_2), math.sqrt(width_2)
    record["length"], record["width"] = length, width

    core = 0.0
    if width > 0.0:
        for pixel in pixels:
            dx, dy = geometry.x[pixel] - x, geometry.y[pixel] - y
            along, across = dx * cosine + dy * sine, dy * cosine - dx * sine
            if along**2 / length_2 + across**2 / width_2 <= 1.0:
                core += image[pixel]
        spread = max(across_4 / size - width_2**2, 0.0)
        record["width_uncertainty"] = math.sqrt(spread / size) / (2 * width)
    record["concentration_core"] = core / size

    to_x, to_y = source_x - x, source_y - y
    record["dist"] = math.hypot(to_x, to_y)
    if length == 0.0:
        return
    spread = max(along_4 / size - length_2**2, 0.0)
    record["length_uncertainty"] = math.sqrt(spread / size) / (2 * length)
    record["psi"] = math.degrees(psi)
    elongation = math.cos(width / length * math.pi / 2) ** 2
    error = math.sqrt(geometry.pixel_area / size)
    record["psi_uncertainty"] = math.degrees(error / length / elongation)
    record["transverse_cog_uncertainty"] = error
    record["skewness"] = along_3 / size / length**3
    # no distribution has less than 1, which rounding of two equal charges may fall short of
    record["kurtosis"] = max(along_4 / size / length_2**2, 1.0)

    to_along, to_across = to_x * cosine + to_y * sine, to_y * cosine - to_x * sine
    record["miss"] = abs(to_across)
    record["alpha"] = math.degrees(math.atan2(abs(to_across), abs(to_along)))
    away = -1.0 if to_along > 0.0 else 1.0
    record["third_moment_long"] = away * np.cbrt(along_3 / size)
    record["third_moment_transverse"] = away * np.cbrt(across_3 / size)
    record["asymmetry"] = away * (
        (x - geometry.x[brightest]) * cosine + (y - geometry.y[brightest]) * sine
    )
