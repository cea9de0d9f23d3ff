"""The truths of the other tests, held against each other."""

import math

import numpy as np
import pytest
from scipy.constants import Avogadro, physical_constants
from scipy.integrate import quad
from showers import truth

#: mean of Z/A of dry air (PDG; not looked up)
CHARGE_TO_MASS = 0.4992


@pytest.mark.parametrize("height", truth.CORSIKA_ATMOSPHERE)
def test_standard_atmosphere_is_what_corsika_tabulates(height):
    density, thickness, delta = truth.CORSIKA_ATMOSPHERE[height]
    assert truth.standard_density(height) / 1000 == pytest.approx(density, rel=3e-3)
    assert truth.standard_thickness(height) == pytest.approx(thickness, rel=4e-3)
    assert truth.refractivity(400.0, truth.standard_density(height)) == pytest.approx(
        delta, rel=2e-3
    )


def test_radiation_length_gives_the_limit_of_pair_production():
    assert truth.radiation_length() == pytest.approx(36.62, abs=0.01)
    limit, _ = truth.PHOTON_LENGTHS[100.0]
    assert limit == pytest.approx(9 / 7 * truth.radiation_length(), rel=0.02)


@pytest.mark.parametrize("energy", truth.PHOTON_LENGTHS)
def test_compton_lengths_are_those_of_klein_and_nishina(energy):
    k = energy / truth.MASSES["electron"]
    radius = physical_constants["classical electron radius"][0] * 100
    cross_section = 2 * math.pi * radius**2 * (1 + k) / k**2 * (
        2 * (1 + k) / (1 + 2 * k) - math.log1p(2 * k) / k
    ) + 2 * math.pi * radius**2 * (math.log1p(2 * k) / (2 * k) - (1 + 3 * k) / (1 + 2 * k) ** 2)
    electrons_per_gram = CHARGE_TO_MASS * Avogadro
    _, compton = truth.PHOTON_LENGTHS[energy]
    # radiative corrections, which XCOM has, grow with energy
    assert compton == pytest.approx(1 / (electrons_per_gram * cross_section), rel=0.07)


def test_protons_interact_as_deep_as_pdg_says():
    # 90.1 g/cm2 at some 200 GeV (not looked up)
    production, _ = truth.PROTON_CROSS_SECTIONS[100.0]
    assert truth.interaction_length(production) == pytest.approx(90.1, rel=0.03)


@pytest.mark.parametrize("energy", [1.0, 10.0, 30.0])
def test_greisen_profile_has_its_maximum_where_it_should(energy):
    depths = np.arange(1.0, 1500.0)
    numbers = truth.greisen_profile(depths, energy)
    depth, number = truth.greisen_maximum(energy)
    assert depths[numbers.argmax()] == pytest.approx(depth, abs=1.0)
    assert numbers.max() == pytest.approx(number, rel=1e-4)


def test_greisen_profile_spends_about_the_energy():
    depths = np.arange(1.0, 5000.0)
    track_length = truth.greisen_profile(depths, 10.0).sum()
    loss = truth.CRITICAL_ENERGY / truth.radiation_length()
    assert track_length * loss == pytest.approx(10e6, rel=0.05)


@pytest.mark.parametrize("impact", [0.0, 0.7, 1.4])
def test_muon_light_is_that_of_its_track_over_the_mirror(impact):
    angle, radius = math.radians(1.3), 1.645

    def chord(azimuth):
        return math.sqrt(radius**2 - (impact * math.sin(azimuth)) ** 2) + impact * math.cos(azimuth)

    mean_chord = quad(chord, 0, 2 * math.pi)[0] / (2 * math.pi)
    track = mean_chord / math.tan(angle)
    expected = truth.photons_per_metre(angle) * track
    assert truth.muon_photons(angle, radius, impact) == pytest.approx(expected)


def test_rayleigh_depth_is_that_of_molecules_of_air():
    # Bodhaine et al. 1999, eqs. 2 and 4: cross-section from the refractive index
    wavelength, molecules, king = 400.0, 2.546899e25, 1.05
    squared = (1 + truth.refractivity(wavelength)) ** 2
    cross_section = (
        (24 * math.pi**3 / ((wavelength * 1e-9) ** 4 * molecules**2))
        * ((squared - 1) / (squared + 2)) ** 2
        * king
    )
    column = truth.standard_thickness(0.0) * 10 * Avogadro / 28.9644e-3
    assert truth.rayleigh_depth(wavelength) == pytest.approx(cross_section * column, rel=0.01)


def test_reference_light_falls_beyond_the_shoulder_and_rises_with_energy():
    table = truth.photon_densities()
    assert len(table) == 63
    for zenith in (0.0, 35.0):
        shower = table[(table["energy_TeV"] == 10.0) & (table["zenith_deg"] == zenith)]
        outside = shower["photons_per_m2"][shower["radius_m"] >= 150]
        assert (np.diff(outside) < 0).all()
        weak = table[(table["energy_TeV"] == 1.0) & (table["zenith_deg"] == zenith)]
        assert (shower["photons_per_m2"] > 9 * weak["photons_per_m2"]).all()
