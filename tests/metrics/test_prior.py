import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from showerforge.metrics.prior import expected_purity, shift_prior
from showerforge.metrics.significance import purity

GAMMAS, HADRONS = norm(1.0, 1.0), norm(-0.5, 1.3)
mixtures = st.floats(1e-3, 1e6)
probabilities = st.floats(1e-6, 1 - 1e-6)


def posterior(x, hadrons_per_gamma):
    """Bayes' theorem for two Gaussians."""
    gammas, hadrons = GAMMAS.pdf(x), hadrons_per_gamma * HADRONS.pdf(x)
    return gammas / (gammas + hadrons)


@pytest.mark.parametrize("mixture", [0.01, 1.0, 1e4])
def test_is_bayes_theorem(mixture):
    x = np.linspace(-5, 6, 201)
    np.testing.assert_allclose(
        shift_prior(posterior(x, 0.54), 0.54, mixture), posterior(x, mixture), rtol=1e-9
    )


@given(probabilities, mixtures, mixtures, mixtures)
def test_shifts_add_up(probability, first, second, third):
    detour = shift_prior(shift_prior(probability, first, second), second, third)
    assert detour == pytest.approx(shift_prior(probability, first, third), rel=1e-6, abs=1e-12)
    assert shift_prior(probability, first, first) == pytest.approx(probability)


@given(st.tuples(probabilities, probabilities), mixtures, mixtures)
def test_order_of_events_stays(pair, first, second):
    low, high = sorted(pair)
    assert shift_prior(low, first, second) <= shift_prior(high, first, second)


@given(probabilities, mixtures, mixtures)
def test_more_hadrons_make_gammas_less_probable(probability, first, second):
    shifted = shift_prior(probability, first, second)
    assert shifted == pytest.approx(probability) or (shifted < probability) == (second > first)


def test_certainty_stays():
    assert (shift_prior(np.array([0.0, 1.0]), 0.5, 1e4) == [0, 1]).all()


def test_calibrated_model_expects_the_purity_that_it_has():
    generator = np.random.default_rng(0)
    n, mixture, cut = 200_000, 100.0, 2.0
    is_gamma = np.arange(2 * n) < n
    x = np.where(is_gamma, generator.normal(1, 1, 2 * n), generator.normal(-0.5, 1.3, 2 * n))
    kept = x >= cut
    weights = np.ones((2, 2 * n))
    weights[1, ~is_gamma] = 0.25  # fewer hadrons in the sample, the same mixture in the sky
    at_mixture = shift_prior(posterior(x, 1.0), 1.0, mixture)
    expected = expected_purity(is_gamma, at_mixture, kept, weights, mixture)
    truth = purity(GAMMAS.sf(cut), HADRONS.sf(cut), mixture)
    np.testing.assert_allclose(expected, truth, rtol=0.02)
    too_sure = shift_prior(posterior(x, 1.0) ** 0.5, 1.0, mixture)
    assert (expected_purity(is_gamma, too_sure, kept, weights, mixture) > 1.2 * truth).all()
