"""Photons, electrons and positrons in air: pairs, Compton effect, bremsstrahlung, scattering.

Rossi and Greisen 1941 (Rev. Mod. Phys. 13, 240) and the Particle Data Group's review "Passage of
particles through matter" (PDG 2024, section 34), in the limit of complete screening.
"""

from __future__ import annotations

import math

import numpy as np

from showerforge.compiled import compiled
from showerforge.showers.constants import (
    CLASSICAL_RADIUS,
    ELECTRON_DENSITY,
    ELECTRON_MASS,
    RADIATION_LENGTH,
)

#: softer photons are continuous energy loss, and are not followed, GeV
SOFT_PHOTON = 0.03
#: width of multiple scattering in a plane for one radiation length, GeV (Highland 1975, PDG 34.16)
_SCATTERING = 13.6e-3
# The cross-section for pairs in air in units of 7/9 per radiation length: a fit to NIST XCOM,
# nuclear and electron field together, within 1 % from 20 MeV to 100 GeV.
_PAIR_LIMIT, _PAIR_DEFICIT, _PAIR_SCALE, _PAIR_POWER = 0.988, 0.464, 0.1, 0.79


@compiled
def pair_length(energy: float) -> float:
    """Mean free path of a photon before it makes a pair, g/cm2.

    9/7 radiation lengths at high energy (PDG 34.31).

    Parameters
    ----------
    energy : of the photon, GeV.
    """
    excess = _PAIR_DEFICIT * (_PAIR_SCALE / energy) ** _PAIR_POWER
    return 9.0 / 7.0 * RADIATION_LENGTH / _PAIR_LIMIT * (1.0 + excess)


@compiled
def compton_length(energy: float) -> float:
    """Mean free path of a photon before it hits an electron, g/cm2.

    Klein and Nishina 1929 for photons much above the electron's mass (Heitler 1954, "The quantum
    theory of radiation", section 22): pi r^2 (m/E) (ln(2 E/m) + 1/2) per electron.

    Parameters
    ----------
    energy : of the photon, GeV.
    """
    ratio = energy / ELECTRON_MASS
    area = math.pi * CLASSICAL_RADIUS**2 * (math.log(2.0 * ratio) + 0.5) / ratio
    return 1.0 / (ELECTRON_DENSITY * area)


@compiled
def draw_compton_share(generator: np.random.Generator, energy: float) -> float:
    """Share x of its energy that a photon keeps when it hits an electron.

    From x + 1/x - sin^2(theta) (Heitler 1954, section 22), with theta as `compton_cosine` gives it.
    """
    lowest = 1.0 / (1.0 + 2.0 * energy / ELECTRON_MASS)
    weight_of_inverse = -math.log(lowest)
    weight_of_linear = 0.5 * (1.0 - lowest * lowest)
    while True:
        if generator.random() * (weight_of_inverse + weight_of_linear) < weight_of_inverse:
            share = lowest ** generator.random()
        else:
            share = math.sqrt(lowest * lowest + generator.random() * (1.0 - lowest * lowest))
        cosine = compton_cosine(energy, share)
        if generator.random() < 1.0 - (1.0 - cosine * cosine) / (share + 1.0 / share):
            return share


@compiled
def compton_cosine(energy: float, share: float) -> float:
    """Cosine of the angle by which a photon of an energy, GeV, is thrown if it keeps a share."""
    return 1.0 - ELECTRON_MASS / energy * (1.0 / share - 1.0)


@compiled
def draw_pair_share(generator: np.random.Generator) -> float:
    """Share x of a photon's energy that one of a pair gets, from 1 - 4/3 x (1 - x) (PDG 34.30)."""
    while True:
        share = generator.random()
        if generator.random() < 1.0 - 4.0 / 3.0 * share * (1.0 - share):
            return share


@compiled
def pair_angle_width(energy: float) -> float:
    """Width, in a plane, of the angle of an electron to the photon it came from, rad: m/E."""
    return ELECTRON_MASS / energy / math.sqrt(2.0)


@compiled
def bremsstrahlung_length(energy: float) -> float:
    """Mean free path of an electron before it radiates a photon that is followed, g/cm2.

    Integral of dN/dy = (4/3 - 4/3 y + y^2) / y per radiation length (PDG 34.29) from
    y = `SOFT_PHOTON` / energy to 1.

    Parameters
    ----------
    energy : of the electron, GeV; infinite if it is below `SOFT_PHOTON`.
    """
    lowest = SOFT_PHOTON / energy
    if lowest >= 1.0:
        return math.inf
    per_length = 4.0 / 3.0 * (lowest - 1.0 - math.log(lowest)) + 0.5 * (1.0 - lowest * lowest)
    return RADIATION_LENGTH / per_length


@compiled
def draw_bremsstrahlung_share(generator: np.random.Generator, energy: float) -> float:
    """Share y of an electron's energy that a followed photon takes, see `bremsstrahlung_length`."""
    lowest = SOFT_PHOTON / energy
    while True:
        share = lowest ** generator.random()
        if generator.random() < 1.0 - share + 0.75 * share * share:
            return share


@compiled
def soft_loss(energy: float) -> float:
    """Energy that an electron loses to photons softer than `SOFT_PHOTON`, GeV per g/cm2."""
    highest = min(1.0, SOFT_PHOTON / energy)
    share = highest * (4.0 / 3.0 - 2.0 / 3.0 * highest + highest * highest / 3.0)
    return energy * share / RADIATION_LENGTH


@compiled
def scattering_width(momentum: float, depth: float) -> float:
    """Width of the Gaussian of multiple scattering in a plane, rad (Highland 1975, PDG 34.16).

    Without its logarithm, which does not add up over steps.

    Parameters
    ----------
    momentum : times the velocity, GeV.
    depth : g/cm2.
    """
    return _SCATTERING / momentum * math.sqrt(depth / RADIATION_LENGTH)
