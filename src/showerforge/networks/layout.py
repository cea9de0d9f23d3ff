"""How the pixels of a detector lie on the grid of a network, and which turns leave them alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Indices = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Layout:
    """Pixels on a grid.

    Attributes
    ----------
    grid : int32[n_rows, n_columns], index of the pixel at each place, or -1 where none is; such as
        `showerforge.cameras.camera.Camera.grid`.
    symmetries : int32[n_symmetries, n_pixels], where each pixel takes its charge from in an image
        that is turned or mirrored, or -1 where nothing comes to; the first leaves all as it is.
        Such as `showerforge.cameras.camera.Camera.rotations`.
    """

    grid: Indices
    symmetries: Indices

    def place(self, images: Floats) -> Floats:
        """Lay images out on the grid, zero where there is no pixel.

        Parameters
        ----------
        images : float32[n, n_pixels, n_channels].

        Returns
        -------
        grid : float32[n, n_rows, n_columns, n_channels].
        """
        return _with_nothing(images)[:, self.grid]

    def turn(self, images: Floats, which: NDArray[np.integer]) -> Floats:
        """Turn each image by a symmetry of its own.

        Parameters
        ----------
        images : float32[n, n_pixels, n_channels].
        which : int[n], numbers of symmetries.
        """
        source = self.symmetries[which]
        return np.take_along_axis(_with_nothing(images), source[:, :, None], axis=1)


def _with_nothing(images: Floats) -> Floats:
    """Add a pixel without charge, which is where the index -1 leads to."""
    return np.pad(images, ((0, 0), (0, 1), (0, 0)))
