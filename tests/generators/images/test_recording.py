"""Noise under the condition of a size, against all that noise could do."""

import numpy as np
import pytest
from image_generator_toys import NOISE, draw_spots
from scipy.stats import ks_2samp
from toys import make_camera

from showerforge.cameras.hillas import parametrise
from showerforge.cameras.settings import CleaningSettings
from showerforge.generators.images.recording import N_QUANTILES, dark_quantiles, record_sized
from showerforge.showers.detector import draw_images, triggered

CAMERA, CLEANING = make_camera(5), CleaningSettings()


def light_of(n, size):
    centre = np.zeros((2, n))
    return draw_spots(CAMERA, *centre, np.full(n, 0.4), np.full(n, size)).astype(np.float32)


def record(light, sizes, n_draws, tolerance, seed=0):
    generator = np.random.default_rng(seed)
    noise = NOISE, dark_quantiles(NOISE)
    return record_sized(CAMERA, light, sizes, CLEANING, *noise, generator, n_draws, tolerance)


def test_dark_pixels_have_the_noise_of_the_detector():
    dark = np.zeros((3000, CAMERA.n_pixels), np.float32)
    drawn = draw_images(CAMERA, dark, NOISE, np.random.default_rng(3)).ravel()
    shares = np.random.default_rng(4).random(200_000) * N_QUANTILES
    tabled = np.interp(shares, np.arange(N_QUANTILES + 1), dark_quantiles(NOISE))
    assert ks_2samp(drawn, tabled).statistic < 0.006
    silent = NOISE.model_copy(update={"night_sky_background": 0.0, "electronic_noise": 0.0})
    assert np.abs(dark_quantiles(silent)).max() < 1e-4


def test_a_single_draw_has_the_mean_and_variance_of_the_noise():
    light = light_of(20_000, 100.0)
    images = record(light, np.full(len(light), 100.0), 1, 10.0)
    np.testing.assert_allclose(images.mean(axis=0), light[0], atol=0.15)
    variance = (light[0] + NOISE.night_sky_background) * (
        1 + NOISE.single_photo_electron_spread**2
    ) + NOISE.electronic_noise**2
    np.testing.assert_allclose(images.var(axis=0), variance, rtol=0.06)


def test_sizes_are_the_wanted_ones_and_images_trigger():
    light = light_of(2_000, 100.0)
    wanted = np.random.default_rng(1).uniform(70, 110, len(light))
    images = record(light, wanted, 200, 0.02)
    size = parametrise(CAMERA, images, CLEANING)["size"]
    assert (np.abs(np.log(size / wanted)) < 0.021).mean() > 0.97
    assert triggered(CAMERA, images, NOISE).mean() > 0.99


@pytest.mark.parametrize(("n_draws", "tolerance"), [(500, 0.01), (16, 0.02)])
def test_images_of_a_size_are_those_that_noise_makes_of_that_size(n_draws, tolerance):
    """Brute force: of images of much and little light, those that happen to have the size."""
    generator = np.random.default_rng(2)
    amount = generator.uniform(70, 150, 150_000)
    light = (light_of(1, 1.0) * amount[:, None]).astype(np.float32)
    many = draw_images(CAMERA, light, NOISE, generator)
    measured = parametrise(CAMERA, many, CLEANING).assign(light=amount)
    is_triggered = triggered(CAMERA, many, NOISE)
    expected = measured[(np.abs(np.log(measured["size"] / 95.0)) < 0.02) & is_triggered]
    # light as it goes with that size, which is what a generator of light draws
    drawn = generator.choice(expected["light"].to_numpy(), 6000)
    given = (light_of(1, 1.0) * drawn[:, None]).astype(np.float32)
    images = record(given, np.full(6000, 95.0), n_draws, tolerance)
    obtained = parametrise(CAMERA, images, CLEANING)
    for name in ("n_pixels", "width", "concentration_pixel", "kurtosis"):
        assert ks_2samp(expected[name], obtained[name]).statistic < 0.05, name


def test_light_that_does_not_belong_to_a_size_is_corrected():
    light = light_of(2_000, 60.0)
    images = record(light, np.full(2_000, 200.0), 32, 0.03)
    size = parametrise(CAMERA, images, CLEANING)["size"]
    assert np.abs(size / 200 - 1).mean() < 0.1


def test_the_nearest_draw_is_taken_where_none_is_near():
    light = light_of(200, 100.0)
    errors = []
    for n_draws in (1, 20):
        images = record(light, np.full(200, 300.0), n_draws, 0.01)
        size = parametrise(CAMERA, images, CLEANING)["size"].fillna(1.0)
        errors.append(np.abs(np.log(size / 300.0)).mean())
    assert errors[1] < errors[0]


@pytest.mark.parametrize("seed", [0, 1])
def test_the_seed_rules(seed):
    light, sizes = light_of(50, 100.0), np.full(50, 100.0)
    first, second = (record(light, sizes, 8, 0.02, seed) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, record(light, sizes, 8, 0.02, seed + 1))
