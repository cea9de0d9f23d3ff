"""What comes out of a vertex: energy and momentum are conserved, thinned or not."""

import math

import numpy as np
import pytest

from showerforge.showers.records import new_record
from showerforge.showers.stack import ELECTRON, NUCLEON, PHOTON, PION, Particle, empty_stack
from showerforge.showers.vertices import (
    break_hadron,
    decay_neutral_pion,
    hit_electron,
    make_pair,
)

PLACE, DOWN = (10.0, 20.0, 9000.0), np.array([0.6, 0.0, -0.8])
WEIGHT = 2.0
THINNED = 200.0  # GeV
NEUTRAL_PION = 0.1349768  # GeV


class Products:
    """What a vertex leaves."""

    def __init__(self, generator, vertex, energy, *kind, thinning=0.0):
        stack, self.record = empty_stack(1000), new_record(1.0)
        particle = Particle(PLACE, tuple(DOWN), energy, WEIGHT)
        vertex(generator, stack, thinning, self.record, *kind, particle)
        n = stack.size[0]
        self.kinds = stack.kinds[:n].copy()
        self.places, self.directions = np.split(stack.numbers[:n, :6], 2, axis=1)
        self.energies, self.weights = stack.numbers[:n, 6:].T

    @property
    def energy(self):
        return self.energies @ self.weights + self.record.energy.sum()

    @property
    def transverse(self):
        """Of each product, GeV, in the two directions across."""
        across = np.array([[0.8, 0, 0.6], [0, 1, 0]])
        return self.energies[:, None] * (self.directions @ across.T)


def many(vertex, energy, *kind, n=2000, **thinning):
    generator = np.random.default_rng(1)
    return [Products(generator, vertex, energy, *kind, **thinning) for _ in range(n)]


@pytest.mark.parametrize("energy", [0.035, 1.0, 5000.0])
@pytest.mark.parametrize(
    ("vertex", "kind"),
    [
        (make_pair, ()),
        (hit_electron, ()),
        (decay_neutral_pion, ()),
        (break_hadron, (True,)),
        (break_hadron, (False,)),
    ],
)
def test_all_energy_comes_out(vertex, kind, energy):
    for products in many(vertex, energy, *kind, n=100):
        assert products.energy == pytest.approx(WEIGHT * energy)
        assert (products.places == PLACE).all()
        assert (products.weights == WEIGHT).all()


@pytest.mark.parametrize("vertex", [make_pair, hit_electron])
def test_one_of_two_stands_for_both(vertex):
    thinned = many(vertex, 1.0, thinning=THINNED)
    for products in thinned:
        assert len(products.kinds) <= 1
        assert products.energy == pytest.approx(WEIGHT)
    # soft ones are chosen seldom, and weigh as much more
    soft = [products.energies < 0.3 for products in thinned]
    weights = [products.weights[soft].sum() for products, soft in zip(thinned, soft, strict=True)]
    whole = [(products.energies < 0.3).sum() * WEIGHT for products in many(vertex, 1.0)]
    error = math.hypot(np.std(weights), np.std(whole)) / math.sqrt(len(thinned))
    assert np.mean(weights) == pytest.approx(np.mean(whole), abs=5 * error)


@pytest.mark.parametrize(
    ("vertex", "kind"),
    [(decay_neutral_pion, ()), (break_hadron, (True,)), (break_hadron, (False,))],
)
def test_thinned_photons_have_the_energy_of_all_in_the_mean(vertex, kind):
    thinned = many(vertex, 100.0, *kind, n=6000, thinning=THINNED)
    energies = [products.energy for products in thinned]
    error = np.std(energies) / math.sqrt(len(energies))
    assert 0 < error < 0.02 * 100 * WEIGHT
    assert np.mean(energies) == pytest.approx(100 * WEIGHT, abs=5 * error)


def test_pairs_are_two_electrons():
    for products in many(make_pair, 1.0, n=100):
        assert products.kinds.tolist() == [ELECTRON, ELECTRON]


def test_a_hit_electron_goes_to_the_other_side():
    seen = 0
    for products in many(hit_electron, 5.0):
        if set(products.kinds) == {PHOTON, ELECTRON}:
            seen += 1
            assert products.transverse.sum(axis=0) == pytest.approx([0, 0], abs=1e-3)
    assert seen > 500


def test_two_photons_are_a_neutral_pion():
    for products in many(decay_neutral_pion, 20.0, n=300):
        if len(products.kinds) == 2:
            first, second = products.directions
            sine2 = ((first - second) ** 2).sum() / 4  # of half the angle between them
            mass = math.sqrt(4 * products.energies.prod() * sine2)
            assert mass == pytest.approx(NEUTRAL_PION, rel=0.02)
            assert products.transverse.sum(axis=0) == pytest.approx([0, 0], abs=2e-3)


def test_photons_take_as_much_of_a_proton_as_in_sibyll():
    energies = [
        products.energies[products.kinds == PHOTON].sum()
        for products in many(break_hadron, 1000.0, True)
    ]
    error = np.std(energies) / math.sqrt(len(energies))
    # 0.19 to 0.21
    assert np.mean(energies) / 1000 == pytest.approx(0.20, abs=0.01 + 3 * error / 1000)


def test_broken_hadrons_leave_one_of_their_kind_and_pions():
    for is_nucleon in (True, False):
        for products in many(break_hadron, 1000.0, is_nucleon, n=200):
            assert (products.kinds == NUCLEON).sum() <= is_nucleon
            assert set(products.kinds) <= {PHOTON, PION, NUCLEON}


def test_products_of_hadrons_are_thrown_as_far_as_in_sibyll():
    transverse = [
        np.hypot(*products.transverse[products.kinds == PION].T)
        for products in many(break_hadron, 1000.0, True, n=500)
    ]
    # pions below 3 GeV are not followed
    assert np.concatenate(transverse).mean() == pytest.approx(0.40, abs=0.02)
