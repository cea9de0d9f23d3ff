import pytest
from hypothesis import given
from hypothesis import strategies as st

from showerforge.serving.limits import MOST_CLIENTS, RateLimit


def test_burst_and_then_the_rate():
    limit = RateLimit(per_second=2.0, burst=3)
    assert [limit.wait("a", 0.0) for _ in range(3)] == [0, 0, 0]
    assert limit.wait("a", 0.0) == pytest.approx(0.5)
    assert limit.wait("a", 0.25) == pytest.approx(0.25)
    assert limit.wait("a", 0.5) == 0
    assert limit.wait("a", 0.5) == pytest.approx(0.5)


def test_clients_have_buckets_of_their_own():
    limit = RateLimit(per_second=1.0, burst=1)
    assert limit.wait("a", 0.0) == 0
    assert limit.wait("a", 0.0) > 0
    assert limit.wait("b", 0.0) == 0


def test_no_limit():
    limit = RateLimit(per_second=None, burst=1)
    assert {limit.wait("a", 0.0) for _ in range(100)} == {0.0}


@given(st.lists(st.floats(0, 1), max_size=200), st.floats(0.5, 20), st.integers(1, 10))
def test_never_more_than_burst_and_rate_allow(gaps, per_second, burst):
    limit, now, n_passed = RateLimit(per_second, burst), 0.0, 0
    for gap in gaps:
        now += gap
        wait = limit.wait("a", now)
        assert 0 <= wait <= 1 / per_second + 1e-9
        n_passed += wait == 0
        assert n_passed <= burst + now * per_second + 1e-6


def test_only_the_latest_clients_are_remembered():
    limit = RateLimit(per_second=1e-9, burst=1)
    for n in range(MOST_CLIENTS + 1):
        assert limit.wait(str(n), 0.0) == 0
    assert limit.wait(str(MOST_CLIENTS), 0.0) > 0
    assert limit.wait("0", 0.0) == 0
