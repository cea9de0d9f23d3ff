"""The scale of pixels: as published for charges, with a sign for times, and back."""

import numpy as np
import pytest
from image_toys import TOY_CAMERA, ToyCalorimeter, make_hits, make_spots

from showerforge.generators.images.scale import LogarithmicScale


def test_charges_are_scaled_as_published():
    charges = make_spots(100).cleaned
    scale = LogarithmicScale.learn(charges, TOY_CAMERA.channels)
    expected = np.log(1 + charges) / np.log(1 + charges.max())
    assert scale.scale(charges) == pytest.approx(expected, abs=1e-6)
    assert scale.scale(charges).max() == pytest.approx(1)
    assert scale.threshold == pytest.approx(expected[expected > 0].min())


def test_negative_charges_count_as_nothing():
    charges = np.array([[[-5.0], [0.0], [9.0]]], np.float32)
    scale = LogarithmicScale.learn(charges, TOY_CAMERA.channels)
    assert scale.scale(charges)[0, :, 0].tolist() == [0, 0, 1]


@pytest.mark.parametrize("make", [make_spots, make_hits])
def test_images_come_back(make):
    training = make(200)
    scale = LogarithmicScale.learn(training.cleaned, training.detector.channels)
    scaled = scale.scale(training.cleaned)
    assert np.abs(scaled).max() <= 1 + 1e-6
    # the faintest may be lost to rounding
    below = scale.smallest - 1e-4 * scale.smallest
    kept = LogarithmicScale(scale.units, scale.largest, below)
    assert kept.unscale(scaled) == pytest.approx(training.cleaned, rel=1e-4, abs=1e-5)


def test_times_keep_their_sign():
    hits = make_hits(100).cleaned
    times = LogarithmicScale.learn(hits, ToyCalorimeter.channels).scale(hits)[..., 1]
    assert (np.sign(times) == np.sign(hits[..., 1])).all()
    assert times.min() < -0.5
    assert times.max() > 0.5


def test_a_pixel_below_the_smallest_signal_is_empty_in_all_channels():
    scale = LogarithmicScale(np.ones(2, np.float32), np.full(2, 9.0), np.array([2.0]))
    images = np.array([[[1.9, 0.5], [2.1, -0.5], [-3.0, 0.5], [0.0, 0.0]]], np.float32)
    scaled = np.sign(images) * np.log1p(np.abs(images)) / np.log(10)
    drawn = scale.unscale(scaled)[0]
    assert drawn[[0, 2, 3]].tolist() == [[0, 0]] * 3
    assert drawn[1] == pytest.approx([2.1, -0.5])


def test_a_channel_without_signal_stays_empty():
    scale = LogarithmicScale.learn(np.zeros((3, 16, 2), np.float32), ToyCalorimeter.channels)
    assert not scale.scale(np.zeros((2, 16, 2), np.float32)).any()


def test_a_fitted_generator_keeps_all_of_it():
    scale = LogarithmicScale.learn(make_hits(50).cleaned, ToyCalorimeter.channels)
    again = LogarithmicScale.of(scale.arrays())
    images = make_hits(20, seed=1).cleaned
    assert np.array_equal(again.scale(images), scale.scale(images))
