"""Light in the camera: muons against their analytic rings, and where it is seen."""

import math

import numpy as np
import pytest
from showers import truth
from showers.site import ALTITUDE

from showerforge.showers.atmosphere import air
from showerforge.showers.beams import camera_basis
from showerforge.showers.records import new_record
from showerforge.showers.stack import MUON, Particle, empty_stack, push
from showerforge.showers.transport import follow_shower
from showerforge.showers.view import View

EFFICIENCY, FAST = 0.1, 1e5  # GeV
GROUND_ANGLE = truth.cherenkov_angle(truth.refractivity(400.0, truth.standard_density(ALTITUDE)))


@pytest.fixture(scope="module")
def see_muons(fine_camera):
    """Mean image of muons that start above the ground; the telescope points to the zenith."""

    def see(impact=0.0, height=1000.0, tilt=0.0, energy=FAST, spread=0.0, pointing=0.0, n=100):
        basis = camera_basis(math.radians(pointing))
        view = View(
            telescopes=np.array([[0.0, 0.0, ALTITUDE]]),
            basis=basis,
            altitude=ALTITUDE,
            ground_thickness=air(ALTITUDE)[0],
            mirror_area=fine_camera.mirror_area,
            efficiency=EFFICIENCY,
            spread=spread,
            rayleigh=0.0,
            aerosol_depth=0.0,
            lattice=fine_camera.lattice,
            expected=np.zeros((1, fine_camera.n_pixels + 1)),
        )
        source = basis[2] + math.tan(math.radians(tilt)) * basis[0]
        source /= np.linalg.norm(source)
        start = source * height / source[2]
        generator = np.random.default_rng(1)
        stack = empty_stack(1)
        for _ in range(n):
            place = (start[0], start[1] + impact, ALTITUDE + height)
            push(stack, MUON, Particle(place, tuple(-source), energy, 1.0))
            follow_shower(generator, stack, 0.0, view, new_record(1.0))
        return view.expected[0] / n

    return see


@pytest.fixture(scope="module")
def measure_ring(fine_camera):
    """Centre and mean radius of an image, deg."""

    def measure(image):
        image = image[:-1]
        centre = [image @ fine_camera.x / image.sum(), image @ fine_camera.y / image.sum()]
        distance = np.hypot(fine_camera.x - centre[0], fine_camera.y - centre[1])
        return np.array(centre), image @ distance / image.sum()

    return measure


@pytest.mark.parametrize("height", [100.0, 400.0, 3000.0])
def test_a_muon_through_the_centre_is_a_ring(see_muons, measure_ring, height):
    image = see_muons(height=height)
    assert image.sum() == pytest.approx(289.2, rel=0.03)
    radius = math.sqrt(8.5 / math.pi)
    assert image.sum() == pytest.approx(
        EFFICIENCY * truth.muon_photons(GROUND_ANGLE, radius), rel=0.03
    )
    centre, ring = measure_ring(image)
    assert centre == pytest.approx([0, 0], abs=0.02)
    assert ring == pytest.approx(math.degrees(GROUND_ANGLE), abs=0.02)


@pytest.mark.parametrize(("impact", "tolerance"), [(0.5, 0.03), (1.0, 0.03), (1.5, 0.06)])
def test_muons_off_the_centre_have_shorter_tracks_over_the_mirror(see_muons, impact, tolerance):
    expected = truth.muon_photons(GROUND_ANGLE, math.sqrt(8.5 / math.pi), impact)
    assert see_muons(impact).sum() == pytest.approx(EFFICIENCY * expected, rel=tolerance)


@pytest.mark.parametrize("impact", [20.0, 60.0, 110.0])
def test_light_beside_a_muon_thins_out_over_its_cone(see_muons, impact):
    heights = np.arange(1.0, 9000.0)
    densities = [truth.standard_density(ALTITUDE + height) for height in heights]
    angles = np.array([truth.cherenkov_angle(truth.refractivity(400.0, d)) for d in densities])
    # the light of each metre of track falls on a ring
    radii = heights * np.tan(angles)
    photons = np.array([truth.photons_per_metre(angle) for angle in angles])
    density = np.interp(impact, radii[1:], photons[1:] / np.diff(np.pi * radii**2))
    image = see_muons(impact, height=9000.0, n=2000)
    assert image.sum() == pytest.approx(EFFICIENCY * 8.5 * density, rel=0.03)


@pytest.mark.parametrize("energy", [8.0, 20.0])
def test_slow_muons_have_smaller_rings(see_muons, measure_ring, energy):
    delta = truth.refractivity(400.0, truth.standard_density(ALTITUDE))
    # it loses 0.08 GeV in 36 g/cm2, and shines on the mirror at the end
    angle = truth.cherenkov_angle(delta, truth.MASSES["muon"], energy - 0.07)
    image = see_muons(height=300.0, energy=energy, n=300)
    expected = truth.muon_photons(angle, math.sqrt(8.5 / math.pi))
    assert image.sum() == pytest.approx(EFFICIENCY * expected, rel=0.03)
    assert measure_ring(image)[1] == pytest.approx(math.degrees(angle), abs=0.05)


@pytest.mark.parametrize("pointing", [0.0, 35.0])
def test_a_ring_lies_where_the_muon_comes_from(see_muons, measure_ring, pointing):
    centre, _ = measure_ring(see_muons(tilt=1.0, pointing=pointing))
    assert centre == pytest.approx([1.0, 0.0], abs=0.03)


def test_a_telescope_that_looks_elsewhere_sees_nothing_but_what_passes_beside(see_muons):
    image = see_muons(tilt=20.0)
    assert image[:-1].sum() == 0
    assert image[-1] == pytest.approx(289 * math.cos(math.radians(20)), rel=0.1)


def test_the_mirror_smears_rings_by_its_point_spread(see_muons, measure_ring, fine_camera):
    variances = []
    for spread in (0.0, 0.1):
        image = see_muons(spread=spread)
        _, ring = measure_ring(image)
        distance = np.hypot(fine_camera.x, fine_camera.y)
        variances.append(image[:-1] @ (distance - ring) ** 2 / image[:-1].sum())
    assert variances[1] - variances[0] == pytest.approx(0.1**2, rel=0.1)
