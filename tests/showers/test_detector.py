"""Noise and trigger: moments against the analytic ones, groups of pixels against a graph."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse.csgraph import connected_components

from showerforge.cameras.catalogue import build_camera
from showerforge.errors import InputError
from showerforge.showers.detector import draw_images, noise_stream, triggered
from showerforge.showers.settings import DetectorSettings

CAMERA = build_camera("taiga")
N_PIXELS = CAMERA.n_pixels
DISTANCE = np.hypot(CAMERA.x[:, None] - CAMERA.x, CAMERA.y[:, None] - CAMERA.y)
TOUCH = (DISTANCE > 0) & (1.1 * CAMERA.pitch > DISTANCE)
SAME_CLUSTER = CAMERA.cluster[:, None] == CAMERA.cluster

SETTINGS = DetectorSettings(
    night_sky_background=2.6,
    single_photo_electron_spread=0.35,
    electronic_noise=0.5,
    trigger_threshold=10.0,
    trigger_pixels=2,
    least_light=5.0,
    draw=0,
)


def changed(**values):
    return SETTINGS.model_copy(update=values)


def image_of(*pixels, charge=20.0):
    image = np.zeros((1, N_PIXELS), np.float32)
    image[0, list(pixels)] = charge
    return image


def pair(touch, same_cluster):
    return np.argwhere((touch == TOUCH) & (same_cluster == SAME_CLUSTER) & (DISTANCE > 0))[0]


def flat(value, event, pixel, n_events=2):
    expected = np.zeros((n_events, N_PIXELS), np.float32)
    expected[event, pixel] = value
    return expected


@pytest.mark.parametrize("light", [0.0, 1.5, 40.0, 3000.0])
def test_charges_have_the_analytic_moments(light):
    expected = np.full((1000, N_PIXELS), light, np.float32)
    charges = draw_images(CAMERA, expected, SETTINGS, np.random.default_rng(1)).astype(float)
    variance = (light + 2.6) * (1 + 0.35**2) + 0.5**2
    assert charges.mean() == pytest.approx(light, abs=5 * np.sqrt(variance / charges.size))
    assert charges.var() == pytest.approx(variance, rel=5 * np.sqrt(3 / charges.size))


def test_without_noise_an_image_is_its_photo_electrons():
    silent = changed(night_sky_background=0, single_photo_electron_spread=0, electronic_noise=0)
    expected = np.zeros((50, N_PIXELS), np.float32)
    expected[:, 7] = 30
    images = draw_images(CAMERA, expected, silent, np.random.default_rng(2))
    assert images.dtype == np.float32
    assert np.array_equal(images, np.round(images))
    assert not np.delete(images, 7, axis=1).any()
    assert images[:, 7].std() > 0


def test_expectations_are_not_changed():
    expected = np.full((3, N_PIXELS), 2.0, np.float32)
    draw_images(CAMERA, expected, SETTINGS, np.random.default_rng(3))
    assert (expected == 2).all()


@pytest.mark.parametrize(
    ("expected", "words"),
    [
        (np.zeros((2, 559), np.float32), ["(2, 559)", "560"]),
        (np.zeros(560, np.float32), ["(560,)", "560"]),
        (flat(np.nan, 1, 3), ["image 1, pixel 3", "nan"]),
        (flat(-1.0, 0, 5), ["image 0, pixel 5", "-1"]),
    ],
)
def test_expectations_that_cannot_be_are_refused(expected, words):
    with pytest.raises(InputError) as error:
        draw_images(CAMERA, expected, SETTINGS, np.random.default_rng())
    assert all(word in str(error.value) for word in words)


def test_each_block_has_noise_of_its_own():
    def noise(*stream):
        return noise_stream(*stream).standard_normal(4).tobytes()

    streams = [
        (seed, draw, primary, block)
        for seed in (0, 1)
        for draw in (0, 1)
        for primary in ("gamma", "proton")
        for block in (0, 1)
    ]
    assert len({noise(*stream) for stream in streams}) == len(streams)
    assert noise(*streams[3]) == noise(*streams[3])


@pytest.mark.parametrize("same_cluster", [True, False])
@pytest.mark.parametrize("touch", [True, False])
def test_a_pair_triggers_if_it_touches_within_a_cluster(touch, same_cluster):
    images = image_of(*pair(touch, same_cluster))
    assert triggered(CAMERA, images, SETTINGS).tolist() == [touch and same_cluster]


def test_the_threshold_itself_counts_and_one_pixel_is_not_two():
    first, second = pair(touch=True, same_cluster=True)
    assert triggered(CAMERA, image_of(first, second, charge=10.0), SETTINGS).all()
    below = image_of(first, second, charge=np.nextafter(np.float32(10), np.float32(0)))
    assert not triggered(CAMERA, below, SETTINGS).any()
    assert not triggered(CAMERA, image_of(first), SETTINGS).any()
    assert triggered(CAMERA, image_of(first), changed(trigger_pixels=1)).all()


def test_three_in_a_row_are_connected_through_the_middle():
    within = TOUCH & SAME_CLUSTER
    middle = int(np.argmax(within.sum(axis=1)))
    around = np.flatnonzero(within[middle])
    first, second = next((a, b) for a in around for b in around if a != b and not TOUCH[a, b])
    three = changed(trigger_pixels=3)
    assert triggered(CAMERA, image_of(first, middle, second), three).all()
    assert not triggered(CAMERA, image_of(first, second), three).any()


@given(st.integers(0, 2**32 - 1), st.integers(1, 6), st.floats(0.02, 0.5))
def test_the_largest_connected_group_triggers(seed, n_pixels, occupancy):
    rng = np.random.default_rng(seed)
    images = np.where(rng.random((8, N_PIXELS)) < occupancy, 12.0, 3.0).astype(np.float32)
    images *= rng.uniform(0.8, 1.2, images.shape).astype(np.float32)
    largest = []
    for image in images:
        bright = np.flatnonzero(image >= 10)
        _, group = connected_components((TOUCH & SAME_CLUSTER)[np.ix_(bright, bright)])
        largest.append(np.bincount(group, minlength=1).max())
    settings = changed(trigger_pixels=n_pixels)
    assert triggered(CAMERA, images, settings).tolist() == [n >= n_pixels for n in largest]
