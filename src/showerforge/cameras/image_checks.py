"""What images of a camera must be like."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from showerforge.cameras.camera import Camera
from showerforge.compiled import compiled
from showerforge.errors import InputError, list_problems

Images = NDArray[np.float32] | NDArray[np.float64]
Mask = NDArray[np.bool_]


def check_images(camera: Camera, images: Images) -> Images:
    """Check that charges are finite and are those of the camera.

    Returns
    -------
    images : float32 or float64[n_events, n_pixels], contiguous.

    Raises
    ------
    InputError
        If there are other pixels than those of the camera, or a charge is not finite.
    """
    kept = np.asarray(images).dtype in (np.float32, np.float64)
    images = np.ascontiguousarray(images, dtype=None if kept else np.float64)
    _check_shape(camera, images.shape, "images")
    if _is_finite(images):
        return images
    wrong = np.argwhere(~np.isfinite(images))
    problems = [f"image {i}, pixel {j}: charge is {images[i, j]} p.e." for i, j in wrong]
    raise InputError(
        f"{len(wrong):,} charges are not finite (counted from 0):\n{list_problems(problems)}\n"
        "Remove these images, or give broken pixels a charge of 0."
    )


def check_mask(camera: Camera, mask: Mask, n_events: int | None = None) -> Mask:
    """Check that a mask of pixels is for the camera, and for the number of images if it is given.

    Raises
    ------
    InputError
        If there are other pixels than those of the camera, or other images.
    """
    _check_shape(camera, np.shape(mask), "mask")
    if n_events is not None and len(mask) != n_events:
        raise InputError(f"The mask is for {len(mask):,} images, there are {n_events:,}.")
    return np.ascontiguousarray(mask, dtype=np.bool_)


def _check_shape(camera: Camera, shape: tuple[int, ...], name: str) -> None:
    if len(shape) != 2 or shape[1] != camera.n_pixels:
        raise InputError(
            f"The {name} have the shape {shape}; those of the camera {camera.name!r} have "
            f"(number of events, {camera.n_pixels}). Is it another camera?"
        )


@compiled
def _is_finite(images: Images) -> bool:
    n_wrong = 0
    for event in range(images.shape[0]):
        for pixel in range(images.shape[1]):
            n_wrong += not abs(images[event, pixel]) < np.inf
    return n_wrong == 0
