"""Drawn showers against the laws they are drawn from."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest

from showerforge.showers.beams import camera_basis, draw_energies, draw_shower, place_telescopes
from showerforge.showers.settings import BeamSettings, SiteSettings

SITE = SiteSettings(altitude=675, lowest_zenith=30, highest_zenith=40)
BEAM = BeamSettings(
    primary="proton",
    lowest_energy=3,
    highest_energy=100,
    spectral_index=-2.6,
    cone=5,
    source_offset=2,
    maximum_impact=300,
)
N_SHOWERS = 3000


@pytest.fixture(scope="module")
def showers():
    generator = np.random.default_rng(1)
    return [draw_shower(generator, BEAM, SITE, 2) for _ in range(N_SHOWERS)]


def is_uniform(values, lowest, highest):
    return kstest(values, "uniform", args=(lowest, highest - lowest)).pvalue > 1e-3


@pytest.mark.parametrize("index", [-2.6, -1.0, 0.0])
def test_energies_follow_their_power_law(index):
    energies = draw_energies(np.random.default_rng(2), 20_000, 3.0, 100.0, index)

    def cumulative(energy):
        def integral(x):
            return np.log(x) if index == -1 else x ** (index + 1) / (index + 1)

        return (integral(energy) - integral(3.0)) / (integral(100.0) - integral(3.0))

    assert kstest(energies, cumulative).pvalue > 1e-3


@given(st.floats(0, 60))
def test_basis_is_right_up_and_ahead(zenith):
    right, up, ahead = basis = camera_basis(math.radians(zenith))
    assert basis @ basis.T == pytest.approx(np.eye(3), abs=1e-12)
    assert math.degrees(math.acos(ahead[2])) == pytest.approx(zenith, abs=1e-6)
    # who looks ahead, with up above, has the right at hand
    assert np.cross(ahead, up) == pytest.approx(right, abs=1e-12)
    assert right[2] == 0
    assert up[2] >= 0


def test_directions_are_uniform_in_the_cone(showers):
    cosines, sides, zeniths = [], [], []
    for shower in showers:
        right, up, ahead = shower.basis
        offset = math.radians(BEAM.source_offset)
        centre = math.cos(offset) * ahead + math.sin(offset) * right
        outwards = math.cos(offset) * right - math.sin(offset) * ahead
        cosines.append(shower.source @ centre)
        sides.append(math.atan2(shower.source @ up, shower.source @ outwards))
        zeniths.append(shower.zenith)
        assert np.linalg.norm(shower.source) == pytest.approx(1)
    assert is_uniform(cosines, math.cos(math.radians(BEAM.cone)), 1)
    assert is_uniform(sides, -math.pi, math.pi)
    assert is_uniform(zeniths, 30, 40)


def test_sources_are_seen_where_they_are(showers):
    seen = np.array([shower.seen_at for shower in showers])
    angles = [
        math.degrees(math.acos(min(1, shower.source @ shower.basis[2]))) for shower in showers
    ]
    assert np.hypot(*np.deg2rad(seen).T) == pytest.approx(np.tan(np.deg2rad(angles)))
    assert seen.mean(axis=0) == pytest.approx([BEAM.source_offset, 0], abs=0.3)


def test_impacts_are_uniform_on_the_disc(showers):
    cores = np.concatenate([shower.cores for shower in showers])
    assert is_uniform((cores**2).sum(axis=1), 0, BEAM.maximum_impact**2)
    assert is_uniform(np.arctan2(cores[:, 1], cores[:, 0]), -math.pi, math.pi)


def test_telescopes_stand_on_the_ground_as_far_from_the_axis_as_drawn(showers):
    for shower in showers[:200]:
        assert (shower.telescopes[:, 2] == SITE.altitude).all()
        to_axis = np.array([0, 0, SITE.altitude]) - shower.telescopes
        distances = np.linalg.norm(np.cross(to_axis, shower.source), axis=1)
        assert distances == pytest.approx(np.hypot(*shower.cores.T))


@given(st.floats(0, 60), st.floats(-300, 300), st.floats(-300, 300))
def test_a_core_on_the_right_is_right_of_the_telescope(zenith, right, up):
    basis = camera_basis(math.radians(zenith))
    (telescope,) = place_telescopes(np.array([[-right, -up]]), basis, basis[2], 675.0)
    to_axis = np.array([0, 0, 675.0]) - telescope
    assert basis[:2] @ to_axis == pytest.approx([right, up], abs=1e-9)
