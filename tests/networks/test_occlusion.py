"""Occlusion, of a network whose answer is a sum over pixels, so that every change is known."""

import keras
import numpy as np
import pytest
from networks_toys import square_layout

from showerforge.networks.occlusion import occlude


@pytest.fixture
def weights():
    return np.random.default_rng(0).normal(size=(16, 1)).astype(np.float32)


@pytest.fixture
def linear(weights):
    images = keras.Input((4, 4, 1))
    layer = keras.layers.Dense(1, use_bias=False)
    network = keras.Model(images, layer(keras.layers.Flatten()(images)))
    layer.set_weights([weights])
    return network


def test_what_a_pixel_adds_is_what_its_loss_takes(linear, weights):
    images = np.random.default_rng(1).normal(size=(3, 16, 1)).astype(np.float32)
    patches = np.arange(16, dtype=np.int32)[:, None]
    changes = occlude(linear, square_layout(4), images, patches)
    assert changes == pytest.approx(-images[:, :, 0] * weights[:, 0], abs=1e-5)


def test_a_patch_is_taken_away_as_a_whole_and_minus_one_is_no_pixel(linear, weights):
    images = np.random.default_rng(1).normal(size=(2, 16, 1)).astype(np.float32)
    neighbour = np.append(np.arange(1, 16), -1)
    patches = np.column_stack([np.arange(16), neighbour]).astype(np.int32)
    changes = occlude(linear, square_layout(4), images, patches)
    each = images[:, :, 0] * weights[:, 0]
    expected = -each - np.append(each[:, 1:], np.zeros((2, 1)), axis=1)
    assert changes == pytest.approx(expected, abs=1e-5)
