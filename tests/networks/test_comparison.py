"""One network on PyTorch and on TensorFlow: what must be the same is the same."""

from dataclasses import asdict

import numpy as np
import pytest
from scipy.stats import spearmanr
from toys import make_camera

from showerforge.errors import InputError
from showerforge.networks.backends import run_apart
from showerforge.networks.comparison import (
    Exercise,
    LabelledImages,
    peak_memory,
    train_on_backends,
)
from showerforge.networks.layout import Layout
from showerforge.networks.settings import NetworkSettings

SETTINGS = NetworkSettings.model_validate(
    {
        "architecture": {"name": "resnet", "widths": [4, 8], "hexagonal": True},
        "rate": {"kind": "cosine", "highest": 0.005, "warm_up": 0.1},
        "weight_decay": 1e-4,
        "batch_size": 32,
        "n_epochs": 3,
        "patience": 3,
        "augmented": True,
    }
)
BACKENDS = ("torch", "tensorflow")
SEED = 3


def draw(camera, n, seed):
    """Draw spots of light: those of the signal are narrow."""
    generator = np.random.default_rng(seed)
    # one class after the other, as in files
    is_signal = np.arange(n) < n // 2
    x, y = generator.normal(0, 0.3, (2, n, 1))
    width = np.where(is_signal, 0.25, 0.5)[:, None]
    light = np.exp(-((camera.x - x) ** 2 + (camera.y - y) ** 2) / (2 * width**2))
    images = light / light.sum(axis=1, keepdims=True) * 12 + generator.normal(0, 0.2, light.shape)
    return LabelledImages(images.astype(np.float32)[:, :, None], is_signal)


@pytest.fixture(scope="module")
def exercise():
    camera = make_camera()
    samples = [draw(camera, n, seed) for seed, n in enumerate((480, 120, 700))]
    return Exercise(SETTINGS, Layout(camera.grid, camera.rotations), *samples)


@pytest.fixture(scope="module")
def outcomes(exercise):
    return train_on_backends(exercise, BACKENDS, [SEED])


def test_every_backend_trains_what_it_is_given(exercise, outcomes):
    assert [(outcome.backend, outcome.seed) for outcome in outcomes] == [
        (name, SEED) for name in BACKENDS
    ]
    for outcome in outcomes:
        assert outcome.initial.shape == (512,)
        assert outcome.validation.shape == exercise.validation.is_signal.shape
        assert outcome.test.shape == exercise.test.is_signal.shape
        assert {len(curve) for curve in outcome.curves.values()} == {3}


def test_backends_begin_with_the_same_network(outcomes):
    torch, tensorflow = outcomes
    assert np.abs(torch.initial - tensorflow.initial).max() < 1e-4
    assert np.ptp(torch.initial) > 1e-2
    assert torch.n_parameters == tensorflow.n_parameters


def test_backends_are_given_the_same_batches(outcomes):
    torch, tensorflow = outcomes
    assert torch.curves["loss"] == pytest.approx(tensorflow.curves["loss"], rel=0.02)
    assert torch.curves["learning_rate"] == pytest.approx(tensorflow.curves["learning_rate"])


def test_backends_learn_the_same(exercise, outcomes):
    is_signal = exercise.test.is_signal
    torch, tensorflow = outcomes
    assert spearmanr(torch.test, tensorflow.test).statistic > 0.95
    for outcome in outcomes:
        signal, background = outcome.test[is_signal], outcome.test[~is_signal]
        assert np.mean(signal[:, None] > background) > 0.9


def test_a_second_training_repeats_all_but_times_and_memory(exercise, outcomes):
    again = train_on_backends(exercise, BACKENDS, [SEED])
    for first, second in zip(outcomes, again, strict=True):
        assert np.array_equal(first.test, second.test)
        assert np.array_equal(first.validation, second.validation)
        assert first.curves == second.curves
        assert first.costs != second.costs


def test_costs_are_of_one_process(outcomes):
    for outcome in outcomes:
        costs = asdict(outcome.costs)
        assert all(np.isfinite(value) and value > 0 for value in costs.values()), costs
        assert costs["import_memory_mb"] <= costs["peak_memory_mb"]
        assert 10 < costs["model_file_kb"] < 1000
    sizes = [outcome.costs.model_file_kb for outcome in outcomes]
    assert max(sizes) < 1.05 * min(sizes)


def test_memory_of_a_process_is_not_that_of_its_parent():
    held = np.ones(150_000_000)
    megabytes = held.nbytes / 1e6
    assert peak_memory() > megabytes

    def fill(n_bytes):
        import numpy as np

        before = peak_memory()
        filled = np.ones(n_bytes, np.uint8)
        return before, peak_memory(), filled.nbytes

    before, after, _ = run_apart("torch", fill, 400_000_000)
    assert before < megabytes
    assert after - before == pytest.approx(400, abs=40)


def test_some_images_are_of_both_classes(exercise):
    some = exercise.train.some(10)
    assert some.is_signal.sum() == 5
    assert np.array_equal(some.images[-1], exercise.train.images[-1])
    assert len(exercise.train.some(10_000).is_signal) == len(exercise.train.is_signal)


def test_a_backend_that_does_not_exist_is_refused_before_any_training(exercise):
    with pytest.raises(InputError, match="no backend 'theano'"):
        train_on_backends(exercise, ["theano", "torch"], [SEED])
