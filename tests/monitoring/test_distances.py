import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import kolmogorov
from scipy.stats import ks_2samp, kstest, kstwo, norm, wasserstein_distance

from showerforge.monitoring.distances import (
    kolmogorov_significance,
    kolmogorov_smirnov,
    quantile,
    stability_index,
    wasserstein,
)
from showerforge.monitoring.summaries import Binning

SAMPLES = [norm(0, 1), norm(0.1, 1), norm(0, 1.2), norm(1, 0.5), norm(-3, 2)]


def binned(sample, n_bins=400, n=4000):
    """Draw a reference and a sample, with their counts."""
    generator = np.random.default_rng(3)
    reference = generator.normal(size=20_000)
    values = sample.rvs(n, random_state=generator)
    binning = Binning.between_quantiles(["x"], reference[:, None], n_bins)
    (expected,), (counts,) = binning.count(reference[:, None]), binning.count(values[:, None])
    return reference, values, binning, expected / expected.sum(), counts


@pytest.mark.parametrize("sample", SAMPLES)
def test_kolmogorov_smirnov_is_just_below_that_of_the_values(sample):
    reference, values, _, expected, counts = binned(sample)
    exact = ks_2samp(reference, values).statistic
    assert exact - 1 / 400 - 1e-12 <= kolmogorov_smirnov(expected, counts) <= exact + 1e-12


@pytest.mark.parametrize("n", [10_000, 10**7])
@pytest.mark.parametrize("scaled", [0.31, 0.5, 0.83, 1.0, 1.36, 2.0, 4.0])
def test_significance_is_that_of_kolmogorov(scaled, n):
    distance = scaled / (math.sqrt(n) + 0.12 + 0.11 / math.sqrt(n))
    assert kolmogorov_significance(distance, n) == pytest.approx(kolmogorov(scaled), rel=1e-9)


@pytest.mark.parametrize("n", [50, 300, 3000])
@pytest.mark.parametrize("significance", [0.5, 0.05, 1e-3, 1e-5])
def test_significance_of_few_events_is_near_the_exact_one(significance, n):
    distance = kstwo.isf(significance, n)
    assert kolmogorov_significance(distance, n) == pytest.approx(significance, rel=0.15)


@given(st.floats(0, 1), st.floats(1, 1e7))
def test_significance_is_a_probability(distance, n):
    assert 0 <= kolmogorov_significance(distance, n) <= 1


def test_small_distance_says_nothing():
    assert kolmogorov_significance(0.0, 100) == 1.0


def test_significance_of_equal_laws_is_uniform():
    generator = np.random.default_rng(0)
    found = []
    for _ in range(400):
        distance = kstest(generator.random(500), "uniform").statistic
        found.append(kolmogorov_significance(distance, 500))
    assert kstest(found, "uniform").pvalue > 0.01


@pytest.mark.parametrize("sample", SAMPLES[:4])
def test_wasserstein_is_near_that_of_the_values(sample):
    reference, values, binning, expected, counts = binned(sample)
    inside = np.clip(values, reference.min(), reference.max())
    exact = wasserstein_distance(reference, inside)
    assert wasserstein(expected, counts, binning.widths(0)) == pytest.approx(exact, abs=0.01)


def test_wasserstein_of_a_shift_within_bins_that_are_even():
    expected = np.array([0.25, 0.25, 0.25, 0.25, 0.0])
    counts = np.array([0, 1, 1, 1, 1])
    assert wasserstein(expected, counts, np.full(5, 2.0)) == pytest.approx(2.0)


def test_wasserstein_where_distribution_functions_cross():
    # against an even law on [0, 4], all events lie evenly in the two bins of the middle
    expected, counts = np.full(4, 0.25), np.array([0, 1, 1, 0])
    assert wasserstein(expected, counts, np.ones(4)) == pytest.approx(0.5)
    # in one bin, a line from -1/2 to 1/2
    expected, counts = np.array([0.5, 0.0, 0.5]), np.array([0, 1, 0])
    assert wasserstein(expected, counts, np.ones(3)) == pytest.approx(0.25 + 0.25 + 0.25)


def test_stability_index_by_hand():
    expected = np.full(10, 0.1)
    counts = np.array([15, 5, 10, 10, 10, 10, 10, 10, 10, 10])
    by_hand = 0.05 * math.log(1.5) + 0.05 * math.log(2)
    assert stability_index(expected, counts) == pytest.approx(by_hand)


def test_stability_index_joins_bins_to_ten():
    counts = np.repeat([15, 5, 10, 10, 10, 10, 10, 10, 10, 10], 20)
    by_hand = 0.05 * math.log(1.5) + 0.05 * math.log(2)
    assert stability_index(np.full(200, 1 / 200), counts) == pytest.approx(by_hand)


def test_stability_index_of_what_was_never_seen_is_finite():
    assert 1 < stability_index(np.full(10, 0.1), np.array([100, *[0] * 9])) < math.inf


@pytest.mark.parametrize("measure", [kolmogorov_smirnov, stability_index])
def test_same_shares_are_no_distance(measure):
    assert measure(np.full(20, 0.05), np.full(20, 7)) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_quantile_is_near_that_of_the_values(share):
    _, values, binning, _, counts = binned(SAMPLES[1])
    found = quantile(counts.astype(float), binning.edges[0], binning.ends[0], share)
    assert found == pytest.approx(np.quantile(values, share), abs=0.02)
