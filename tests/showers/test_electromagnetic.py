"""Photons and electrons: mean free paths against NIST, draws against the laws themselves."""

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import kstest
from showers import truth

from showerforge.showers.constants import RADIATION_LENGTH
from showerforge.showers.directions import scattered
from showerforge.showers.electromagnetic import (
    SOFT_PHOTON,
    bremsstrahlung_length,
    compton_cosine,
    compton_length,
    draw_bremsstrahlung_share,
    draw_compton_share,
    draw_pair_share,
    pair_angle_width,
    pair_length,
    scattering_width,
    soft_loss,
)

MASS = truth.MASSES["electron"]
N_DRAWS = 20_000
FOLLOWED = [energy for energy in truth.PHOTON_LENGTHS if energy >= 0.02]  # GeV


def draws_of(draw, *arguments, n=N_DRAWS):
    generator = np.random.default_rng(1)
    return np.array([draw(generator, *arguments) for _ in range(n)])


def distribution(density, lowest):
    """Cumulative distribution of a density between `lowest` and 1, by the trapezoidal rule."""
    points = np.geomspace(lowest, 1, 20_001)
    values = density(points)
    sums = np.concatenate([[0], np.cumsum(np.diff(points) * (values[1:] + values[:-1]) / 2)])
    return lambda x: np.interp(x, points, sums / sums[-1])


def radiated(share):
    """Photons per share of the energy and radiation length, in complete screening."""
    return (4 / 3 - 4 / 3 * share + share**2) / share


def test_radiation_length_is_that_of_air():
    assert pytest.approx(truth.radiation_length(), rel=1e-3) == RADIATION_LENGTH


@pytest.mark.parametrize("energy", FOLLOWED)
def test_photons_go_as_far_as_nist_says(energy):
    pair, compton = truth.PHOTON_LENGTHS[energy]
    assert pair_length(energy) == pytest.approx(pair, rel=0.01)
    # NIST has radiative corrections, 5 % at 1 GeV
    assert compton_length(energy) == pytest.approx(compton, rel=0.05)


@pytest.mark.parametrize("energy", [0.03, 1.0])
def test_hit_photons_keep_what_klein_and_nishina_say(energy):
    def density(share):
        cosine = 1 - MASS / energy * (1 / share - 1)
        return share + 1 / share - (1 - cosine**2)

    lowest = 1 / (1 + 2 * energy / MASS)
    shares = draws_of(draw_compton_share, energy)
    assert kstest(shares, distribution(density, lowest)).pvalue > 1e-3


@pytest.mark.parametrize("share", [0.02, 0.5, 1.0])
def test_a_hit_conserves_energy_and_momentum(share):
    energy = 0.03
    cosine, photon = compton_cosine(energy, share), share * energy
    sine = math.sqrt(1 - cosine**2)
    momentum = math.hypot(energy - photon * cosine, photon * sine)
    assert math.hypot(momentum, MASS) == pytest.approx(energy - photon + MASS)


def test_pairs_share_energy_as_in_complete_screening():
    def cumulative(share):
        return 9 / 7 * (share - 2 / 3 * share**2 + 4 / 9 * share**3)

    assert kstest(draws_of(draw_pair_share), cumulative).pvalue > 1e-3


def test_pairs_open_by_mass_over_energy():
    energy = 0.1
    generator = np.random.default_rng(2)
    width = pair_angle_width(energy)
    cosines = [scattered(generator, (0.0, 0.0, -1.0), width)[2] for _ in range(N_DRAWS)]
    squares = 2 * (1 + np.array(cosines))
    assert squares.mean() == pytest.approx((MASS / energy) ** 2, rel=5 / math.sqrt(N_DRAWS))


@pytest.mark.parametrize("energy", [0.05, 1.0, 1000.0])
def test_bremsstrahlung_has_the_spectrum_of_complete_screening(energy):
    lowest = SOFT_PHOTON / energy
    per_length, _ = quad(radiated, lowest, 1, epsrel=1e-10, limit=200)
    assert bremsstrahlung_length(energy) == pytest.approx(RADIATION_LENGTH / per_length)
    shares = draws_of(draw_bremsstrahlung_share, energy)
    assert kstest(shares, distribution(radiated, lowest)).pvalue > 1e-3


@pytest.mark.parametrize("energy", [0.05, 3.0])
def test_electrons_lose_their_energy_in_a_radiation_length(energy):
    shares = draws_of(draw_bremsstrahlung_share, energy, n=3 * N_DRAWS)
    hard = energy * shares.mean() / bremsstrahlung_length(energy)
    error = energy * shares.std() / bremsstrahlung_length(energy) / math.sqrt(len(shares))
    whole = energy / RADIATION_LENGTH
    assert error < 0.01 * whole
    assert hard + soft_loss(energy) == pytest.approx(whole, abs=4 * error)


@pytest.mark.parametrize("energy", [0.001, SOFT_PHOTON])
def test_slow_electrons_radiate_only_soft_photons(energy):
    assert bremsstrahlung_length(energy) == math.inf
    assert soft_loss(energy) == pytest.approx(energy / RADIATION_LENGTH)


def test_scattering_does_not_depend_on_the_number_of_steps():
    momentum, depth, n_steps, n_tracks = 5.0, 10.0, 20, 2000
    generator = np.random.default_rng(3)
    width = scattering_width(momentum, depth / n_steps)
    squares = []
    for _ in range(n_tracks):
        track = (0.6, 0.0, -0.8)
        for _ in range(n_steps):
            track = scattered(generator, track, width)
        squares.append(2 * (1 - 0.6 * track[0] + 0.8 * track[2]))
    whole = scattering_width(momentum, depth)
    assert np.mean(squares) == pytest.approx(2 * whole**2, rel=5 / math.sqrt(n_tracks))


def test_scattering_is_near_that_of_rossi():
    # E_s / sqrt(2) in a plane; Highland's fit leaves the rare large angles out
    scale = MASS * math.sqrt(2 * math.pi * 137.036)
    assert scattering_width(1.0, RADIATION_LENGTH) == pytest.approx(scale, rel=0.1)
