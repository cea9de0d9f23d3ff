import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.stats import poisson

from showerforge.metrics.significance import (
    expected_significance,
    hours_to_detection,
    li_ma_significance,
    purity,
    signal_to_background,
)


def profile_likelihood_significance(n_on, n_off, ratio):
    """The likelihood ratio behind equation 17, maximised by brute force."""

    def minus_log_likelihood(background):
        return -(poisson.logpmf(n_on, ratio * background) + poisson.logpmf(n_off, background))

    null = minimize_scalar(minus_log_likelihood, bounds=(1e-9, 10 * (n_on + n_off + 1)))
    best = -(poisson.logpmf(n_on, n_on) + poisson.logpmf(n_off, n_off))
    sign = np.sign(n_on - ratio * n_off)
    return sign * np.sqrt(max(2 * (null.fun - best), 0))


# the first call imports
@given(st.integers(0, 400), st.integers(0, 400), st.sampled_from([0.1, 0.2, 0.5, 1.0]))
def test_is_the_likelihood_ratio(n_on, n_off, ratio):
    expected = profile_likelihood_significance(n_on, n_off, ratio)
    assert li_ma_significance(n_on, n_off, ratio) == pytest.approx(expected, abs=2e-3)


# the first call imports
@given(st.integers(0, 400), st.integers(0, 400), st.sampled_from([0.1, 0.2, 0.5, 1.0]))
def test_agrees_with_gammapy(n_on, n_off, ratio):
    from gammapy.stats import WStatCountsStatistic

    expected = WStatCountsStatistic(n_on, n_off, ratio).sqrt_ts
    assert li_ma_significance(n_on, n_off, ratio) == pytest.approx(expected, abs=1e-5)


def test_counts_as_expected_are_no_excess():
    """Where pyirf takes the root of a number that rounding has left below zero."""
    on, off = np.array([0.0, 2.0, 20.0, 3e6]), np.array([0.0, 10.0, 100.0, 1.5e7])
    np.testing.assert_allclose(li_ma_significance(on, off, 0.2), 0, atol=1e-4)


def test_counts_of_any_shape():
    on, off = np.array([[5.0], [80.0]]), np.array([100.0, 0.0, 300.0])
    table = li_ma_significance(on, off, 0.2)
    assert table.shape == (2, 3)
    assert table[1, 2] == li_ma_significance(80, 300, 0.2)
    assert (np.sign(table) == [[-1, 1, -1], [1, 1, 1]]).all()
    assert np.isnan(li_ma_significance(np.nan, 10, 0.2))


def test_agrees_with_the_gaussian_limit():
    n_on, n_off, ratio = 100_600, 200_000, 0.5
    gaussian = (n_on - ratio * n_off) / np.sqrt(ratio * (n_on + n_off))
    assert li_ma_significance(n_on, n_off, ratio) == pytest.approx(gaussian, rel=1e-3)


def test_purity_of_the_sky():
    assert purity(np.array([0.5]), np.array([1e-4]), 1e4) == pytest.approx([1 / 3])


def test_gammas_for_each_hadron():
    ratio = signal_to_background([0.5, 0.5, 0.0], [1e-4, 0.0, 0.0], 1e4)
    assert ratio == pytest.approx([0.5, np.inf, 0.0])
    assert ratio[0] / (1 + ratio[0]) == pytest.approx(purity(0.5, 1e-4, 1e4))


def test_time_to_detection_gives_the_significance():
    hours = hours_to_detection(np.array([0.6, 0.0]), np.array([0.01, 0.01]), 6e5, 1e4, 0.2)
    gammas, hadrons = 36 * hours[0], 6000 * hours[0]
    assert li_ma_significance(gammas + hadrons, hadrons / 0.2, 0.2) == pytest.approx(5)
    assert hours[1] == np.inf


def test_a_source_ten_times_weaker_needs_a_hundred_times_the_hours():
    strong, weak = (
        hours_to_detection(np.array([0.6]), np.array([0.01]), 6e5, ratio, 0.2)
        for ratio in (1e4, 1e5)
    )
    assert weak / strong == pytest.approx(100, rel=0.02)


@given(st.floats(0.1, 1), st.floats(1e-3, 1), st.floats(1e3, 1e6), st.floats(0.05, 1))
def test_significance_of_an_hour_grows_with_the_root_of_time(gammas, hadrons, mixture, ratio):
    one = expected_significance(gammas, hadrons, 6e5, mixture, ratio)
    four = expected_significance(gammas, hadrons, 4 * 6e5, mixture, ratio)
    # for weak sources the likelihood ratio is a small difference of large numbers
    assert four == pytest.approx(2 * one, rel=1e-3, abs=1e-3)


def test_hours_fall_with_the_square_of_flux_and_quality_where_background_rules():
    hours = hours_to_detection(0.5, 0.01, 6e5, np.array([1e5, 1e6]), 0.2)
    assert hours[1] / hours[0] == pytest.approx(100, rel=0.01)
    better = hours_to_detection(0.5, 0.0025, 6e5, 1e6, 0.2)
    assert hours[1] / better == pytest.approx(4, rel=0.01)


def test_least_excess_rules_where_there_is_no_background():
    without = hours_to_detection(0.5, 1e-7, 6e5, 1e4, 0.2)
    with_it = hours_to_detection(0.5, 1e-7, 6e5, 1e4, 0.2, minimum_excess=10)
    assert with_it == pytest.approx(10 / (60 * 0.5))
    assert without < with_it
    assert hours_to_detection(0.5, 0.01, 6e5, 1e4, 0.2, 10) == hours_to_detection(
        0.5, 0.01, 6e5, 1e4, 0.2
    )
    assert hours_to_detection(0.0, 0.01, 6e5, 1e4, 0.2, 10) == np.inf
