"""Directions: unit vectors, tilted by what is asked for, to all sides alike."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest

from showerforge.showers.directions import deflected, scattered, tilted

N_DRAWS = 20_000
COSINES, AZIMUTHS = st.floats(-1, 1), st.floats(0, 2 * math.pi)
TANGENTS = st.floats(-2, 2)
DOWN = (0.6, 0.0, -0.8)


def direction(cosine, azimuth):
    sine = math.sqrt(1 - cosine**2)
    return sine * math.cos(azimuth), sine * math.sin(azimuth), cosine


def across(directions):
    """Components of directions about `DOWN`, and the cosine to it."""
    return directions @ np.array([[0.8, 0, 0.6], [0, 1, 0], DOWN]).T


@given(COSINES, AZIMUTHS, TANGENTS, TANGENTS)
def test_a_tilt_has_the_tangents_asked_for(cosine, azimuth, first, second):
    before = np.array(direction(cosine, azimuth))
    after = np.array(tilted(tuple(before), first, second))
    assert np.linalg.norm(after) == pytest.approx(1)
    assert math.acos(min(1, before @ after)) == pytest.approx(
        math.atan(math.hypot(first, second)), abs=1e-6
    )


@given(COSINES, AZIMUTHS)
def test_the_two_tangents_are_at_right_angles(cosine, azimuth):
    before = np.array(direction(cosine, azimuth))
    first, second = (np.array(tilted(tuple(before), *tangents)) for tangents in ((1, 0), (0, 1)))
    # each is 45 deg from the direction before
    assert first @ second == pytest.approx(0.5)


@pytest.mark.parametrize("vertical", [-1.0, 1.0])
def test_vertical_directions_are_no_exception(vertical):
    assert tilted((0.0, 0.0, vertical), 0.0, 0.0) == (0.0, 0.0, vertical)


def test_scattering_is_gaussian_in_each_plane():
    generator = np.random.default_rng(1)
    width = 0.01
    draws = across(np.array([scattered(generator, tuple(DOWN), width) for _ in range(N_DRAWS)]))
    for plane in draws[:, :2].T:
        assert kstest(plane / draws[:, 2] / width, "norm").pvalue > 1e-3
    assert abs(np.corrcoef(draws[:, :2].T)[0, 1]) < 5 / math.sqrt(N_DRAWS)


@pytest.mark.parametrize("angle", [1e-4, 0.02, 1.0])
def test_deflection_has_its_angle_and_no_favourite_side(angle):
    generator = np.random.default_rng(2)
    draws = across(np.array([deflected(generator, tuple(DOWN), angle) for _ in range(N_DRAWS)]))
    assert np.hypot(*draws[:, :2].T) == pytest.approx(math.sin(angle))
    sides = np.arctan2(draws[:, 1], draws[:, 0])
    assert kstest(sides, "uniform", args=(-math.pi, 2 * math.pi)).pvalue > 1e-3
