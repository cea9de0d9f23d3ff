"""A particle under way in the field of a solenoid.

Positions are in m, energies in GeV, material in radiation lengths.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from showerforge.compiled import compiled

_FULL_TURN = 2.0 * math.pi


class Flight(NamedTuple):
    """A particle under way.

    Attributes
    ----------
    charge : 0 is a photon.
    layer : that it is in, or comes to next.
    left : of this layer's material; negative before it is reached.
    x, y, z : where it is, m.
    angle : of its direction across the beam, rad.
    slope : its way along the beam per way across it: sinh(eta).
    energy : GeV.
    """

    charge: float
    layer: float
    left: float
    x: float
    y: float
    z: float
    angle: float
    slope: float
    energy: float


@compiled
def turn_to(
    x: float, y: float, angle: float, curvature: float, radius: float
) -> tuple[float, float]:
    """Follow a circle outwards to a radius.

    Parameters
    ----------
    x, y : start, within the radius, m.
    angle : of the direction, rad.
    curvature : change of the angle per way, 1/m; 0 is a straight line.
    radius : where to, m.

    Returns
    -------
    way, angle : across the beam, m, and the new direction, rad; the way is infinite for a
        particle that curls up before it gets there.
    """
    if curvature == 0.0:
        along = x * math.cos(angle) + y * math.sin(angle)
        return math.sqrt(along * along + radius * radius - x * x - y * y) - along, angle
    # Points of the circle are centre + (sin a, -cos a) / curvature, a being the direction there.
    centre_x = x - math.sin(angle) / curvature
    centre_y = y + math.cos(angle) / curvature
    distance = math.hypot(centre_x, centre_y)
    if distance == 0.0:
        return math.inf, angle
    sine = curvature * (radius**2 - distance**2 - 1.0 / curvature**2) / (2.0 * distance)
    if abs(sine) > 1.0:
        return math.inf, angle
    axis, half = math.atan2(centre_y, centre_x), math.asin(sine)
    turn = math.copysign(_FULL_TURN, curvature)
    first = (axis + half - angle) % turn
    second = (axis + math.pi - half - angle) % turn
    change = min(abs(first), abs(second))
    return change / abs(curvature), angle + math.copysign(change, curvature)


@compiled
def fly(flight: Flight, bending: float, radius: float) -> tuple[bool, Flight]:
    """Take a particle to a radius, and tell whether it gets there.

    Parameters
    ----------
    flight : within the radius.
    bending : see `Tracker`.
    radius : m.
    """
    transverse = flight.energy / math.sqrt(1.0 + flight.slope**2)
    curvature = -flight.charge * bending / transverse
    way, angle = turn_to(flight.x, flight.y, flight.angle, curvature, radius)
    if way == math.inf:
        return False, flight
    # the chord lies half way between the two directions
    turn = 0.5 * (angle - flight.angle)
    chord = way * (math.sin(turn) / turn if turn != 0.0 else 1.0)
    middle = flight.angle + turn
    return True, Flight(
        flight.charge,
        flight.layer,
        flight.left,
        flight.x + chord * math.cos(middle),
        flight.y + chord * math.sin(middle),
        flight.z + way * flight.slope,
        angle,
        flight.slope,
        flight.energy,
    )


@compiled
def with_energy(flight: Flight, charge: float, energy: float) -> Flight:
    """Give a particle another charge and energy, GeV."""
    return Flight(
        charge,
        flight.layer,
        flight.left,
        flight.x,
        flight.y,
        flight.z,
        flight.angle,
        flight.slope,
        energy,
    )


@compiled
def at_layer(flight: Flight, layer: float, left: float) -> Flight:
    """Put a particle into a layer, of which some material is left, radiation lengths."""
    return Flight(
        flight.charge,
        layer,
        left,
        flight.x,
        flight.y,
        flight.z,
        flight.angle,
        flight.slope,
        flight.energy,
    )
