"""Figures of merit against scikit-learn, on weighted events with ties."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from showerforge.errors import InputError
from showerforge.metrics.figures_of_merit import FIGURES_OF_MERIT, Sky, figures_over_resamples
from showerforge.metrics.separation import (
    REFERENCE_BACKGROUNDS,
    Separation,
    auc_placements,
    choose_threshold,
    compare_roc_auc,
    roc_auc_with_error,
    threshold_of_gamma_efficiency,
)

SKY = Sky(hadrons_per_hour=6e5, hadrons_per_gamma=1e4, exposure_ratio=0.2)


@st.composite
def scored_events(draw):
    """Scores on a coarse grid, so that many are tied, with weights, some of them zero."""
    n = draw(st.integers(20, 120))
    generator = np.random.default_rng(draw(st.integers(0, 2**20)))
    is_gamma = generator.random(n) < 0.6
    is_gamma[:2] = [True, False]
    gammaness = generator.integers(0, draw(st.integers(3, 60)), n) / 60
    gammaness = np.clip(gammaness + 0.2 * is_gamma, 0.01, 0.99)
    weights = generator.integers(0, 4, (3, n)).astype(float)
    weights[:, :2] = 1
    return is_gamma, gammaness, weights


@settings(max_examples=60)
@given(scored_events())
def test_agrees_with_scikit_learn(events):
    is_gamma, gammaness, weights = events
    separation = Separation(is_gamma, gammaness, weights)
    gamma_f1, hadron_f1 = separation.f1_scores(0.5)
    for row, weight in enumerate(weights):
        called = gammaness >= 0.5
        expected = {
            "auc": metrics.roc_auc_score(is_gamma, gammaness, sample_weight=weight),
            "ap": metrics.average_precision_score(is_gamma, gammaness, sample_weight=weight),
            "ap_hadron": metrics.average_precision_score(
                ~is_gamma, -gammaness, sample_weight=weight
            ),
            "f1": metrics.f1_score(is_gamma, called, sample_weight=weight),
            "f1_hadron": metrics.f1_score(~is_gamma, ~called, sample_weight=weight),
            "log_loss": metrics.log_loss(is_gamma, gammaness, sample_weight=weight),
            "brier": metrics.brier_score_loss(is_gamma, gammaness, sample_weight=weight),
        }
        found = {
            "auc": separation.roc_auc()[row],
            "ap": separation.average_precision_gamma()[row],
            "ap_hadron": separation.average_precision_hadron()[row],
            "f1": gamma_f1[row],
            "f1_hadron": hadron_f1[row],
            "log_loss": separation.log_loss()[row],
            "brier": separation.brier_score()[row],
        }
        assert found == pytest.approx(expected, abs=1e-9)


@settings(max_examples=60)
@given(scored_events(), st.sampled_from(REFERENCE_BACKGROUNDS))
def test_acceptance_is_the_roc_curve_at_that_background(events, background):
    is_gamma, gammaness, weights = events
    acceptance = Separation(is_gamma, gammaness, weights).acceptance(background)
    for row, weight in enumerate(weights):
        hadrons, gammas, _ = metrics.roc_curve(
            is_gamma, gammaness, sample_weight=weight, drop_intermediate=False
        )
        at_most = gammas[hadrons <= background].max()
        if background in hadrons:
            assert acceptance[row] == pytest.approx(at_most)
        else:
            assert acceptance[row] == pytest.approx(np.interp(background, hadrons, gammas))


def test_weights_mean_repetition():
    generator = np.random.default_rng(1)
    is_gamma, gammaness = generator.random(200) < 0.5, generator.random(200)
    counts = generator.integers(0, 3, 200)
    weighted = Separation(is_gamma, gammaness, counts[np.newaxis].astype(float))
    repeated = Separation.unweighted(np.repeat(is_gamma, counts), np.repeat(gammaness, counts))
    for figure in FIGURES_OF_MERIT.values():
        assert figure.compute(weighted, 0.6, SKY) == pytest.approx(
            figure.compute(repeated, 0.6, SKY)
        )


def test_perfect_and_blind_scores():
    is_gamma = np.arange(100) < 50
    perfect = Separation.unweighted(is_gamma, is_gamma.astype(float))
    blind = Separation.unweighted(is_gamma, np.full(100, 0.5))
    assert perfect.roc_auc() == [1.0]
    assert perfect.acceptance(0.01) == [1.0]
    assert blind.roc_auc() == [0.5]
    assert blind.acceptance(0.05) == pytest.approx([0.05])


def test_quality_factor_by_hand():
    is_gamma = np.repeat([True, False], [100, 100])
    gammaness = np.concatenate([np.repeat([0.9, 0.1], [80, 20]), np.repeat([0.9, 0.1], [4, 96])])
    separation = Separation.unweighted(is_gamma, gammaness)
    assert separation.quality_factor(0.9) == pytest.approx([0.8 / np.sqrt(0.04)])
    assert separation.quality_factor(0.95) == [0.0]
    assert Separation.unweighted(is_gamma, is_gamma * 1.0).quality_factor(0.9) == [np.inf]


def test_cuts_have_no_log_loss():
    is_gamma = np.arange(10) < 5
    arguments = (is_gamma, is_gamma * 0.5, np.ones((1, 10)), 0.5, SKY)
    assert "log_loss" in figures_over_resamples(*arguments, is_probability=True)
    assert "log_loss" not in figures_over_resamples(*arguments, is_probability=False)


class TestThreshold:
    generator = np.random.default_rng(0)
    is_gamma = np.arange(4000) < 2000
    gammaness = np.concatenate([generator.beta(5, 2, 2000), generator.beta(2, 5, 2000)])

    def test_keeps_enough_hadrons_and_gammas(self):
        threshold = choose_threshold(self.is_gamma, self.gammaness, 0.5, 30)
        kept = self.gammaness >= threshold
        assert (kept & ~self.is_gamma).sum() >= 30
        assert kept[self.is_gamma].mean() >= 0.5

    def test_is_the_best_of_all_that_are_allowed(self):
        threshold = choose_threshold(self.is_gamma, self.gammaness, 0.5, 30)
        separation = Separation.unweighted(self.is_gamma, self.gammaness)
        best = separation.quality_factor(threshold)[0]
        for other in np.quantile(self.gammaness, np.linspace(0.01, 0.99, 99)):
            kept = self.gammaness >= other
            allowed = (kept & ~self.is_gamma).sum() >= 30 and kept[self.is_gamma].mean() >= 0.5
            if allowed:
                assert separation.quality_factor(other)[0] <= best + 1e-12

    def test_too_few_hadrons_are_told(self):
        with pytest.raises(InputError, match="there are only 2000 hadrons"):
            choose_threshold(self.is_gamma, self.gammaness, 0.5, 3000)

    def test_more_hadrons_asked_for_means_a_looser_cut(self):
        strict = choose_threshold(self.is_gamma, self.gammaness, 0.1, 5)
        loose = choose_threshold(self.is_gamma, self.gammaness, 0.1, 300)
        assert loose < strict


@settings(max_examples=40)
@given(scored_events())
def test_placements_average_to_the_area(events):
    is_gamma, gammaness, _ = events
    of_gammas, of_hadrons = auc_placements(is_gamma, gammaness)
    assert np.mean(of_gammas) == pytest.approx(metrics.roc_auc_score(is_gamma, gammaness))
    assert np.mean(of_hadrons) == pytest.approx(metrics.roc_auc_score(is_gamma, gammaness))
    for place, score in zip(of_gammas, gammaness[is_gamma], strict=True):
        hadrons = gammaness[~is_gamma]
        assert place == pytest.approx(np.mean((hadrons < score) + 0.5 * (hadrons == score)))


class TestDeLong:
    """The paired test of two ROC-AUC on the same events."""

    def pair(self, seed=0, n=400, gain=0.3):
        generator = np.random.default_rng(seed)
        is_gamma = np.arange(n) < 0.6 * n
        first = np.round(generator.normal(is_gamma, 1), 1)
        return is_gamma, first + gain * is_gamma + generator.normal(0, 0.3, n), first

    def test_difference_is_that_of_scikit_learn(self):
        is_gamma, first, second = self.pair()
        difference, _, _ = compare_roc_auc(is_gamma, first, second)
        expected = metrics.roc_auc_score(is_gamma, first) - metrics.roc_auc_score(is_gamma, second)
        assert difference == pytest.approx(expected, abs=1e-12)

    def test_error_is_that_of_the_definition_pair_by_pair(self):
        is_gamma, first, second = self.pair(n=60)
        wins = [
            (s[is_gamma][:, None] > s[~is_gamma]) + 0.5 * (s[is_gamma][:, None] == s[~is_gamma])
            for s in (first, second)
        ]
        variance = 0.0
        for axis in (1, 0):
            structural = np.array([win.mean(axis=axis) for win in wins])
            covariance = np.cov(structural)
            contrast = covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]
            variance += contrast / structural.shape[1]
        assert compare_roc_auc(is_gamma, first, second)[1] == pytest.approx(np.sqrt(variance))

    def test_p_values_of_equal_scores_are_uniform(self):
        p_values = [compare_roc_auc(*self.pair(seed, 300, gain=0.0))[2] for seed in range(300)]
        # the second score has noise more, which costs little; half of them below a half
        assert 0.35 < np.mean(np.array(p_values) < 0.5) < 0.75
        assert np.mean(np.array(p_values) < 0.001) < 0.05

    def test_the_same_score_differs_by_nothing(self):
        is_gamma, first, _ = self.pair()
        assert compare_roc_auc(is_gamma, first, first) == (0.0, 0.0, 1.0)

    def test_error_of_one_score_agrees_with_the_bootstrap(self):
        is_gamma, first, _ = self.pair(n=800)
        generator = np.random.default_rng(0)
        drawn = [generator.integers(0, 800, 800) for _ in range(400)]
        spread = np.std([metrics.roc_auc_score(is_gamma[d], first[d]) for d in drawn])
        assert roc_auc_with_error(is_gamma, first)[1] == pytest.approx(spread, rel=0.15)


def test_threshold_of_an_efficiency_is_the_strictest_that_keeps_it():
    is_gamma = np.repeat([True, False], [10, 5])
    gammaness = np.concatenate([np.arange(1, 11) / 10, np.full(5, 0.95)])
    separation = Separation.unweighted(is_gamma, gammaness)
    for share, threshold in ((0.1, 1.0), (0.3, 0.8), (0.35, 0.7), (1.0, 0.1)):
        assert threshold_of_gamma_efficiency(separation, share) == threshold
    weighted = Separation(is_gamma, gammaness, np.where(gammaness < 0.65, 2.0, 1.0)[None])
    assert threshold_of_gamma_efficiency(weighted, 0.5) == pytest.approx(0.5)
