"""Efficiencies with intervals that know of showers."""

import numpy as np
import pytest
from scipy.stats import binomtest

from showerforge.metrics.efficiency import (
    effective_number,
    tabulate_efficiency,
    wilson_interval,
)


@pytest.mark.parametrize(("k", "n"), [(0, 10), (3, 10), (10, 10), (500, 1000)])
def test_wilson_interval_is_that_of_scipy(k, n):
    expected = binomtest(k, n).proportion_ci(0.9, method="wilson")
    assert wilson_interval(k / n, n, 0.9) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_independent_events_count_as_many_as_there_are():
    passed = np.random.default_rng(0).random(20_000) < 0.3
    assert effective_number(passed, np.arange(20_000)) == pytest.approx(20_000, rel=0.01)


def test_copies_count_once():
    passed = np.random.default_rng(0).random(2000) < 0.3
    copies, group = np.repeat(passed, 4), np.repeat(np.arange(2000), 4)
    assert effective_number(copies, group) == pytest.approx(2000, rel=0.01)


def test_where_all_pass_each_shower_counts_once():
    assert effective_number(np.ones(12, bool), np.repeat(np.arange(3), 4)) == 3


def test_intervals_of_showers_cover_the_truth():
    """Showers whose own efficiency is 0.3 or 0.9: the mean is 0.6."""
    covered, naive = [], []
    for seed in range(300):
        generator = np.random.default_rng(seed)
        own = np.repeat(generator.choice([0.3, 0.9], 60), 5)
        passed, group = generator.random(300) < own, np.repeat(np.arange(60), 5)
        for result, number in ((covered, effective_number(passed, group)), (naive, 300)):
            lower, upper = wilson_interval(passed.mean(), number, 0.9)
            result.append(lower <= 0.6 <= upper)
    assert np.mean(covered) == pytest.approx(0.9, abs=0.05)
    assert np.mean(naive) < 0.85


def test_table_counts_by_hand():
    energy = np.array([1.0, 1.5, 2.0, 3.0, 10.0, 20.0])
    passed = {"all": np.ones(6, bool), "some": np.array([True, False, True, True, False, True])}
    table = tabulate_efficiency(energy, np.arange(6), passed, np.array([1.0, 2.0, 5.0, 10.0]), 0.9)
    some = table[table["step"] == "some"].set_index("lowest_energy")
    assert some["n_thrown"].to_dict() == {1.0: 2, 2.0: 2, 5.0: 1}
    assert some["n_passed"].to_dict() == {1.0: 1, 2.0: 2, 5.0: 0}
    assert some["efficiency"].tolist() == [0.5, 1.0, 0.0]
    assert (some["lower"] <= some["efficiency"]).all()
    assert (some["upper"] >= some["efficiency"]).all()
    assert (table[table["step"] == "all"]["efficiency"] == 1).all()
