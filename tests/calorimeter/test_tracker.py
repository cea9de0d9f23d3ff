"""Electrons and photons in the tracker, against analytic truths."""

import math

import numpy as np
import pytest
from calorimeter.toy_images import make_recipe

from showerforge.calorimeter.flight import Flight, turn_to
from showerforge.calorimeter.tracker import CAPACITY, build_tracker, follow
from showerforge.showers.simulation import random_stream

RADIUS = 1.29
MOMENTUM = 50.0


def follow_many(charge, n, material, field=3.8, momentum=MOMENTUM, eta=0.3, phi=0.01, n_layers=14):
    """Follow particles; return what arrives of each, float[n_impacts, 4], and what is lost."""
    tracker = build_tracker(
        make_recipe(tracker={"field": field, "n_layers": n_layers}).tracker, RADIUS
    )
    energy = momentum * math.cosh(eta)
    start = Flight(charge, 0.0, -1.0, 0.0, 0.0, 0.0, phi, math.sinh(eta), energy)
    generator = random_stream(5)
    stack, impacts = np.empty((CAPACITY, 9)), np.empty((CAPACITY, 4))
    results = []
    for _ in range(n):
        n_impacts, lost = follow(generator, tracker, start, material, stack, impacts)
        results.append((impacts[:n_impacts].copy(), lost))
    return results


@pytest.mark.parametrize("charge", [1.0, -1.0])
@pytest.mark.parametrize("momentum", [1.0, 5.0, 50.0])
def test_a_track_is_bent_as_a_circle(charge, momentum):
    (((impact,), lost),) = follow_many(charge, 1, 0.0, momentum=momentum)
    # the chord of a circle of the radius pT / (0.3 B), both of whose ends are at its angle
    half = math.asin(0.299792458 * 3.8 * RADIUS / (2 * momentum))
    assert impact[2] == pytest.approx(0.01 - charge * half, abs=1e-9)
    # along the beam it flies as far as the arc is long
    z = 2 * half * momentum / (0.299792458 * 3.8) * math.sinh(0.3)
    assert impact[1] == pytest.approx(math.asinh(z / RADIUS), abs=1e-9)
    assert impact[3] == pytest.approx(momentum * math.cosh(0.3))
    assert lost == 0


def test_a_photon_flies_straight():
    (((impact,), _),) = follow_many(0.0, 1, 0.0)
    np.testing.assert_allclose(impact, [0, 0.3, 0.01, MOMENTUM * math.cosh(0.3)])


def test_what_curls_up_does_not_arrive():
    lowest = 0.299792458 * 3.8 * RADIUS / 2
    ((arrived, lost),) = follow_many(1.0, 1, 0.0, momentum=0.99 * lowest)
    assert len(arrived) == 0
    assert lost == pytest.approx(0.99 * lowest * math.cosh(0.3))
    ((arrived, _),) = follow_many(1.0, 1, 0.0, momentum=1.01 * lowest)
    assert len(arrived) == 1


def test_a_circle_from_anywhere_reaches_the_radius():
    generator = np.random.default_rng(2)
    for x, y in generator.uniform(-0.6, 0.6, (200, 2)):
        angle, curvature = generator.uniform(-np.pi, np.pi), generator.uniform(-0.9, 0.9)
        way, direction = turn_to(x, y, angle, curvature, RADIUS)
        if math.isinf(way):
            continue
        assert direction - angle == pytest.approx(curvature * way)
        steps = np.linspace(0, way, 20_001)
        middle = angle + curvature * (steps[1:] + steps[:-1]) / 2
        path_x = x + np.cumsum(np.cos(middle)) * steps[1]
        path_y = y + np.cumsum(np.sin(middle)) * steps[1]
        radius = np.hypot(path_x, path_y)
        assert radius[-1] == pytest.approx(RADIUS, abs=1e-6)
        assert radius[:-1].max() < RADIUS + 1e-6


@pytest.mark.parametrize("charge", [0.0, 1.0])
@pytest.mark.parametrize("field", [0.0, 3.8])
def test_no_energy_appears_or_disappears(charge, field):
    for arrived, lost in follow_many(charge, 300, 1.5, field):
        assert arrived[:, 3].sum() + lost == pytest.approx(MOMENTUM * math.cosh(0.3))
        assert (arrived[:, 3] > 0).all()
        assert lost >= 0


@pytest.mark.parametrize("material", [0.3, 1.0])
@pytest.mark.parametrize("n_layers", [1, 14])
def test_electrons_keep_the_energy_of_bethe_and_heitler(material, n_layers):
    n = 4000
    # the primary is followed first, before what it radiates; below 30 MeV it is dropped
    kept = [
        arrived[0, 3] if len(arrived) and arrived[0, 0] != 0 else 0.0
        for arrived, _ in follow_many(-1.0, n, material, field=0.0, n_layers=n_layers)
    ]
    share = np.array(kept) / (MOMENTUM * math.cosh(0.3))
    error = share.std() / math.sqrt(n)
    assert share.mean() == pytest.approx(math.exp(-material), abs=4 * error)


@pytest.mark.parametrize("material", [0.4, 1.9])
def test_photons_make_pairs_by_7_over_9(material):
    n = 4000
    results = follow_many(0.0, n, material, field=0.0)
    share = np.mean([(arrived[:, 0] != 0).any() for arrived, _ in results])
    expected = 1 - math.exp(-7 / 9 * material)
    assert share == pytest.approx(expected, abs=4 * math.sqrt(expected * (1 - expected) / n))


def test_photons_stay_on_the_tangent_of_the_track():
    # a single layer, and a hard photon: both leave it in the direction of the track there
    results = follow_many(1.0, 3000, 0.1, n_layers=1)
    layer = make_recipe().tracker.innermost_radius
    bend = 0.299792458 * 3.8 / MOMENTUM
    start = 0.01 - math.asin(bend * layer / 2)
    direction = 0.01 - 2 * math.asin(bend * layer / 2)
    # sine rule: from the layer in this direction to the crystals
    expected = direction + math.asin(layer / RADIUS * math.sin(start - direction))
    photons = np.concatenate([arrived[arrived[:, 0] == 0] for arrived, _ in results])
    hard = photons[photons[:, 3] > 5]
    assert len(hard) > 100
    # up to the scattering of the track in the layer
    assert np.median(hard[:, 2]) == pytest.approx(expected, abs=1e-4)
    assert hard[:, 2].std() < 1e-3
