"""ONNX Runtime says what Keras says, for any number of images."""

import numpy as np
import pytest
from networks_toys import make_settings

from showerforge.networks.architectures import build_network
from showerforge.networks.export import score_onnx, to_onnx
from showerforge.networks.joining import join_networks


@pytest.fixture(scope="module")
def joined():
    settings = make_settings().architecture
    return join_networks([build_network(settings, (10, 9, 2), seed) for seed in range(2)])


@pytest.fixture(scope="module")
def content(joined):
    return to_onnx(joined, seed=0)


@pytest.mark.parametrize("n_images", [1, 7, 300])
def test_scores_are_the_same(joined, content, n_images):
    images = np.random.default_rng(n_images).normal(0, 3, (n_images, 10, 9, 2)).astype(np.float32)
    expected = joined.predict(images, verbose=0)[:, 0]
    assert score_onnx(content, images) == pytest.approx(expected, abs=1e-4)


def test_the_network_itself_stays_as_it_was(joined, content):
    assert joined.trainable
    assert len(joined.trainable_weights) > 0
