"""What ctapipe and classifiers accept."""

import numpy as np
import pytest
from image_sets import make_set
from scipy.stats import binomtest
from toy_cameras import TAIGA, light_of_ellipse

from showerforge.validation.images import acceptance
from showerforge.validation.images.acceptance import (
    QualitySettings,
    accept_by_classifier,
    accept_by_ctapipe,
    measure_by_ctapipe,
    passes_quality,
)
from showerforge.validation.images.resampling import Resampling
from showerforge.validation.images.sets import ImageSet

SETTINGS = QualitySettings()
LENGTH, WIDTH = 0.45, 0.3


def spot(size=2000.0, x=0.3):
    one = np.ones((1, 1))
    light = light_of_ellipse(
        TAIGA, size * one, x * one, 0.2 * one, LENGTH * one, WIDTH * one, 0.5 * one
    )
    return np.where(light > SETTINGS.boundary, light, 0)


def single_pixel():
    image = np.zeros((1, TAIGA.n_pixels))
    image[0, 0] = 500.0
    return image


def row_of_pixels():
    """A straight line has no width."""
    image = np.zeros((1, TAIGA.n_pixels))
    on_axis = np.flatnonzero((TAIGA.axial[:, 1] == 0) & (np.abs(TAIGA.axial[:, 0]) <= 2))
    image[0, on_axis] = 50.0
    return image


@pytest.mark.parametrize(
    ("image", "is_accepted"),
    [
        (spot(), True),
        (single_pixel(), False),
        (row_of_pixels(), False),
        (spot(x=TAIGA.radius), False),
        (np.zeros((1, TAIGA.n_pixels)), False),
    ],
    ids=["spot", "single pixel", "line", "at the rim", "dark"],
)
def test_ctapipe_accepts_a_spot_and_nothing_broken(image, is_accepted):
    table = measure_by_ctapipe(TAIGA, image, SETTINGS)
    assert passes_quality(table, SETTINGS).tolist() == [is_accepted]


def test_ctapipe_measures_the_spot_that_was_drawn():
    row = measure_by_ctapipe(TAIGA, spot(1e6), SETTINGS).iloc[0]
    # spread over a pixel adds to the variance of the light, and the tails are cut off
    assert row["length"] == pytest.approx(LENGTH, rel=0.03)
    assert row["width"] == pytest.approx(WIDTH, rel=0.03)
    assert row["intensity"] == pytest.approx(1e6, rel=0.01)


@pytest.mark.parametrize("change", [{"minimum_size": 3000.0}, {"minimum_pixels": 200}])
def test_cuts_are_those_that_are_asked_for(change):
    settings = QualitySettings(**change)
    assert not passes_quality(measure_by_ctapipe(TAIGA, spot(), settings), settings).any()


def test_the_accepted_share_has_the_interval_of_wilson():
    images = np.concatenate([spot()] * 30 + [single_pixel()] * 10).astype(np.float32)
    sample = ImageSet("toy", make_set(60, 1, "toy").table.head(40), images)
    accepted = accept_by_ctapipe(sample, TAIGA, SETTINGS, Resampling())["ctapipe_accepted"]
    assert accepted.value == 0.75
    expected = binomtest(30, 40).proportion_ci(0.95, method="wilson")
    # one image less is independent, as the variance is estimated
    assert (accepted.lower, accepted.upper) == pytest.approx(
        (expected.low, expected.high), abs=3e-3
    )


def test_without_ctapipe_nothing_is_said(monkeypatch):
    monkeypatch.setattr(acceptance, "find_spec", lambda name: None)
    assert accept_by_ctapipe(make_set(60, 1), TAIGA, SETTINGS, Resampling()) == {}


def test_the_change_of_the_gammaness_is_the_shift_of_the_scores():
    generator = np.random.default_rng(0)
    reference, sample = generator.normal(0.6, 0.1, 1000), generator.normal(0.5, 0.1, 500)
    number = np.arange(1000)
    estimates = accept_by_classifier(sample, reference, 0.55, number[:500], number, Resampling(500))
    change = estimates["gammaness_change"]
    assert change.value == pytest.approx(sample.mean() - reference.mean())
    error = 0.1 * np.sqrt(1 / 500 + 1 / 1000)
    assert change.upper - change.lower == pytest.approx(2 * 1.96 * error, rel=0.15)
    assert estimates["gammaness_kept"].value == np.mean(sample >= 0.55)
    assert estimates["gammaness_mean"].value == pytest.approx(sample.mean())
