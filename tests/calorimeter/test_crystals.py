"""Showers in the crystals and their read-out."""

import numpy as np
import pytest
from calorimeter.toy_images import make_recipe
from scipy.integrate import quad
from scipy.special import gammaincc
from scipy.stats import gamma

from showerforge.calorimeter.crystals import (
    CANVAS_SIDE,
    build_crystals,
    build_readout,
    contain,
    find_corner,
    fluctuate,
    leak,
    read_out,
    spread_energy,
    upper_gamma,
)
from showerforge.showers.simulation import random_stream

CRYSTALS = build_crystals(make_recipe().crystals)


@pytest.mark.parametrize("shape", [0.7, 1.0, 3.3, 6.0])
@pytest.mark.parametrize("x", [0.0, 0.1, 2.0, 4.2, 7.0, 13.0, 60.0])
def test_incomplete_gamma_function_is_that_of_scipy(shape, x):
    assert upper_gamma(shape, x) == pytest.approx(gammaincc(shape, x), rel=1e-7, abs=1e-12)


def test_leakage_is_the_tail_of_the_longitudinal_profile():
    maximum = np.log(50 / CRYSTALS.critical_energy) - 0.5
    profile = gamma(1 + 0.5 * maximum, scale=2)
    assert profile.pdf(maximum) > profile.pdf([maximum - 0.1, maximum + 0.1]).max()
    tail, _ = quad(profile.pdf, CRYSTALS.depth - 2, np.inf)
    assert leak(CRYSTALS, 50.0, 2.0) == pytest.approx(tail, rel=1e-6)


def test_photons_leak_more_than_electrons_and_neither_much():
    generator = random_stream(0)
    electron = contain(generator, CRYSTALS, -1.0, 50.0)
    photons = [contain(generator, CRYSTALS, 0.0, 50.0) for _ in range(2000)]
    assert 0.98 * 50 < np.mean(photons) < electron < 50
    assert max(photons) < 50


def test_containment_is_that_of_cms():
    canvas = np.zeros((CANVAS_SIDE, CANVAS_SIDE))
    spread_energy(CRYSTALS, 50.0, 48.5, 48.5, canvas)
    shares = [canvas[48 - r : 49 + r, 48 - r : 49 + r].sum() / 50 for r in (0, 1, 2)]
    # about 80, 94 and 97 % for a hit in the middle
    assert shares == pytest.approx([0.8, 0.94, 0.97], abs=0.025)
    assert canvas.sum() == pytest.approx(50, rel=1e-3)
    np.testing.assert_allclose(canvas[1:, 1:], canvas[1:, 1:][::-1, ::-1], atol=1e-12)


def test_energy_in_3x3_crystals_fluctuates_as_in_cms():
    generator, shower = random_stream(1), np.zeros((CANVAS_SIDE, CANVAS_SIDE))
    spread_energy(CRYSTALS, 50.0, 48.5, 48.5, shower)
    inner = []
    for _ in range(1000):
        canvas = shower.copy()
        fluctuate(generator, CRYSTALS.spot_energy, canvas)
        assert canvas.sum() == pytest.approx(shower.sum())
        assert canvas.min() >= 0
        inner.append(canvas[47:50, 47:50].sum())
    # lateral containment: 1.5 (5x5) to 2 % (3x3) for 1 GeV (CMS 2008, section 4.1)
    assert 0.013 < np.std(inner) / np.sqrt(50) < 0.022
    assert np.mean(inner) == pytest.approx(shower[47:50, 47:50].sum(), rel=1e-3)


@pytest.mark.parametrize("place", [(0.2, 95.9), (-30.0, 20.0), (200.0, -1e9)])
def test_what_falls_beside_the_crystals_is_lost(place):
    canvas = np.zeros((CANVAS_SIDE, CANVAS_SIDE))
    spread_energy(CRYSTALS, 50.0, *place, canvas)
    assert 0 <= canvas.sum() < 50


@pytest.mark.parametrize(("hottest", "corner"), [((50, 40), (34, 24)), ((2, 95), (0, 64))])
def test_the_hottest_crystal_is_in_the_middle_if_there_is_room(hottest, corner):
    canvas = np.zeros((CANVAS_SIDE, CANVAS_SIDE))
    canvas[hottest] = 1
    assert find_corner(canvas) == corner


def read_many(energy, n=20, **changes):
    """Read out crystals of one energy, GeV; return energies and times, GeV and ns."""
    settings = make_recipe(readout={"energy_unit": 2.0, "time_unit": 5.0} | changes).readout
    images = np.zeros((n, 32, 32, 2), dtype=np.float32)
    generator, energies = random_stream(3), np.full((32, 32), energy)
    for image in images:
        read_out(generator, build_readout(settings), energies, image)
    return images[..., 0].ravel() * 2.0, images[..., 1].ravel() * 5.0


@pytest.mark.parametrize("energy", [1.0, 20.0, 50.0])
def test_resolution_is_that_of_the_parameters(energy):
    energies, times = read_many(energy)
    settings = make_recipe().readout
    width = np.hypot(
        np.hypot(settings.stochastic_term * np.sqrt(energy), settings.noise),
        settings.constant_term * energy,
    )
    assert energies.mean() == pytest.approx(energy, abs=5 * width / np.sqrt(len(energies)))
    assert energies.std() == pytest.approx(width, rel=0.03)
    delay = np.hypot(settings.time_noise * settings.noise / energy, settings.time_constant)
    assert times.std() == pytest.approx(delay, rel=0.05)


def test_noise_is_suppressed_with_its_time():
    energies, times = read_many(0.0)
    # Gaussian beyond two standard deviations
    n, share = len(energies), 0.02275
    assert (energies > 0).mean() == pytest.approx(share, abs=4 * np.sqrt(share / n))
    assert energies[energies > 0].min() >= 2 * make_recipe().readout.noise * (1 - 1e-6)
    assert (times[energies == 0] == 0).all()
    assert (energies >= 0).all()
