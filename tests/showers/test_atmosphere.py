"""The air against the US Standard Atmosphere and CORSIKA's table of it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from showers import truth

from showerforge.showers.atmosphere import TOP, air, height_at, refractivity_of, thickness

#: the layers join in thickness, not in density: this height is an edge, where density jumps
EDGE = 10_000
HEIGHTS = st.floats(0.0, 0.999 * TOP)


@pytest.mark.parametrize("height", truth.CORSIKA_ATMOSPHERE)
def test_air_is_what_corsika_tabulates(height):
    density, depth, refractivity = truth.CORSIKA_ATMOSPHERE[height]
    own_depth, own_density = air(float(height))
    assert own_depth == pytest.approx(depth, rel=2e-3)
    # g/cm2 per m
    assert own_density == pytest.approx(100 * density, rel=0.035 if height == EDGE else 0.01)
    assert refractivity_of(own_density) == pytest.approx(
        refractivity, rel=0.03 if height == EDGE else 0.01
    )


def test_thickness_is_that_of_the_standard_atmosphere():
    heights = np.linspace(0, 36_000, 10)
    standard = [truth.standard_thickness(height) for height in heights]
    assert thickness(heights) == pytest.approx(standard, rel=4e-3)


def test_refractivity_is_the_mean_of_the_photons():
    # as many photons in each interval of 1 / wavelength
    wavelengths = 1 / np.linspace(1 / 600, 1 / 300, 301)
    density = truth.standard_density(0.0)
    mean = np.mean([truth.refractivity(wavelength, density) for wavelength in wavelengths])
    assert refractivity_of(air(0.0)[1]) == pytest.approx(mean, rel=2e-3)


@given(HEIGHTS)
def test_heights_come_back_from_thicknesses(height):
    assert height_at(air(height)[0]) == pytest.approx(height, abs=0.01)


@given(HEIGHTS)
def test_density_is_the_slope_of_the_thickness(height):
    step = 1.0
    between = (air(height)[0] - air(height + step)[0]) / step
    densities = air(height)[1], air(height + step)[1]
    assert min(densities) * 0.999 <= between <= max(densities) * 1.001


def test_nothing_is_above_the_top():
    assert height_at(0.0) == TOP
    assert 0 < air(TOP)[0] < 0.01
