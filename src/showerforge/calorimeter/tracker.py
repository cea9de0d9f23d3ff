"""Electrons and photons on their way through the material of a tracker, in a solenoid's field.

Bremsstrahlung and pairs are those of complete screening (PDG 2024, section 34, "Passage of
particles through matter"; Rossi and Greisen 1941, Rev. Mod. Phys. 13, 240). Particles fly in the
direction of the one that made them, up to multiple scattering: the opening angles, m/E, are less
than a crystal over any path in a tracker.

Positions are in m, energies in GeV, material in radiation lengths.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from showerforge.calorimeter.flight import Flight, at_layer, fly, with_energy
from showerforge.calorimeter.settings import TrackerSettings
from showerforge.compiled import compiled
from showerforge.showers.constants import RADIATION_LENGTH
from showerforge.showers.electromagnetic import (
    SOFT_PHOTON,
    bremsstrahlung_length,
    draw_bremsstrahlung_share,
    draw_pair_share,
    scattering_width,
    soft_loss,
)

#: momentum of a unit charge that turns within 1 m in a field of 1 T, GeV (PDG 35, "Measurement of
#: particle momenta in a uniform magnetic field")
BENDING = 0.299792458
#: pairs per radiation length (PDG 34.31)
PAIRS_PER_LENGTH = 7.0 / 9.0
#: particles of one event that may wait to be followed, or reach the calorimeter
CAPACITY = 1000


class Tracker(NamedTuple):
    """Field, layers and what is behind them.

    Attributes
    ----------
    bending : momentum that turns within 1 m, GeV.
    layers : float64[n_layers], radii, m.
    end : radius of the calorimeter, m.
    scattering : whether electrons are scattered.
    """

    bending: float
    layers: NDArray[np.float64]
    end: float
    scattering: bool


def build_tracker(settings: TrackerSettings, end: float) -> Tracker:
    """Set up the layers in front of a calorimeter at a radius, m."""
    layers = np.linspace(settings.innermost_radius, settings.outermost_radius, settings.n_layers)
    return Tracker(BENDING * settings.field, layers, end, settings.scattering)


@compiled
def cross(generator: np.random.Generator, flight: Flight, depth: float, scattering: bool) -> Flight:
    """Let an electron lose soft photons and be scattered in some material; a photon is left alone.

    Parameters
    ----------
    generator : of random numbers.
    flight : the particle.
    depth : radiation lengths, of those `left`.
    scattering : whether electrons are scattered.
    """
    angle, slope, energy = flight.angle, flight.slope, flight.energy
    if flight.charge != 0.0:
        width = scattering_width(energy, depth * RADIATION_LENGTH) if scattering else 0.0
        stretch = math.sqrt(1.0 + slope * slope)
        # an angle to the beam, theta, has the slope cot(theta)
        angle += width * stretch * generator.standard_normal()
        slope += width * stretch**2 * generator.standard_normal()
        energy *= math.exp(-soft_loss(energy) * RADIATION_LENGTH * depth / energy)
    return Flight(
        flight.charge,
        flight.layer,
        flight.left - depth,
        flight.x,
        flight.y,
        flight.z,
        angle,
        slope,
        energy,
    )


@compiled
def part(generator: np.random.Generator, flight: Flight) -> tuple[Flight, Flight]:
    """Let an electron radiate, or a photon make a pair: one particle becomes two."""
    if flight.charge != 0.0:
        share = draw_bremsstrahlung_share(generator, flight.energy)
        charges = (flight.charge, 0.0)
    else:
        share = draw_pair_share(generator)
        sign = 1.0 if generator.random() < 0.5 else -1.0
        charges = (sign, -sign)
    return (
        with_energy(flight, charges[0], flight.energy * (1.0 - share)),
        with_energy(flight, charges[1], flight.energy * share),
    )


@compiled
def free_path(generator: np.random.Generator, flight: Flight) -> float:
    """Material until a particle radiates or makes a pair, radiation lengths."""
    path = -math.log(1.0 - generator.random())
    if flight.charge == 0.0:
        return path / PAIRS_PER_LENGTH
    return path * bremsstrahlung_length(flight.energy) / RADIATION_LENGTH


@compiled
def follow(
    generator: np.random.Generator,
    tracker: Tracker,
    start: Flight,
    material: float,
    stack: NDArray[np.float64],
    impacts: NDArray[np.float64],
) -> tuple[int, float]:
    """Follow a particle, and all that comes of it, to the calorimeter.

    Parameters
    ----------
    generator : of random numbers.
    tracker : what is in the way.
    start : the particle at the centre, with ``layer`` 0 and ``left`` below 0.
    material : on the way, all layers together, radiation lengths.
    stack : float64[capacity, 9], room for particles that wait.
    impacts : float64[capacity, 4]; is filled with charge, eta, phi (rad) and energy (GeV) of each
        particle at the calorimeter.

    Returns
    -------
    n_impacts, lost : number of particles at the calorimeter, and the energy that does not reach
        it, GeV: what is softer than `SOFT_PHOTON`, and electrons that curl up.

    Raises
    ------
    OverflowError
        If there is no room for a particle; none is ever dropped.
    """
    n_layers = len(tracker.layers)
    each = material / n_layers
    n_waiting, n_impacts, lost = 1, 0, 0.0
    _store(stack, 0, start)
    while n_waiting > 0:
        n_waiting -= 1
        flight = _restore(stack, n_waiting)
        arrives = True
        while flight.layer < n_layers:
            if flight.left < 0.0:
                arrives, flight = fly(flight, tracker.bending, tracker.layers[int(flight.layer)])
                if not arrives:
                    break
                flight = at_layer(flight, flight.layer, each)
            path = free_path(generator, flight)
            before = flight.energy
            flight = cross(generator, flight, min(path, flight.left), tracker.scattering)
            lost += before - flight.energy
            if flight.energy < SOFT_PHOTON:
                arrives = False
                break
            if flight.left <= 0.0:
                flight = at_layer(flight, flight.layer + 1.0, -1.0)
                continue
            flight, other = part(generator, flight)
            if n_waiting == len(stack):
                raise OverflowError("too many particles wait")
            _store(stack, n_waiting, other)
            n_waiting += 1
        if arrives:
            arrives, flight = fly(flight, tracker.bending, tracker.end)
        if not arrives:
            lost += flight.energy
            continue
        if n_impacts == len(impacts):
            raise OverflowError("too many particles reach the calorimeter")
        impacts[n_impacts, 0] = flight.charge
        impacts[n_impacts, 1] = math.asinh(flight.z / tracker.end)
        impacts[n_impacts, 2] = math.atan2(flight.y, flight.x)
        impacts[n_impacts, 3] = flight.energy
        n_impacts += 1
    return n_impacts, lost


@compiled
def _store(stack: NDArray[np.float64], place: int, flight: Flight) -> None:
    row = stack[place]
    row[0], row[1], row[2] = flight.charge, flight.layer, flight.left
    row[3], row[4], row[5] = flight.x, flight.y, flight.z
    row[6], row[7], row[8] = flight.angle, flight.slope, flight.energy


@compiled
def _restore(stack: NDArray[np.float64], place: int) -> Flight:
    charge, layer, left, x, y, z, angle, slope, energy = stack[place]
    return Flight(charge, layer, left, x, y, z, angle, slope, energy)
