"""From a position in the field of view to the pixel there, in constant time.

The functions are compiled and can be called from compiled code. Axial coordinates of a hexagonal
lattice are rounded as cube coordinates, see https://www.redblobgames.com/grids/hexagons/#rounding.
"""

import numpy as np
from numpy.typing import NDArray

from showerforge.cameras.camera import Lattice
from showerforge.compiled import compiled


@compiled
def axial_round(q: float, r: float) -> tuple[int, int]:
    """Round axial coordinates to those of the nearest hexagon.

    Parameters
    ----------
    q, r : axial coordinates; the axes are 60 deg apart.
    """
    s = -q - r
    nearest_q, nearest_r, nearest_s = round(q), round(r), round(s)
    off_q, off_r, off_s = abs(nearest_q - q), abs(nearest_r - r), abs(nearest_s - s)
    # the three add up to zero: the one that was rounded most follows from the others
    if off_q > off_r and off_q > off_s:
        nearest_q = -nearest_r - nearest_s
    elif off_r > off_s:
        nearest_r = -nearest_q - nearest_s
    return int(nearest_q), int(nearest_r)


@compiled
def pixel_at(x: float, y: float, lattice: Lattice) -> int:
    """Tell which pixel holds a position.

    Parameters
    ----------
    x, y : position in the field of view, deg.
    lattice : of the camera, see `Camera.lattice`.

    Returns
    -------
    pixel : index, or -1 where there is no pixel.
    """
    dx, dy = x - lattice.x, y - lattice.y
    q, r = axial_round(
        lattice.column_of_x * dx + lattice.column_of_y * dy,
        lattice.row_of_x * dx + lattice.row_of_y * dy,
    )
    column, row = q - lattice.column, r - lattice.row
    n_rows, n_columns = lattice.table.shape
    if 0 <= row < n_rows and 0 <= column < n_columns:
        return lattice.table[row, column]
    return -1


@compiled
def pixels_at(
    x: NDArray[np.float64], y: NDArray[np.float64], lattice: Lattice
) -> NDArray[np.int32]:
    """Tell which pixels hold positions; see `pixel_at`.

    Parameters
    ----------
    x, y : float64[n], positions in the field of view, deg.
    lattice : of the camera.

    Returns
    -------
    pixels : int32[n], indices, or -1 where there is no pixel.
    """
    pixels = np.empty(len(x), dtype=np.int32)
    for i in range(len(x)):
        pixels[i] = pixel_at(x[i], y[i], lattice)
    return pixels
