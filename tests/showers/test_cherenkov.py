"""Cherenkov light against the exact formulae, the blurred cone against rays that are drawn."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import i0e
from scipy.stats import kstest
from showers import truth

from showerforge.showers.cherenkov import (
    PHOTONS_PER_METRE,
    REACH,
    blurred_cone,
    scaled_bessel,
    sine_squared,
    threshold_energy,
)

REFRACTIVITIES = st.floats(1e-6, 3e-4)
MASSES = st.sampled_from([truth.MASSES["electron"], truth.MASSES["muon"]])


@given(REFRACTIVITIES, MASSES, st.floats(1.05, 1e4))
def test_angle_and_yield_are_those_of_frank_and_tamm(refractivity, mass, above_threshold):
    energy = above_threshold * truth.cherenkov_threshold(refractivity, mass)
    angle = truth.cherenkov_angle(refractivity, mass, energy)
    # the first neglected term is n - 1 times smaller than the largest angle's
    allowed = 3 * refractivity * 2 * refractivity
    sine2 = sine_squared(mass, energy, refractivity)
    assert sine2 == pytest.approx(math.sin(angle) ** 2, abs=allowed)
    assert PHOTONS_PER_METRE * sine2 == pytest.approx(
        truth.photons_per_metre(angle), abs=PHOTONS_PER_METRE * allowed
    )


@given(REFRACTIVITIES, MASSES)
def test_light_begins_at_the_threshold(refractivity, mass):
    threshold = threshold_energy(mass, refractivity)
    assert threshold == pytest.approx(truth.cherenkov_threshold(refractivity, mass), rel=1e-3)
    assert sine_squared(mass, 0.999 * threshold, refractivity) < 0
    assert sine_squared(mass, 1.001 * threshold, refractivity) > 0


@given(st.floats(0, 1e6))
def test_bessel_function_is_that_of_scipy(x):
    assert scaled_bessel(x) == pytest.approx(i0e(x), rel=1e-6)


@pytest.mark.parametrize("width", [0.0005, 0.01, 0.1])
def test_a_blurred_cone_holds_all_light_within_its_reach(width):
    cone = 0.02
    share, _ = quad(
        lambda angle: 2 * math.pi * angle * blurred_cone(angle, cone, width),
        max(0, cone - REACH * width),
        cone + REACH * width,
        epsrel=1e-10,
    )
    # a Gaussian in two planes leaves exp(-REACH^2 / 2) out
    assert share == pytest.approx(1, abs=math.exp(-(REACH**2) / 2))


@pytest.mark.parametrize("width", [0.002, 0.02])
def test_a_blurred_cone_is_that_of_drawn_rays(width):
    cone, n_rays = 0.02, 20_000
    generator = np.random.default_rng(1)
    azimuth = generator.uniform(0, 2 * np.pi, n_rays)
    x, y = cone * np.cos(azimuth), cone * np.sin(azimuth)
    angles = np.hypot(*(np.array([x, y]) + width * generator.standard_normal((2, n_rays))))
    points = np.linspace(0, cone + 6 * width, 2001)
    density = [2 * math.pi * angle * blurred_cone(angle, cone, width) for angle in points]
    cumulative = np.cumsum(density) * points[1]
    assert kstest(angles, lambda x: np.interp(x, points, cumulative)).pvalue > 1e-3
