"""The variational autoencoder: its loss, against what theory says of it."""

import keras
import numpy as np
import pytest

from showerforge.networks.variational import VariationalAutoencoder


@pytest.fixture
def network():
    keras.utils.set_random_seed(0)
    return VariationalAutoencoder(6, 2, 2, (8, 4), variance=0.1, seed=0)


@pytest.fixture
def inputs():
    generator = np.random.default_rng(0)
    return {
        "images": generator.random((500, 6)).astype(np.float32),
        "codes": np.eye(2, dtype=np.float32)[generator.integers(2, size=500)],
    }


def test_divergence_is_that_of_normal_distributions(network, inputs):
    """Against an average over draws of log q - log p."""
    network(inputs)
    (divergence,) = network.losses
    both = np.concatenate([inputs["images"], inputs["codes"]], axis=1)
    mean, log_variance = np.split(network.encoder.predict(both, verbose=0), 2, axis=1)
    noise = np.random.default_rng(0).normal(size=(400, *mean.shape))
    drawn = mean + np.exp(log_variance / 2) * noise
    log_ratio = (drawn**2 - noise**2 - log_variance).sum(axis=2) / 2
    assert float(divergence) == pytest.approx(log_ratio.mean(), abs=0.01)


def test_loss_is_squared_error_and_divergence(network, inputs):
    inputs = {name: keras.ops.convert_to_tensor(part) for name, part in inputs.items()}
    decoded = network(inputs)
    loss = float(network.compute_loss(inputs, None, decoded))
    error = keras.ops.convert_to_numpy(inputs["images"] - decoded) ** 2
    expected = error.sum(axis=1).mean() / (2 * 0.1) + float(network.losses[0])
    assert loss == pytest.approx(expected, rel=1e-5)


def test_latent_variables_are_drawn_anew_and_by_the_seed(network, inputs):
    first, second = (keras.ops.convert_to_numpy(network(inputs)) for _ in range(2))
    assert not np.allclose(first, second)
    keras.utils.set_random_seed(0)
    again = VariationalAutoencoder(6, 2, 2, (8, 4), variance=0.1, seed=0)
    assert keras.ops.convert_to_numpy(again(inputs)) == pytest.approx(first, abs=1e-6)


def test_decoder_heeds_the_condition(network):
    latent = np.zeros((1, 2), np.float32)
    outputs = [
        network.decoder.predict(np.concatenate([latent, code[None]], axis=1), verbose=0)
        for code in np.eye(2, dtype=np.float32)
    ]
    assert not np.allclose(*outputs)
