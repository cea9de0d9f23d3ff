"""A network that is to tell images apart: it can where they differ, and cannot where not."""

import numpy as np
import pytest
from image_sets import CAMERA, make_set
from networks_toys import make_settings

from showerforge.errors import InputError
from showerforge.networks.layout import Layout
from showerforge.validation.images import network_test
from showerforge.validation.images.network_test import NetworkTest, tell_apart_by_network
from showerforge.validation.images.resampling import Resampling

LAYOUT = Layout(CAMERA.grid, CAMERA.rotations)
SCALE = 3.0
RESAMPLING = Resampling(200)


def tell_apart(sample):
    reference = make_set(900, 2)
    return tell_apart_by_network(sample, reference, make_settings(), LAYOUT, SCALE, 0)


def test_other_images_are_told_apart():
    test = tell_apart(make_set(700, 1, "wide spots", width=0.5))
    area = test.estimate(RESAMPLING)["network_auc"]
    assert area.lower > 0.7
    assert test.is_generated.sum() * 2 == len(test.score) == len(test.group)
    assert test.n_trained < len(test.score)
    assert test.cpu_seconds > 0
    assert 1 <= test.kept_epoch <= 3


def test_the_same_law_is_guessed():
    area = tell_apart(make_set(700, 1, "same")).estimate(RESAMPLING)["network_auc"]
    assert area.lower < 0.5 < area.upper


def test_few_images_are_refused_before_any_training():
    with pytest.raises(InputError, match=r"of few by a network has 45 .* \(at least 50\)"):
        tell_apart(make_set(90, 1, "few"))


def test_no_shower_is_on_both_sides():
    group = np.repeat(np.arange(200), 4)
    generator = np.random.default_rng(0)
    half = network_test._halve(group, generator)
    assert not set(group[half]) & set(group[~half])
    assert half.mean() == 0.5
    both = np.concatenate([group, group + 1000])
    stopping = network_test._is_stopping(both, generator)
    assert not set(both[stopping]) & set(both[~stopping])
    assert stopping[:800].mean() == stopping[800:].mean() == network_test.STOPPING_SHARE


def test_the_area_is_that_of_the_scores():
    is_generated = np.arange(60) < 20
    score = np.random.default_rng(0).normal(size=60) + is_generated
    area = NetworkTest(is_generated, score, np.arange(60), 0, 1, 0.0).estimate(RESAMPLING)
    expected = np.mean(score[:20][:, None] > score[20:])
    assert area["network_auc"].value == pytest.approx(expected)
