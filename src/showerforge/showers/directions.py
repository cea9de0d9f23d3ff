"""Places and directions in space."""

from __future__ import annotations

import math

import numpy as np

from showerforge.compiled import compiled

Vector = tuple[float, float, float]


@compiled
def moved(place: Vector, direction: Vector, path: float) -> Vector:
    """Go along a direction for a path."""
    return (
        place[0] + path * direction[0],
        place[1] + path * direction[1],
        place[2] + path * direction[2],
    )


@compiled
def moved_to(place: Vector, direction: Vector, height: float) -> Vector:
    """Go along a direction until a height is reached."""
    path = (height - place[2]) / direction[2]
    return place[0] + path * direction[0], place[1] + path * direction[1], height


@compiled
def tilted(direction: Vector, across: float, along: float) -> Vector:
    """Tilt a unit vector by two tangents in the plane across it.

    The basis of the plane is that of Duff et al. 2017 (J. Comput. Graph. Tech. 6, 1), which needs
    no trigonometry.
    """
    ux, uy, uz = direction
    sign = math.copysign(1.0, uz)
    a = -1.0 / (sign + uz)
    b = ux * uy * a
    x = ux + across * (1.0 + sign * ux * ux * a) + along * b
    y = uy + across * sign * b + along * (sign + uy * uy * a)
    z = uz - across * sign * ux - along * uy
    norm = 1.0 / math.sqrt(x * x + y * y + z * z)
    return x * norm, y * norm, z * norm


@compiled
def turned(direction: Vector, tangent: float, azimuth: float) -> Vector:
    """Tilt a unit vector by the tangent of an angle to the side of an azimuth, rad."""
    return tilted(direction, tangent * math.cos(azimuth), tangent * math.sin(azimuth))


@compiled
def draw_azimuth(generator: np.random.Generator) -> float:
    """Draw an angle about an axis, rad."""
    return 2.0 * math.pi * generator.random()


@compiled
def scattered(generator: np.random.Generator, direction: Vector, width: float) -> Vector:
    """Tilt a unit vector at random, Gaussian with a width in each plane, rad."""
    return tilted(
        direction, width * generator.standard_normal(), width * generator.standard_normal()
    )


@compiled
def deflected(generator: np.random.Generator, direction: Vector, angle: float) -> Vector:
    """Tilt a unit vector by an angle, rad, to a random side."""
    azimuth = draw_azimuth(generator)
    return turned(direction, math.tan(angle), azimuth)
