"""Batches of images with conditions, and the training of networks that generate."""

import keras
import numpy as np
import pytest
from networks_toys import square_layout

from showerforge.errors import InputError
from showerforge.networks.generative import (
    ConditionedBatches,
    GenerativeNetwork,
    dense_network,
    train_generative,
)


def make_batches(n=50, size=8, seed=0, layout=None):
    images = np.arange(n * 16, dtype=np.float32).reshape(n, 16, 1)
    codes = np.arange(n, dtype=np.float32)[:, None]
    return ConditionedBatches(images, codes, size, seed, layout)


def read_epoch(batches):
    parts = [batches[number][0] for number in range(len(batches))]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def test_an_epoch_has_every_image_once_with_its_own_code():
    epoch = read_epoch(make_batches(size=10))
    assert sorted(epoch["codes"][:, 0]) == list(range(50))
    assert np.array_equal(epoch["images"][:, 0], 16 * epoch["codes"][:, 0])


def test_images_too_few_for_a_batch_wait():
    batches = make_batches(size=8)
    assert len(batches) == 6
    assert len(np.unique(read_epoch(batches)["codes"])) == 48
    assert len(make_batches(size=1000)) == 1


def test_epochs_differ_and_come_again():
    batches, again, other = make_batches(), make_batches(), make_batches(seed=1)
    first = read_epoch(batches)["codes"]
    assert np.array_equal(read_epoch(again)["codes"], first)
    assert not np.array_equal(read_epoch(other)["codes"], first)
    batches.on_epoch_end()
    again.on_epoch_end()
    assert not np.array_equal(read_epoch(batches)["codes"], first)
    assert np.array_equal(read_epoch(batches)["codes"], read_epoch(again)["codes"])


def test_images_are_turned_by_each_symmetry():
    layout = square_layout(4)
    straight, turned = (read_epoch(make_batches(layout=layout)) for layout in (None, layout))
    assert np.array_equal(straight["codes"], turned["codes"])
    mirrored = straight["images"][:, layout.symmetries[1]]
    is_mirrored = (turned["images"] == mirrored).all(axis=1)
    is_straight = (turned["images"] == straight["images"]).all(axis=1)
    assert (is_mirrored ^ is_straight).all()
    assert 10 < is_mirrored.sum() < 40


class Mean(GenerativeNetwork):
    """Learns the mean of all images, and nothing else."""

    parts = ("first", "second")

    def __init__(self, factor=1.0):
        super().__init__()
        self.dense, self.factor = dense_network(1, (), 16, "dense", use_bias=True), factor

    def call(self, inputs):
        return self.dense(0 * inputs["codes"])

    def losses_of(self, inputs, outputs):
        error = keras.ops.mean(keras.ops.square(inputs["images"] / 1000 - outputs))
        return self.factor * error / 4, self.factor * error * 3 / 4


def test_a_network_learns_and_leaves_its_losses():
    network = Mean()
    curves = train_generative(network, make_batches(n=64), 60, 0.02)
    assert list(curves["epoch"]) == list(range(1, 61))
    mean = np.arange(64 * 16).reshape(64, 16).mean(axis=0) / 1000
    learnt = keras.ops.convert_to_numpy(network.dense(np.zeros((1, 1), np.float32)))[0]
    assert learnt == pytest.approx(mean, abs=0.02)
    assert curves["loss"].iloc[-1] < curves["loss"].iloc[0]
    assert curves["first"].to_numpy() == pytest.approx(curves["loss"] / 4, rel=1e-4)
    assert curves["second"].to_numpy() == pytest.approx(curves["loss"] * 3 / 4, rel=1e-4)


def test_the_rate_falls_to_a_hundredth():
    network = Mean()
    train_generative(network, make_batches(n=64), 5, 0.02)
    rate = float(keras.ops.convert_to_numpy(network.optimizer.learning_rate))
    assert rate == pytest.approx(0.0002, rel=1e-3)


def test_a_loss_that_is_no_number_stops_the_training():
    with pytest.raises(
        InputError, match=r"its first is nan after epoch 1. Lower the option learning"
    ):
        train_generative(Mean(factor=np.nan), make_batches(), 3, 0.01)
