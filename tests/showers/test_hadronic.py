"""Hadrons against Sibyll's cross-sections and the laws that the model is built on."""

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import kstest
from showers import truth

from showerforge.showers.hadronic import (
    draw_angle,
    draw_leading_share,
    draw_stick,
    nucleon_length,
    pion_length,
)

N_DRAWS = 20_000
MODELLED = (1e2, 1e3, 1e4)  # GeV; Sibyll's pions interact 12 % more often at 100 TeV


def draws_of(draw, *arguments):
    generator = np.random.default_rng(1)
    return np.array([draw(generator, *arguments) for _ in range(N_DRAWS)])


def break_stick(generator, least):
    left = 1.0
    while left > least:
        stick = left * draw_stick(generator)
        left -= stick
        yield stick


@pytest.mark.parametrize("energy", truth.PROTON_CROSS_SECTIONS)
def test_protons_go_as_far_as_in_sibyll(energy):
    production, _ = truth.PROTON_CROSS_SECTIONS[energy]
    assert nucleon_length(energy) == pytest.approx(truth.interaction_length(production), rel=0.03)


@pytest.mark.parametrize("energy", MODELLED)
def test_pions_go_as_far_as_in_sibyll(energy):
    production, _ = truth.PION_CROSS_SECTIONS[energy]
    assert pion_length(energy) == pytest.approx(truth.interaction_length(production), rel=0.03)


def test_nucleons_keep_as_much_as_in_sibyll():
    shares = draws_of(draw_leading_share, True)
    assert shares.mean() == pytest.approx(0.37, abs=0.01)
    assert shares.std() == pytest.approx(0.29, abs=0.01)
    assert ((shares >= 0) & (shares <= 1)).all()


def test_some_pions_leave_a_leading_one():
    shares = draws_of(draw_leading_share, False)
    leading = shares[shares > 0]
    assert len(leading) / N_DRAWS == pytest.approx(0.35, abs=5 * math.sqrt(0.35 * 0.65 / N_DRAWS))
    assert kstest(leading, "uniform", args=(0.3, 0.7)).pvalue > 1e-3


@pytest.mark.parametrize("least", [0.02, 0.2])
def test_sticks_are_as_many_as_their_law_says(least):
    theta = 4.5
    expected, _ = quad(lambda x: theta * (1 - x) ** (theta - 1) / x, least, 1)
    generator = np.random.default_rng(2)
    numbers = [sum(s > least for s in break_stick(generator, least)) for _ in range(N_DRAWS)]
    error = np.std(numbers) / math.sqrt(N_DRAWS)
    assert np.mean(numbers) == pytest.approx(expected, abs=5 * error)


def test_transverse_momentum_has_its_mean_and_law():
    energy, mean = 50.0, 0.4
    transverse = energy * np.tan(draws_of(draw_angle, energy, mean))
    assert transverse.mean() == pytest.approx(mean, abs=5 * transverse.std() / math.sqrt(N_DRAWS))
    assert kstest(transverse, "gamma", args=(2, 0, mean / 2)).pvalue > 1e-3
