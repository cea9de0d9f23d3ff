"""Camera images as networks want to see them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from showerforge.cameras.camera import Camera
from showerforge.cameras.settings import CleaningSettings, ViewSettings
from showerforge.cameras.streams import ImageSource, take_images
from showerforge.networks.layout import Layout

#: images in memory at a time while a source is read through
BATCH_EVENTS = 5000
Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class CameraView:
    """Images of a source in a view.

    Attributes
    ----------
    source : the images.
    cleaning : which pixels belong to the shower.
    settings : what is shown.
    """

    source: ImageSource
    cleaning: CleaningSettings
    settings: ViewSettings

    @cached_property
    def camera(self) -> Camera:
        """Camera that such images would be of: the true one, or a window of it."""
        from showerforge.cameras.catalogue import window_camera

        camera, n_rings = self.source.camera, self.settings.window
        return camera if n_rings is None else window_camera(camera, n_rings)

    @property
    def layout(self) -> Layout:
        """How the pixels lie, and which turns leave them alike."""
        return Layout(self.camera.grid, self.camera.rotations)

    @property
    def patches(self) -> NDArray[np.int32]:
        """int32[n_pixels, 7], each pixel with its neighbours; -1 is none."""
        numbers = np.arange(self.camera.n_pixels, dtype=np.int32)
        return np.column_stack([numbers, self.camera.neighbours])

    def charges(self, rows: NDArray[np.integer]) -> Floats:
        """Read images by their number in the source, cleaned and moved.

        Returns
        -------
        charges : float32[n, n_pixels], p.e.
        """
        from showerforge.cameras.cleaning import clean

        camera = self.source.camera
        images = take_images(self.source, rows, BATCH_EVENTS)
        if self.settings.cleaned:
            images = np.where(clean(camera, images, self.cleaning), images, 0)
        if self.settings.window is not None:
            images = centre_images(camera, images, self.camera)
        return images

    def read(self, rows: NDArray[np.integer]) -> Floats:
        """Read images by their number in the source, on the scale that networks see.

        Returns
        -------
        images : float32[n, n_pixels, 1], without unit.
        """
        scaled = self.charges(rows) / self.settings.charge_scale
        return np.arcsinh(scaled, dtype=np.float32)[:, :, None]


def centre_images(camera: Camera, images: Floats, window: Camera) -> Floats:
    """Move each image by whole pixels, so that its centre of gravity lies in the middle.

    Parameters
    ----------
    camera : that took the images, with hexagonal pixels.
    images : float32[n, n_pixels], cleaned.
    window : hexagonal camera about a central pixel, which the result is of.

    Returns
    -------
    moved : float32[n, n_window_pixels]; zero beyond the rim of the camera.
    """
    light = np.maximum(images, 0)
    total = np.maximum(light.sum(axis=1), np.finfo(np.float32).tiny)
    x, y = light @ camera.x / total, light @ camera.y / total
    middle = np.hypot(x[:, None] - camera.x, y[:, None] - camera.y).argmin(axis=1)
    # a table of all pixels wide enough that whoever leaves the camera finds nothing
    reach = int(np.abs(window.axial).max())
    table = np.pad(camera.grid, reach, constant_values=-1)
    column, row = (camera.axial - camera.axial.min(axis=0)).T + reach
    q, r = window.axial.T
    pixels = table[row[middle][:, None] + r, column[middle][:, None] + q]
    return np.where(pixels >= 0, np.take_along_axis(images, pixels, axis=1), 0)
