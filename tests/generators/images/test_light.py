"""Generators that learn light: what they follow, what they keep, and that they can be kept."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from image_generator_toys import DETECTOR, NOISE, TRUE_WIDTH, draw_spots, make_conditions

from showerforge.cameras.hillas import parametrise
from showerforge.errors import InputError
from showerforge.generators.images.catalogue import build_image_generator
from showerforge.generators.images.detectors import CalorimeterDetector
from showerforge.generators.images.files import from_bytes, to_bytes
from showerforge.generators.images.interface import TrainingImages
from showerforge.generators.images.light import TREND_REACH, LightMixture, LightVae, Trend
from showerforge.showers.detector import draw_images

VAE = {"n_latent": 4, "n_hidden": 32, "batch_size": 64}
SMALL = {"n_rings": 4, **VAE}


def make_training(n_each=700, seed=0, with_expected=True):
    """Spots in noise, narrow of gammas and wide of hadrons, that all lie near the centre."""
    conditions = make_conditions(n_each, seed)
    generator = np.random.default_rng(seed)
    centre = generator.normal(0, 0.3, (2, len(conditions)))
    width = conditions["particle"].map(TRUE_WIDTH).to_numpy()
    light = 100 + 40 * conditions["size"].to_numpy() ** 0.5
    expected = draw_spots(DETECTOR.camera, *centre, width, light).astype(np.float32)
    images = draw_images(DETECTOR.camera, expected, NOISE, generator)
    measured = parametrise(DETECTOR.camera, images, DETECTOR.cleaning)
    kept = measured["size"].notna().to_numpy()
    conditions = conditions.assign(size=measured["size"])[kept].reset_index(drop=True)
    cleaned = np.where(images > 6, images, 0)
    return TrainingImages(
        DETECTOR,
        images[kept][:, :, None],
        cleaned[kept][:, :, None].astype(np.float32),
        expected[kept] if with_expected else None,
        conditions,
    )


@pytest.fixture(scope="module")
def training():
    return make_training()


@pytest.fixture(scope="module")
def generator(training):
    return LightMixture(n_components=4, n_epochs=25, **SMALL).fit(training, seed=0)


def asked(training, particle, n=800, seed=1):
    own = training.conditions[training.conditions["particle"] == particle]
    return own.sample(n, replace=True, random_state=seed).to_dict("list") | {"particle": particle}


def measure(images):
    return parametrise(DETECTOR.camera, images[:, :, 0], DETECTOR.cleaning)


@pytest.mark.parametrize("particle", DETECTOR.particles)
def test_images_are_as_large_as_asked_and_as_wide_as_learnt(training, generator, particle):
    conditions = asked(training, particle)
    table = measure(generator.sample(800, conditions, seed=2).images)
    error = np.abs(table["size"] / conditions["size"] - 1)
    assert error.mean() < 0.05
    is_own = (training.conditions["particle"] == particle).to_numpy()
    learnt = measure(training.images[is_own])
    for name in ("width", "length", "n_pixels", "dist"):
        assert table[name].median() == pytest.approx(learnt[name].median(), rel=0.12), name


def test_particles_differ_as_they_did_in_the_training(training, generator):
    widths = [
        measure(generator.sample(500, asked(training, p, 500), seed=3).images)["width"].median()
        for p in DETECTOR.particles
    ]
    assert widths[1] > 1.2 * widths[0]


def test_the_seed_rules_the_draw_and_the_training(training, generator):
    conditions = asked(training, "gamma", 20)
    first, second = (generator.sample(20, conditions, seed=4).images for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, generator.sample(20, conditions, seed=5).images)
    small = {**VAE, "n_epochs": 1}
    fits = [LightVae(**small).fit(training, seed=7) for _ in range(2)]
    assert fits[0].curves_.equals(fits[1].curves_)
    # the files too, whatever was built before in the same process
    assert to_bytes(fits[0]) == to_bytes(fits[1])
    drawn = [fit.sample(20, conditions, seed=4).images for fit in fits]
    np.testing.assert_array_equal(*drawn)


def test_it_is_kept_and_read_again(training, generator):
    again = from_bytes(to_bytes(generator), DETECTOR)
    conditions = asked(training, "hadron", 30)
    first, second = (g.sample(30, conditions, seed=1).images for g in (generator, again))
    np.testing.assert_array_equal(first, second)


def test_a_second_fit_forgets_the_first(training):
    options = {**SMALL, "n_epochs": 1}
    conditions = asked(training, "gamma", 20)
    fresh = LightMixture(n_components=2, **options).fit(training, seed=3)
    again = LightMixture(n_components=2, **options).fit(make_training(seed=5), seed=3)
    again.sample(20, conditions, seed=0)
    again.fit(training, seed=3)
    drawn = [each.sample(20, conditions, seed=4).images for each in (fresh, again)]
    np.testing.assert_array_equal(*drawn)


def test_images_are_not_turned_where_the_source_is_off_the_centre(training):
    aside = replace(DETECTOR, source=(0.4, 0.0))
    assert len(aside.layout.symmetries) == 1
    readout = aside.readout(n_rings=4, is_symmetric=True, n_draws=1, tolerance=1.0)
    assert len(readout.frame.symmetries) == 1
    assert len(DETECTOR.readout(4, True, 1, 1.0).frame.symmetries) == 12


def test_the_loss_falls(generator):
    losses = generator.curves_["loss"]
    assert losses.iloc[-1] < 0.5 * losses.iloc[0]


def test_light_is_learnt_from_recorded_images_too():
    training = make_training(with_expected=False)
    options = SMALL | {"divergence_weight": 1.0}
    generator = LightMixture(n_components=2, n_epochs=15, **options).fit(training, seed=0)
    table = measure(generator.sample(500, asked(training, "gamma", 500), seed=0).images)
    learnt = measure(training.images[(training.conditions["particle"] == "gamma").to_numpy()])
    assert table["width"].median() == pytest.approx(learnt["width"].median(), rel=0.2)


def test_a_wild_training_says_what_to_lower(training):
    with pytest.raises(InputError, match="learning_rate"):
        LightVae(n_epochs=2, **VAE).fit(make_training_of_nonsense(training), seed=0)


def make_training_of_nonsense(training):
    expected = training.expected.copy()
    expected[::2] *= 1e30
    return TrainingImages(
        training.detector, training.images, training.cleaned, expected, training.conditions
    )


def test_options_are_checked():
    with pytest.raises(InputError, match="n_components"):
        build_image_generator("light_mixture", {"n_components": 0})
    with pytest.raises(InputError, match="no options"):
        build_image_generator("light_vae", {"n_components": 3})


def make_crystals(n_each=300, seed=0):
    """Hits about the middle, more spread of electrons, with times that fall with the energy."""
    generator = np.random.default_rng(seed)
    particle = np.repeat(["photon", "electron"], n_each)
    spread = np.where(particle == "electron", 2.0, 1.0)[:, None]
    row, column = np.divmod(np.arange(1024), 32)
    energy = np.exp(-np.hypot(row - 16, column - 16) / spread)
    energy = energy * generator.lognormal(0, 0.1, energy.shape)
    energy[energy < 0.05] = 0
    time = np.where(energy > 0, generator.normal(0, 1, energy.shape) * 0.1, 0)
    images = np.stack([energy, time], axis=-1).astype(np.float32)
    conditions = pd.DataFrame({"particle": particle})
    return TrainingImages(CalorimeterDetector(), images, images, None, conditions)


def test_crystals_are_learnt_by_class():
    training = make_crystals()
    generator = LightMixture(
        n_components=2, n_latent=4, n_hidden=32, batch_size=32, n_epochs=15
    ).fit(training, seed=0)
    for particle in ("photon", "electron"):
        own = training.images[(training.conditions["particle"] == particle).to_numpy()]
        images = generator.sample(300, {"particle": particle}, seed=1).images
        hits, learnt = ((each[:, :, 0] > 0).sum(axis=1) for each in (images, own))
        assert hits.mean() == pytest.approx(learnt.mean(), rel=0.15)
        energies = [each[:, :, 0].sum(axis=1).mean() for each in (images, own)]
        assert energies[0] == pytest.approx(energies[1], rel=0.1)
        assert (images[:, :, 0].argmax(axis=1) == 16 * 32 + 16).mean() > 0.99
        is_hit = images[:, :, 0] > 0
        assert (images[:, :, 1][~is_hit] == 0).all()
        assert images[:, :, 1][is_hit].std() == pytest.approx(0.1, rel=0.2)


def test_a_trend_is_the_polynomial_that_it_was_made_of_and_stays_tame_far_away():
    generator = np.random.default_rng(0)
    leading = generator.normal(5.0, 2.0, (4000, 2))
    x, y = leading.T

    def truth(x, y):
        return np.column_stack([1 + x - 2 * y + 0.5 * x * y, y**2])

    trend = Trend.fit(leading, truth(x, y) + generator.normal(0, 0.1, (4000, 2)))
    np.testing.assert_allclose(trend.of(leading[:50]), truth(x, y)[:50], atol=0.05)
    edge = leading.mean(axis=0) + TREND_REACH * leading.std(axis=0)
    np.testing.assert_allclose(trend.of(edge[None] + 1000), trend.of(edge[None]))


def test_columns_that_never_change_have_no_trend():
    leading = np.column_stack([np.ones(300), np.linspace(0, 1, 300)])
    trend = Trend.fit(leading, leading[:, 1:])
    np.testing.assert_allclose(trend.of(leading), leading[:, 1:], atol=1e-3)
