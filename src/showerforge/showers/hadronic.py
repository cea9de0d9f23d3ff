"""Protons and pions in air: cross-sections, leading particles, what else comes out.

A simple model. Its few numbers were set by eye against Sibyll 2.3d (Riehn et al. 2020, Phys. Rev.
D 102, 063002) at 0.1 to 10 TeV, not fitted. No kaons (their energy goes to pions), no nuclei.
"""

from __future__ import annotations

import math

import numpy as np

from showerforge.compiled import compiled

#: g/cm2 times mb: mass of a nucleus of air, 14.55 u
_AIR_NUCLEUS = 24160.0
#: cross-section of protons in air for making particles at 1 TeV, mb, and how it rises
_CROSS_SECTION, _CROSS_SECTION_RISE = 285.0, 0.03
#: interaction length of pions, in units of that of protons
_PION_LENGTH = 1.32
# share of the energy that stays with the nucleon: mean 0.37, standard deviation 0.29
_LEADING_A, _LEADING_B = 0.65, 1.1
#: how often a pion leaves a leading one, and the least share that this takes
_PION_LEADING_CHANCE, _PION_LEADING_LOWEST = 0.35, 0.3
#: stick-breaking: dN/dx = theta (1 - x)^(theta - 1) / x for the pions
_THETA = 4.5
#: what is left of the energy below this is not broken further, GeV
LEAST_STICK = 0.6
#: share of the pions that are neutral
NEUTRAL_CHANCE = 1.0 / 3.0
#: mean transverse momentum of pions and of leading nucleons, GeV
PION_TRANSVERSE, NUCLEON_TRANSVERSE = 0.40, 0.45


@compiled
def nucleon_length(energy: float) -> float:
    """Mean free path of a nucleon, g/cm2.

    Parameters
    ----------
    energy : GeV.
    """
    return _AIR_NUCLEUS / (_CROSS_SECTION * (energy / 1000.0) ** _CROSS_SECTION_RISE)


@compiled
def pion_length(energy: float) -> float:
    """Mean free path of a charged pion, g/cm2; energy in GeV."""
    return _PION_LENGTH * nucleon_length(energy)


@compiled
def draw_leading_share(generator: np.random.Generator, is_nucleon: bool) -> float:
    """Share of the energy that the leading particle keeps; 0 if a pion leaves none."""
    if is_nucleon:
        return generator.beta(_LEADING_A, _LEADING_B)
    if generator.random() > _PION_LEADING_CHANCE:
        return 0.0
    return _PION_LEADING_LOWEST + (1.0 - _PION_LEADING_LOWEST) * generator.random()


@compiled
def draw_stick(generator: np.random.Generator) -> float:
    """Share of what is left that the next pion takes."""
    return 1.0 - generator.random() ** (1.0 / _THETA)


@compiled
def draw_angle(generator: np.random.Generator, energy: float, mean_transverse: float) -> float:
    """Angle to the parent, rad: transverse momentum from pT exp(-2 pT / mean), over the energy."""
    transverse = (
        0.5
        * mean_transverse
        * (generator.standard_exponential() + generator.standard_exponential())
    )
    return math.atan2(transverse, energy)
