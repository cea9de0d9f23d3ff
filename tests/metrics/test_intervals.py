import numpy as np
import pytest
from scipy import stats

from showerforge.metrics.intervals import (
    bootstrap_weights,
    corrected_resampled_interval,
    percentile_interval,
)
from showerforge.metrics.separation import Separation


def test_weights_resample_within_each_class():
    is_gamma = np.arange(300) < 200
    weights = bootstrap_weights(is_gamma, 500, seed=0)
    assert weights.shape == (501, 300)
    assert (weights[0] == 1).all()
    assert (weights[:, is_gamma].sum(axis=1) == 200).all()
    assert (weights[:, ~is_gamma].sum(axis=1) == 100).all()
    assert weights[1:].mean(axis=0) == pytest.approx(np.ones(300), abs=0.25)
    assert np.array_equal(weights, bootstrap_weights(is_gamma, 500, seed=0))


def test_interval_of_the_auc_covers_the_truth():
    """Scores of two unit normals a distance d apart have an AUC of Phi(d / sqrt(2))."""
    truth = stats.norm.cdf(1 / np.sqrt(2))
    is_gamma = np.arange(300) < 150
    covered = []
    for seed in range(200):
        scores = np.random.default_rng(seed).normal(is_gamma.astype(float), 1)
        weights = bootstrap_weights(is_gamma, 200, seed)
        auc = percentile_interval(Separation(is_gamma, scores, weights).roc_auc(), 0.95)
        covered.append(auc.lower <= truth <= auc.upper)
    assert 0.90 <= np.mean(covered) <= 0.99


def test_interval_survives_infinite_values():
    values = np.append(np.arange(100.0), np.full(10, np.inf))
    estimate = percentile_interval(values, 0.95)
    assert estimate.upper == np.inf
    assert estimate.lower == pytest.approx(3, abs=1.5)


def test_corrected_interval_by_hand():
    differences = np.array([0.01, 0.02, 0.03, 0.02, 0.02])
    estimate = corrected_resampled_interval(differences, 0.95)
    spread = np.sqrt((0.2 + 0.25) * np.var(differences, ddof=1))
    assert estimate.value == pytest.approx(0.02)
    assert estimate.upper - estimate.value == pytest.approx(stats.t.ppf(0.975, 4) * spread)


@pytest.mark.parametrize(("lower", "upper", "excludes"), [(0.1, 0.2, 1), (-0.1, 0.1, 0)])
def test_excluding_zero(lower, upper, excludes):
    values = np.linspace(lower, upper, 101)
    assert percentile_interval(values, 0.95).excludes_zero == bool(excludes)


def test_groups_are_drawn_together_and_their_intervals_are_wider():
    """Five copies of every event say as much as one: the interval is that of the originals."""
    is_gamma = np.arange(200) < 100
    scores = np.random.default_rng(0).normal(is_gamma, 1)
    group = np.repeat(np.arange(200), 5)
    copies = np.repeat(is_gamma, 5)
    weights = bootstrap_weights(copies, 400, 0, group)
    assert (weights.reshape(401, 200, 5).std(axis=2) == 0).all()

    def width(is_gamma, scores, weights):
        found = percentile_interval(Separation(is_gamma, scores, weights).roc_auc(), 0.95)
        return found.upper - found.lower

    once = width(is_gamma, scores, bootstrap_weights(is_gamma, 400, 1))
    assert width(copies, np.repeat(scores, 5), weights) == pytest.approx(once, rel=0.15)
    apart = width(copies, np.repeat(scores, 5), bootstrap_weights(copies, 400, 0))
    assert apart < 0.6 * once
