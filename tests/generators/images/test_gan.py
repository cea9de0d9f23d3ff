"""The conditional GAN: draws what it has learnt, in the class that was asked for."""

import numpy as np
import pandas as pd
import pytest
from image_toys import THRESHOLD, TOY_CAMERA, make_hits, make_spots

from showerforge.errors import InputError
from showerforge.generators.images.catalogue import build_image_generator
from showerforge.generators.images.gan import ConditionalGan


@pytest.fixture(scope="module")
def training():
    return make_spots(1000)


@pytest.fixture(scope="module")
def fitted(training):
    options = {"n_energies": 3, "n_distances": 2, "n_epochs": 60, "learning_rate": 0.001}
    return build_image_generator("gan", options).fit(training, seed=0)


def draw(fitted, energy, n=300, particle="gamma", seed=0, impact=100.0):
    conditions = {"particle": particle, "true_energy": energy, "impact": impact}
    return fitted.sample(n, conditions, seed).images[..., 0]


def test_brightness_follows_the_class(fitted, training):
    energies = training.conditions["true_energy"].quantile([1 / 6, 1 / 2, 5 / 6])
    sizes = [draw(fitted, energy).sum(axis=1) for energy in energies]
    faint, middle, bright = (np.log(size[size > 0]).mean() for size in sizes)
    assert faint < middle < bright
    # of the 2.4 of the training images
    assert bright - faint > 0.7
    assert all((size > 0).mean() > 0.9 for size in sizes)


def test_images_differ_in_place_and_are_empty_elsewhere(fitted):
    images = draw(fitted, 5.0)
    assert images[images > 0].min() >= THRESHOLD
    assert (images > 0).sum(axis=1).mean() < TOY_CAMERA.n_pixels / 2
    assert len(np.unique(images.argmax(axis=1))) > TOY_CAMERA.n_pixels / 2


def test_classes_are_equally_populated(training):
    fitted = ConditionalGan(n_energies=4, n_distances=5, n_epochs=1).fit(training)
    codes = fitted._encode(training.conditions, fitted.arrays_)
    assert codes.shape == (1000, 2 + 2 * 4 + 2 * 5)
    assert (codes[:, :2].sum(axis=0) == 500).all()
    assert (codes[:, 2:10].sum(axis=0) == 125).all()
    assert (codes[:, 10:].sum(axis=0) == 100).all()
    assert (codes.sum(axis=1) == 3).all()


def test_a_request_becomes_its_class(fitted, training):
    gammas = training.conditions[training.conditions["particle"] == "gamma"]
    first, second = gammas["true_energy"].quantile([1 / 3, 2 / 3])
    energies = [first * 0.99, first * 1.01, second * 1.01, second * 3]
    asked = pd.DataFrame({"particle": "gamma", "true_energy": energies, "impact": 1.0})
    codes = fitted._encode(asked, fitted.arrays_)
    assert codes[:, 2:8].argmax(axis=1).tolist() == [0, 1, 2, 2]
    assert np.array_equal(draw(fitted, second * 1.01, n=5), draw(fitted, second * 1.05, n=5))
    assert not np.array_equal(draw(fitted, first * 0.9, n=5), draw(fitted, second * 1.1, n=5))


def test_a_calorimeter_has_a_class_for_each_particle():
    fitted = ConditionalGan(n_epochs=25, batch_size=32, learning_rate=0.001).fit(make_hits(600))
    is_left = np.arange(16) % 4 < 2
    for particle, is_lit in (("photon", is_left), ("electron", ~is_left)):
        energy, time = np.moveaxis(fitted.sample(200, {"particle": particle}, 0).images, -1, 0)
        assert energy[:, is_lit].mean() > 5 * energy[:, ~is_lit].mean()
        assert not time[energy == 0].any()


@pytest.mark.parametrize(
    "options", [{"n_energies": 0}, {"n_distances": 101}, {"batch_size": 1}, {"learning_rate": 2.0}]
)
def test_options_out_of_range_are_refused(options):
    with pytest.raises(InputError, match=next(iter(options))):
        build_image_generator("gan", options)
