"""The likelihoods of light, against what statistics say they are."""

import numpy as np
import pytest
from keras import ops
from scipy.stats import norm

from showerforge.networks.light import Crystals, PhotoElectrons

NIGHT_SKY, SPREAD, ELECTRONIC = 2.6, 0.35, 0.5


def variance(light):
    return (light + NIGHT_SKY) * (1 + SPREAD**2) + ELECTRONIC**2


def lose(likelihood, outputs, recorded, inside=None):
    inside = np.ones_like(recorded) if inside is None else inside
    total = recorded.sum(axis=1, keepdims=True)
    arguments = (x.astype(np.float32) for x in (outputs, recorded, inside, total))
    return ops.convert_to_numpy(likelihood.lose(*map(ops.convert_to_tensor, arguments)))


@pytest.fixture
def light():
    return np.random.default_rng(0).gamma(0.5, 10, (4, 30))


def test_nothing_is_lost_where_the_light_is_what_was_expected(light):
    likelihood = PhotoElectrons(NIGHT_SKY, SPREAD, ELECTRONIC, is_expected=True)
    right = lose(likelihood, np.log(light), light)
    np.testing.assert_allclose(right, 0, atol=1e-4)
    wrong = lose(likelihood, np.log(light[:, ::-1]), light)
    assert (wrong > 1).all()


def test_what_is_lost_is_the_divergence_of_what_would_be_recorded(light):
    """Mean log-likelihood ratio of drawn charges, a Monte Carlo of the same quantity."""
    likelihood = PhotoElectrons(NIGHT_SKY, SPREAD, ELECTRONIC, is_expected=True)
    shares = np.roll(light, 1, axis=1) * 0.3 + light
    other = shares / shares.sum(axis=1, keepdims=True) * light.sum(axis=1, keepdims=True)
    charges = np.random.default_rng(1).normal(
        light, np.sqrt(variance(light)), (20_000, *light.shape)
    )
    ratio = norm.logpdf(charges, light, np.sqrt(variance(light))) - norm.logpdf(
        charges, other, np.sqrt(variance(other))
    )
    expected = ratio.sum(axis=2).mean(axis=0)
    np.testing.assert_allclose(lose(likelihood, np.log(shares), light), expected, rtol=0.03)


def test_recorded_charges_have_their_own_likelihood(light):
    likelihood = PhotoElectrons(NIGHT_SKY, SPREAD, ELECTRONIC, is_expected=False)
    charges = np.random.default_rng(2).normal(light, np.sqrt(variance(light)))
    total = charges.sum(axis=1, keepdims=True)
    expected = light / light.sum(axis=1, keepdims=True) * total
    constant = 0.5 * np.log(2 * np.pi) * light.shape[1]
    by_scipy = -norm.logpdf(charges, expected, np.sqrt(variance(expected))).sum(axis=1) - constant
    np.testing.assert_allclose(lose(likelihood, np.log(light), charges), by_scipy, rtol=1e-4)


def test_places_without_a_pixel_count_for_nothing(light):
    likelihood = PhotoElectrons(NIGHT_SKY, SPREAD, ELECTRONIC, is_expected=True)
    inside = np.ones_like(light)
    inside[:, 20:] = 0
    shown = light * inside
    outputs = np.log(light)
    first = lose(likelihood, outputs, shown, inside)
    outputs[:, 20:] += 5
    np.testing.assert_allclose(first, lose(likelihood, outputs, shown, inside), atol=1e-5)
    np.testing.assert_allclose(first, 0, atol=1e-4)


def test_hits_are_a_toss_and_a_logarithm(light):
    unit, generator = 0.5, np.random.default_rng(3)
    energy = np.where(light > 2, light, 0)
    odds, mean, log_spread = generator.normal(0, 0.5, (3, *light.shape))
    outputs = np.concatenate([odds, mean, log_spread], axis=1)
    hit = 1 / (1 + np.exp(-odds))
    logarithm = np.log(np.maximum(energy, 1e-9) / unit)
    constant = 0.5 * np.log(2 * np.pi)
    by_scipy = -np.where(
        energy > 0,
        np.log(hit) + norm.logpdf(logarithm, mean, np.exp(log_spread)) + constant,
        np.log1p(-hit),
    ).sum(axis=1)
    np.testing.assert_allclose(lose(Crystals(unit), outputs, energy), by_scipy, rtol=1e-4)
