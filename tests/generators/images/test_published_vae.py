"""The conditional VAE: draws what it has learnt, as large as was asked for, without Keras."""

import numpy as np
import pytest
from image_toys import THRESHOLD, TOY_CAMERA, make_hits, make_spots

from showerforge.errors import InputError
from showerforge.generators.images.catalogue import build_image_generator
from showerforge.generators.images.published_vae import PublishedVae


@pytest.fixture(scope="module")
def training():
    return make_spots(1000)


@pytest.fixture(scope="module")
def fitted(training):
    options = {"n_epochs": 40, "batch_size": 100, "learning_rate": 0.003}
    return build_image_generator("published_vae", options).fit(training, seed=0)


def draw(fitted, size, n=300, particle="gamma", seed=0):
    return fitted.sample(n, {"particle": particle, "size": size}, seed).images[..., 0]


def test_sizes_follow_what_is_asked_for(fitted):
    means = [draw(fitted, size).sum(axis=1).mean() for size in (150.0, 500.0, 1500.0)]
    assert means == pytest.approx([150, 500, 1500], rel=0.3)


def test_images_are_empty_where_there_is_no_light(fitted, training):
    images, learnt = draw(fitted, 500.0), training.cleaned[::2]
    assert images[images > 0].min() >= THRESHOLD
    is_similar = np.abs(np.log(learnt.sum(axis=(1, 2)) / 500)) < 0.3
    expected = (learnt[is_similar] > 0).sum(axis=(1, 2)).mean()
    assert (images > 0).sum(axis=1).mean() == pytest.approx(expected, rel=0.5)


def test_particles_differ(fitted):
    gammas, hadrons = (draw(fitted, 500.0, particle=p) for p in ("gamma", "hadron"))
    assert (hadrons > 0).sum(axis=1).mean() > 1.5 * (gammas > 0).sum(axis=1).mean()


def test_images_differ_in_place(fitted):
    brightest = draw(fitted, 500.0).argmax(axis=1)
    assert len(np.unique(brightest)) > TOY_CAMERA.n_pixels / 2


def test_losses_fall(fitted):
    curves = {name: curve.to_numpy() for name, curve in fitted.curves_.items()}
    assert list(curves["epoch"]) == list(range(1, 41))
    assert curves["loss"][-1] < 0.5 * curves["loss"][0]
    total = curves["reconstruction"] + curves["kl"]
    assert curves["loss"] == pytest.approx(total, rel=1e-3)
    assert curves["kl"][-1] > 1


def test_a_calorimeter_is_asked_for_particles_only():
    fitted = PublishedVae(n_epochs=30, batch_size=32).fit(make_hits(600))
    is_left = np.arange(16) % 4 < 2
    for particle, is_lit in (("photon", is_left), ("electron", ~is_left)):
        energy, time = np.moveaxis(fitted.sample(200, {"particle": particle}, 0).images, -1, 0)
        assert energy[:, is_lit].mean() == pytest.approx(1.05, rel=0.2)
        assert energy[:, ~is_lit].mean() < 0.1
        assert not time[energy == 0].any()
        assert np.corrcoef(energy[energy > 0], time[energy > 0])[0, 1] > 0.5


@pytest.mark.parametrize(
    "options", [{"n_epochs": 0}, {"batch_size": 0}, {"learning_rate": 0.0}, {"n_latents": 2}]
)
def test_options_out_of_range_are_refused(options):
    with pytest.raises(InputError, match=next(iter(options))):
        build_image_generator("published_vae", options)
