"""Decays of pions and muons (kinematics of two bodies, PDG 2024, section 49)."""

from __future__ import annotations

import math

import numpy as np

from showerforge.compiled import compiled
from showerforge.showers.constants import (
    MUON_DECAY_LENGTH,
    MUON_MASS,
    PION_DECAY_LENGTH,
    PION_MASS,
)

#: least share of a pion's energy that its muon gets: the square of the ratio of the masses
LEAST_MUON_SHARE = (MUON_MASS / PION_MASS) ** 2
#: momentum of the muon where the pion rests, GeV
_MUON_MOMENTUM = (PION_MASS**2 - MUON_MASS**2) / (2 * PION_MASS)


@compiled
def pion_decay_length(energy: float) -> float:
    """Mean path of a charged pion before it decays, m; energy in GeV."""
    return PION_DECAY_LENGTH * energy / PION_MASS


@compiled
def muon_decay_length(energy: float) -> float:
    """Mean path of a muon before it decays, m; energy in GeV."""
    return MUON_DECAY_LENGTH * energy / MUON_MASS


@compiled
def draw_muon(generator: np.random.Generator, energy: float) -> tuple[float, float]:
    """Energy, GeV, and angle, rad, of the muon from a pion of high energy.

    The pion has no spin, so the share of the energy is uniform.
    """
    share = LEAST_MUON_SHARE + (1.0 - LEAST_MUON_SHARE) * generator.random()
    cosine = 2.0 * (share - LEAST_MUON_SHARE) / (1.0 - LEAST_MUON_SHARE) - 1.0
    transverse = _MUON_MOMENTUM * math.sqrt(1.0 - cosine * cosine)
    return share * energy, transverse / (share * energy)
