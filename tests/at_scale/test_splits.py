import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from showerforge.at_scale.splits import (
    Purpose,
    Side,
    choose_sides,
    draw_uniform,
    hash_contents,
    hash_rows,
)


@pytest.fixture(scope="module")
def events():
    return np.random.default_rng(0).normal(size=(40_000, 10))


def test_shares_are_those_that_are_wanted(events):
    sides = choose_sides(hash_contents(events), 0.2, 0.1, 0)
    shares = np.bincount(sides, minlength=3) / len(sides)
    # four standard deviations
    np.testing.assert_allclose(
        shares[[Side.TEST, Side.VALIDATION, Side.TRAINING]], [0.2, 0.1, 0.7], atol=0.01
    )


@given(st.integers(0, 2**31 - 1), st.integers(0, 50))
def test_a_side_depends_on_the_event_and_the_seed_alone(seed, cut):
    generator = np.random.default_rng(seed)
    events, order = generator.normal(size=(50, 10)), generator.permutation(50)
    sides = choose_sides(hash_contents(events), 0.3, 0.2, seed)
    moved = events[order]
    parts = [choose_sides(hash_contents(p), 0.3, 0.2, seed) for p in (moved[:cut], moved[cut:])]
    assert np.concatenate(parts).tolist() == sides[order].tolist()


def test_another_seed_is_another_split(events):
    first, second = (choose_sides(hash_contents(events), 0.5, 0.1, seed) for seed in (0, 1))
    assert np.mean((first == Side.TEST) == (second == Side.TEST)) == pytest.approx(0.5, abs=0.02)


def test_copies_are_on_one_side_and_zero_has_no_sign(events):
    copies = events.copy()
    events, copies = events[:100].copy(), copies[:100]
    events[:, 3], copies[:, 3] = 0.0, -0.0
    assert hash_contents(events).tolist() == hash_contents(copies).tolist()
    copies[:, 3] = 5e-324
    assert not set(hash_contents(events)) & set(hash_contents(copies))


def test_draws_for_other_purposes_have_nothing_to_do_with_each_other(events):
    draws = [draw_uniform(hash_contents(events), 0, purpose) for purpose in Purpose]
    correlations = np.corrcoef(draws) - np.eye(len(draws))
    assert np.abs(correlations).max() < 0.02
    for draw in draws:
        assert 0 <= draw.min() < draw.max() < 1
        counts, _ = np.histogram(draw, 20, (0, 1))
        assert np.abs(counts - 2000).max() < 5 * np.sqrt(2000)


@pytest.mark.parametrize("values", [[1, 2, 1, 3], ["a", "b", "a", "c"]])
def test_ids_may_be_numbers_or_text(values):
    first, second, again, last = hash_rows(pd.Series(values)).tolist()
    assert first == again
    assert len({first, second, last}) == 3
