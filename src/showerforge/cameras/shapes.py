"""Pixels come as hexagons and as squares."""

import math
from typing import Literal

Shape = Literal["hexagon", "square"]
#: neighbours of a pixel inside the camera; a turn by a full circle over it maps the lattice on
#: itself
FOLD: dict[Shape, int] = {"hexagon": 6, "square": 4}
#: area of a pixel that measures one across its flats
UNIT_AREA: dict[Shape, float] = {"hexagon": math.sqrt(3) / 2, "square": 1.0}
#: half of the longest diagonal of such a pixel
UNIT_RADIUS: dict[Shape, float] = {"hexagon": 1 / math.sqrt(3), "square": math.sqrt(0.5)}
#: neighbours are at most so many times as far as the nearest one, by the p-norm: as in
#: ctapipe's ``CameraGeometry.calc_pixel_neighbors``
NEIGHBOUR_RADIUS: dict[Shape, tuple[float, int]] = {"hexagon": (1.4, 2), "square": (1.5, 1)}
