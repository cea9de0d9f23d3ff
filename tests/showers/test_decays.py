"""Decays against conservation of energy and momentum."""

import math

import numpy as np
import pytest
from scipy.stats import kstest
from showers import truth

from showerforge.showers.decays import draw_muon, muon_decay_length, pion_decay_length

PION, MUON = truth.MASSES["pion"], truth.MASSES["muon"]
ENERGY = 30.0  # GeV
N_DRAWS = 10_000


@pytest.fixture(scope="module")
def muons():
    """Energy and angle of each."""
    generator = np.random.default_rng(1)
    return np.array([draw_muon(generator, ENERGY) for _ in range(N_DRAWS)]).T


def test_lengths_grow_with_the_lorentz_factor():
    assert pion_decay_length(ENERGY) == pytest.approx(ENERGY / PION * truth.DECAY_LENGTHS["pion"])
    assert muon_decay_length(ENERGY) == pytest.approx(ENERGY / MUON * truth.DECAY_LENGTHS["muon"])


def test_energies_of_muons_are_uniform(muons):
    lowest = (MUON / PION) ** 2 * ENERGY
    assert kstest(muons[0], "uniform", args=(lowest, ENERGY - lowest)).pvalue > 1e-3


def test_the_neutrino_that_is_left_has_no_mass(muons):
    energy, angle = muons
    momentum = np.sqrt(energy**2 - MUON**2)
    along = math.sqrt(ENERGY**2 - PION**2) - momentum * np.cos(angle)
    mass_squared = (ENERGY - energy) ** 2 - along**2 - (momentum * np.sin(angle)) ** 2
    # the exact formula differs by (mass / energy)^2
    assert np.abs(mass_squared).max() < 1e-3 * PION**2


def test_transverse_momentum_is_that_of_a_decay_at_rest(muons):
    transverse = muons[0] * np.sin(muons[1])
    highest = (PION**2 - MUON**2) / (2 * PION)
    assert 0.999 * highest < transverse.max() < 1.001 * highest
    # of an isotropic decay
    assert transverse.mean() == pytest.approx(math.pi / 4 * highest, rel=0.01)
