"""Formulae of the mean shower, against the tests' own and against hand calculation."""

import numpy as np
import pytest
from showers import truth

from showerforge.showers import profiles


@pytest.mark.parametrize("energy", [1.0, 30.0])
def test_greisens_formula(energy):
    depth = np.linspace(50, 1000, 20)
    assert profiles.greisen(depth, energy) == pytest.approx(
        truth.greisen_profile(depth, energy), rel=0.01
    )
    deepest, _ = truth.greisen_maximum(energy)
    assert profiles.age(np.array([deepest]), energy) == pytest.approx(1, abs=0.002)


def test_half_of_the_electrons_at_the_maximum_are_above_30_mev():
    """Hillas 1982: 0.89 x 40.4 - 1.2 = 34.8 over 40.4 + 30, less 0.6 %."""
    assert profiles.share_above(np.array([0.03]), np.array([1.0]))[0] == pytest.approx(
        34.76 / 70.4 / 1.006, rel=1e-3
    )


def test_share_falls_with_the_threshold_and_the_age_and_is_one_at_most():
    thresholds = np.linspace(0.01, 1, 50)
    young, old = (profiles.share_above(thresholds, np.full(50, age)) for age in (0.8, 1.2))
    for shares in (young, old):
        assert (np.diff(shares) < 0).all()
        assert ((shares > 0) & (shares < 1)).all()
    assert (young > old).all()


def test_light_pool_of_a_vertical_shower_at_two_kilometres_is_120_metres_wide():
    """As all telescopes at that height find; lower down and inclined it is wider."""
    assert profiles.widest_ring(2200.0, 0.0) == pytest.approx(120, abs=5)
    assert profiles.widest_ring(675.0, 35.0) > profiles.widest_ring(675.0, 0.0) > 125
