"""Showers against conservation of energy, Greisen's profile and CHASM's light on the ground."""

import itertools
import math

import numpy as np
import pytest
from showers import truth
from showers.conftest import settings_of

from showerforge.showers.records import AT_GROUND, UNSEEN, depth_of_maximum

ZENITH = 35.0
ELONGATION = truth.radiation_length() * math.log(10)  # g/cm2 per decade
#: of the reference of light, TeV; beyond its radii the light falls further
LIGHT_ENERGY, FARTHER = 10.0, (300.0, 400.0)


def error_of(values):
    return np.std(values) / math.sqrt(len(values))


@pytest.fixture(scope="module")
def gammas(follow_showers):
    """Depths of maximum and of the first interaction, g/cm2, by energy, TeV."""
    depths = {}
    for energy, thinning, n in ((0.1, 2.0, 300), (1.0, 20.0, 300), (10.0, 50.0, 150)):
        records = follow_showers("gamma", energy, n, settings=settings_of(thinning)).records
        maxima = np.array([depth_of_maximum(record.profile) for record in records])
        depths[energy] = maxima, np.array([record.first[0] for record in records])
    return depths


@pytest.fixture(scope="module")
def light_pool(follow_showers):
    """Mean photons per m2 by distance to the axis, m, and their errors."""
    table = truth.photon_densities()
    table = table[
        (table["energy_TeV"] == LIGHT_ENERGY)
        & (table["zenith_deg"] == ZENITH)
        & (table["altitude_m"] == 675)
    ]
    radii = np.array([*table["radius_m"], *FARTHER])
    sides = np.array([[1, 0], [0, 1]])
    places = (radii[:, None, None] * sides).reshape(-1, 2)
    settings = settings_of(20.0, efficiency=1.0)
    light = follow_showers("gamma", LIGHT_ENERGY, 120, places, ZENITH, settings).light
    of_shower = light.sum(axis=2).reshape(len(light), len(radii), 2).mean(axis=2) / 8.5
    means = of_shower.mean(axis=0)
    errors = of_shower.std(axis=0) / math.sqrt(len(light))
    return radii, means, errors, table["photons_per_m2"]


@pytest.mark.parametrize("primary", ["gamma", "proton"])
def test_all_energy_is_found_again(follow_showers, primary):
    showers = follow_showers(primary, 0.3, 10, settings=settings_of(0.0))
    assert showers.energies == pytest.approx(300.0)


def test_thinned_gamma_showers_keep_all_their_energy(follow_showers):
    assert follow_showers("gamma", 2.0, 20).energies == pytest.approx(2000.0)


def test_thinned_proton_showers_keep_their_energy_in_the_mean(follow_showers):
    energies = follow_showers("proton", 2.0, 150).energies
    assert 0 < error_of(energies) < 0.005 * 2000
    assert energies.mean() == pytest.approx(2000.0, abs=4 * error_of(energies))


def test_only_hadrons_and_what_they_make_go_unseen(follow_showers):
    gamma = follow_showers("gamma", 0.3, 5).records
    proton = follow_showers("proton", 2.0, 50).records
    assert all(record.energy[UNSEEN] == record.muons[0] == 0 for record in gamma)
    unseen = np.array([record.energy[UNSEEN] for record in proton]) / 2000
    assert 0.1 < unseen.mean() < 0.5
    assert all(record.energy[AT_GROUND] > 0 for record in proton)
    assert np.mean([record.muons[0] for record in proton]) > 5


def test_gammas_begin_where_pairs_are_made(gammas):
    for _, first in gammas.values():
        # an exponential distribution
        length, _ = truth.PHOTON_LENGTHS[100.0]
        assert first.mean() == pytest.approx(length, abs=5 * length / math.sqrt(len(first)))
        assert first.std() == pytest.approx(length, rel=0.25)


def test_protons_begin_where_they_interact(follow_showers):
    records = follow_showers("proton", 1.0, 300, settings=settings_of(100.0)).records
    first = np.array([record.first[0] for record in records])
    production, _ = truth.PROTON_CROSS_SECTIONS[1e3]
    length = truth.interaction_length(production)
    assert first.mean() == pytest.approx(length, abs=5 * length / math.sqrt(len(first)))


def test_the_maximum_is_where_greisen_has_it(gammas):
    for energy, (maxima, _) in gammas.items():
        depth, _ = truth.greisen_maximum(energy)
        assert error_of(maxima) < 8
        assert maxima.mean() == pytest.approx(depth, abs=30)


def test_the_maximum_goes_deeper_by_the_same_for_each_decade(gammas):
    maxima = [gammas[energy][0] for energy in (0.1, 1.0, 10.0)]
    for upper, lower in itertools.pairwise(maxima):
        error = math.hypot(error_of(upper), error_of(lower))
        assert lower.mean() - upper.mean() == pytest.approx(ELONGATION, abs=3 * error)
    whole = (maxima[2].mean() - maxima[0].mean()) / 2
    assert whole == pytest.approx(ELONGATION, rel=0.12)


def test_light_on_the_ground_is_that_of_chasm(light_pool):
    _, means, errors, reference = light_pool
    own = means[: len(reference)]
    assert (errors[: len(reference)] < 0.05 * own).all()
    assert own == pytest.approx(reference, rel=0.15)


def test_the_light_pool_has_an_edge(light_pool):
    radii, means, _, _ = light_pool
    inside = means[radii <= 150]
    assert inside.max() < 1.4 * inside.min()
    outside = means[radii >= 150]
    assert (np.diff(outside) < 0).all()
    assert means[radii == 150] > 2 * means[radii == 250]


def test_rayleigh_scattering_takes_a_third_of_the_light(follow_showers):
    places = [(100.0, 0.0)]
    settings = settings_of(50.0)
    clear, dim = (
        follow_showers("gamma", 5.0, 20, places, settings=settings, rayleigh=rayleigh).light.sum()
        for rayleigh in (0.0, 1.0)
    )
    # from the maximum, with the same showers
    maximum, _ = truth.greisen_maximum(5.0)
    path = truth.standard_thickness(675.0) / math.cos(math.radians(ZENITH)) - maximum
    assert dim / clear == pytest.approx(truth.rayleigh_transmission(path), rel=0.05)
