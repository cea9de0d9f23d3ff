"""What a camera is: pixels on the sky, and the mirror in front of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Camera:
    """Hexagonal pixels in the focal plane of a telescope.

    Attributes
    ----------
    name : what people call it.
    x, y : float64[n_pixels], centres of the pixels in the field of view, deg.
    pitch : distance between the centres of neighbouring pixels, deg.
    focal_length : m; turns deg into mm in the camera plane.
    mirror_area : area that reflects, m2.
    cluster : int32[n_pixels], trigger cluster that each pixel belongs to.
    """

    name: str
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    pitch: float
    focal_length: float
    mirror_area: float
    cluster: NDArray[np.int32]

    @property
    def n_pixels(self) -> int:
        """Number of pixels."""
        return len(self.x)
