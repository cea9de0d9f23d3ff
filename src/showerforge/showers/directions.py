"""Turning directions in space."""

from __future__ import annotations

import math

import numpy as np

from showerforge.compiled import compiled


@compiled
def tilted(
    ux: float, uy: float, uz: float, across: float, along: float
) -> tuple[float, float, float]:
    """Tilt a unit vector by two tangents in the plane across it.

    The basis of the plane is that of Duff et al. 2017 (J. Comput. Graph. Tech. 6, 1), which needs
    no trigonometry.
    """
    sign = math.copysign(1.0, uz)
    a = -1.0 / (sign + uz)
    b = ux * uy * a
    x = ux + across * (1.0 + sign * ux * ux * a) + along * b
    y = uy + across * sign * b + along * (sign + uy * uy * a)
    z = uz - across * sign * ux - along * uy
    norm = 1.0 / math.sqrt(x * x + y * y + z * z)
    return x * norm, y * norm, z * norm


@compiled
def scattered(
    generator: np.random.Generator, ux: float, uy: float, uz: float, width: float
) -> tuple[float, float, float]:
    """Tilt a unit vector at random, Gaussian with a width in each plane, rad."""
    return tilted(
        ux, uy, uz, width * generator.standard_normal(), width * generator.standard_normal()
    )


@compiled
def deflected(
    generator: np.random.Generator, ux: float, uy: float, uz: float, angle: float
) -> tuple[float, float, float]:
    """Tilt a unit vector by an angle, rad, to a random side."""
    azimuth = 2.0 * math.pi * generator.random()
    tangent = math.tan(angle)
    return tilted(ux, uy, uz, tangent * math.cos(azimuth), tangent * math.sin(azimuth))
