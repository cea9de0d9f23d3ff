"""Sizes of the networks, counted by hand, and what a seed rules."""

import keras
import numpy as np
import pytest

from showerforge.networks.architectures import build_network
from showerforge.networks.settings import LeNetSettings, ResNetSettings


def test_lenet5_has_the_published_layers():
    network = build_network(LeNetSettings(name="lenet5"), (32, 32, 1), 0)
    # LeCun et al. 1998: C1 156 weights, F6 10,164; all maps of C3 are connected here (2,416
    # instead of 1,516), pooling has no weights, and one output takes the place of ten
    assert network.count_params() == 156 + 2_416 + 48_120 + 10_164 + 85


def test_resnet_has_the_weights_that_its_widths_say():
    settings = ResNetSettings(name="resnet", widths=[4, 8], stem_stride=2)
    network = build_network(settings, (16, 16, 3), 0)
    convolutions = 9 * 3 * 4 + 2 * 9 * 4 * 4 + 9 * 4 * 8 + 9 * 8 * 8 + 4 * 8
    normalisations = 4 * (4 + 2 * 4 + 3 * 8)
    assert network.count_params() == convolutions + normalisations + 8 + 1


def test_hexagonal_kernels_are_those_of_hexagons():
    settings = ResNetSettings(name="resnet", widths=[4], hexagonal=True)
    network = build_network(settings, (16, 16, 1), 0)
    kinds = [type(layer).__name__ for layer in network.layers]
    assert kinds.count("HexagonalConvolution") == 3
    assert "Conv2D" not in kinds


@pytest.mark.parametrize(
    "settings",
    [
        LeNetSettings(name="lenet5"),
        LeNetSettings(name="lenet5", batch_normalisation=True),
        ResNetSettings(name="resnet", widths=[4, 8], dropout=0.2),
    ],
)
def test_seed_rules_the_weights(settings):
    images = np.random.default_rng(0).normal(size=(3, 32, 32, 2)).astype(np.float32)
    first, again, other = (
        keras.ops.convert_to_numpy(build_network(settings, (32, 32, 2), seed)(images))
        for seed in (1, 1, 2)
    )
    assert first.shape == (3, 1)
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
