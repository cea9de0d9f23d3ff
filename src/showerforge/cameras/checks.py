"""What a camera must be like."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from showerforge.cameras.shapes import FOLD

if TYPE_CHECKING:
    from showerforge.cameras.camera import Camera

#: share of the pitch, and of the focal length, by which two descriptions of a camera may differ
SAME = 0.01
#: pixels that are nearer to each other than this share of their width overlap; the rest is left
#: to the rounding in files
OVERLAP = 0.95


def find_wrong_numbers(camera: Camera) -> list[str]:
    """List what is wrong with the numbers and the arrays of a camera."""
    n_pixels = camera.n_pixels
    if n_pixels == 0:
        return ["it has no pixels"]
    problems = [
        f"{name} has {len(values)} values for {n_pixels} pixels"
        for name, values in (("y", camera.y), ("cluster", camera.cluster))
        if len(values) != n_pixels
    ]
    problems += [
        f"{name} is {value:g} {unit} (allowed: above 0)"
        for name, value, unit in (
            ("pitch", camera.pitch, "deg"),
            ("focal_length", camera.focal_length, "m"),
            ("mirror_area", camera.mirror_area, "m2"),
        )
        if not 0 < value < math.inf
    ]
    if not problems and not 0 <= camera.gap < camera.pitch:
        problems.append(f"gap is {camera.gap:g} deg (allowed: at least 0 and below the pitch)")
    if camera.shape not in FOLD:
        problems.append(f"shape is {camera.shape!r} (allowed: {', '.join(FOLD)})")
    return problems


def tell_difference(camera: Camera, wanted: Camera) -> str | None:
    """Say what tells a camera from another one but for the rounding in files; None if nothing."""
    if camera.n_pixels != wanted.n_pixels:
        return f"it has {camera.n_pixels:,} pixels, not {wanted.n_pixels:,}"
    distances = np.hypot(camera.x - wanted.x, camera.y - wanted.y)
    farthest = int(distances.argmax())
    if distances[farthest] > SAME * wanted.pitch:
        return f"its pixel {farthest} lies {distances[farthest]:.3g} deg off"
    if abs(camera.focal_length - wanted.focal_length) > SAME * wanted.focal_length:
        return f"its focal length is {camera.focal_length:g} m, not {wanted.focal_length:g} m"
    return None


def find_wrong_places(camera: Camera) -> list[str]:
    """List the pixels that lie nowhere, and those that overlap."""
    from scipy.spatial import KDTree

    places = np.column_stack([camera.x, camera.y])
    not_finite = np.flatnonzero(~np.isfinite(places).all(axis=1))
    if len(not_finite):
        return [f"pixel {i} lies at ({places[i, 0]}, {places[i, 1]}) deg" for i in not_finite]
    pairs = KDTree(places).query_pairs(OVERLAP * camera.pixel_width, output_type="ndarray")
    distances = np.hypot(*(places[pairs[:, 0]] - places[pairs[:, 1]]).T)
    return [
        f"pixels {first} and {second} overlap: {distance:.4g} deg apart, "
        f"{camera.pixel_width:.4g} deg wide"
        for (first, second), distance in zip(pairs.tolist(), distances, strict=True)
    ]
