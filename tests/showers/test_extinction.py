"""What arrives of the light: clear air against its spectrum, aerosols, and the limits."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from showers import truth

from showerforge.showers.atmosphere import air
from showerforge.showers.extinction import rayleigh_depth, transmission

ALTITUDE = 675.0
GROUND, _ = air(ALTITUDE)
FAR_UP = 80_000.0
AEROSOL_SCALE = 1200.0  # m


def arriving(height, cosine=1.0, rayleigh=1.0, aerosols=0.0):
    return transmission(height, air(height)[0], ALTITUDE, GROUND, cosine, rayleigh, aerosols)


@pytest.mark.parametrize("wavelength", [0.3, 0.4, 0.6])
def test_rayleigh_depth_is_that_of_clear_air(wavelength):
    assert rayleigh_depth(wavelength) == pytest.approx(truth.rayleigh_depth(1000 * wavelength))


@pytest.mark.parametrize("cosine", [1.0, 0.77])
@pytest.mark.parametrize("height", [1000.0, 5000.0, 9000.0, 20_000.0])
def test_clear_air_lets_as_much_pass_as_over_all_wavelengths(height, cosine):
    path = (GROUND - air(height)[0]) / cosine
    assert arriving(height, cosine) == pytest.approx(truth.rayleigh_transmission(path), rel=5e-3)


@given(st.floats(ALTITUDE, FAR_UP), st.floats(0.1, 1.0), st.floats(0.0, 2.0))
def test_light_is_only_lost_and_more_so_from_above(height, cosine, aerosols):
    higher, lower = (
        arriving(height + 100.0, cosine, 1.0, aerosols),
        arriving(height, cosine, 1.0, aerosols),
    )
    assert 0 < higher < lower <= 1


def test_nothing_is_lost_on_no_path_or_in_no_air():
    assert arriving(ALTITUDE, aerosols=0.3) == 1
    assert arriving(FAR_UP, rayleigh=0.0) == 1


@pytest.mark.parametrize("cosine", [1.0, 0.5])
def test_aerosols_are_a_layer_above_the_telescope(cosine):
    def depth(height):
        return -cosine * math.log(arriving(height, cosine, rayleigh=0.0, aerosols=0.2))

    assert depth(FAR_UP) == pytest.approx(0.2)
    assert depth(ALTITUDE + AEROSOL_SCALE) == pytest.approx(0.2 * (1 - math.exp(-1)))
