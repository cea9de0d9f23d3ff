import astropy.units as u
import numpy as np
import pytest
from scipy.integrate import quad

from showerforge.metrics.sources import crab_gammas_per_hour


@pytest.mark.parametrize("threshold", [0.1, 0.2, 1.0])
def test_agrees_with_the_integral_of_gammapy(threshold):
    from gammapy.modeling.models import create_crab_spectral_model

    flux = create_crab_spectral_model("hegra").integral(threshold * u.TeV, 1e6 * u.TeV)
    expected = (flux * 1e5 * u.m**2).to_value(1 / u.h)
    assert crab_gammas_per_hour(1e5, threshold) == pytest.approx(expected, rel=1e-3)


def test_grows_with_the_area():
    assert crab_gammas_per_hour(2e5, 0.3) == pytest.approx(2 * crab_gammas_per_hour(1e5, 0.3))


@pytest.mark.parametrize(("threshold", "excess"), [(0.1, 0.53), (0.2, 0.16)])
def test_carried_on_below_its_range_it_overestimates_as_the_docstring_says(threshold, excess):
    from pyirf.spectral import CRAB_MAGIC_JHEAP2015

    def rate(log_energy):
        energy = np.exp(log_energy) * u.TeV
        return (CRAB_MAGIC_JHEAP2015(energy) * energy).to_value("m-2 h-1")

    bending = 1e5 * quad(rate, np.log(threshold), np.log(1000))[0]
    assert crab_gammas_per_hour(1e5, threshold) / bending - 1 == pytest.approx(excess, abs=0.01)
