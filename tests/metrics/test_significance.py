import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.stats import poisson

from showerforge.metrics.significance import hours_to_detection, li_ma_significance, purity


def profile_likelihood_significance(n_on, n_off, ratio):
    """The likelihood ratio behind equation 17, maximised by brute force."""

    def minus_log_likelihood(background):
        return -(poisson.logpmf(n_on, ratio * background) + poisson.logpmf(n_off, background))

    null = minimize_scalar(minus_log_likelihood, bounds=(1e-9, 10 * (n_on + n_off + 1)))
    best = -(poisson.logpmf(n_on, n_on) + poisson.logpmf(n_off, n_off))
    sign = np.sign(n_on - ratio * n_off)
    return sign * np.sqrt(max(2 * (null.fun - best), 0))


@given(st.integers(0, 400), st.integers(0, 400), st.sampled_from([0.1, 0.2, 0.5, 1.0]))
def test_is_the_likelihood_ratio(n_on, n_off, ratio):
    expected = profile_likelihood_significance(n_on, n_off, ratio)
    assert li_ma_significance(n_on, n_off, ratio) == pytest.approx(expected, abs=2e-3)


def test_agrees_with_the_gaussian_limit():
    n_on, n_off, ratio = 100_600, 200_000, 0.5
    gaussian = (n_on - ratio * n_off) / np.sqrt(ratio * (n_on + n_off))
    assert li_ma_significance(n_on, n_off, ratio) == pytest.approx(gaussian, rel=1e-3)


def test_purity_of_the_sky():
    assert purity(np.array([0.5]), np.array([1e-4]), 1e4) == pytest.approx([1 / 3])


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
