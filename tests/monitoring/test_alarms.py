import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy.stats import binom, ks_2samp, wasserstein_distance

from showerforge.errors import InputError
from showerforge.monitoring.alarms import AlarmSettings, Watch, compare
from showerforge.monitoring.references import GAMMA, HADRON, Reference

COLUMNS = ["fLength", "fSize", "fAlpha", "gammaness"]
#: a classifier of few words: short images that point to the source are gammas
N_REFERENCE = 40_000


def draw(n, gamma_share, generator):
    """Draw events and scores, float64[n, 4]."""
    is_gamma = generator.random(n) < gamma_share
    length = generator.lognormal(np.where(is_gamma, 3.4, 3.9), 0.35)
    size = generator.normal(2.8, 0.3, n)
    alpha = np.where(is_gamma, generator.exponential(12, n), generator.uniform(0, 90, n))
    return with_score(length, size, np.clip(alpha, 0, 90))


def with_score(length, size, alpha):
    score = 1 / (1 + np.exp(length / 15 + alpha / 15 - 4.5))
    return np.column_stack([length, size, alpha, score])


@pytest.fixture(scope="module")
def reference():
    generator = np.random.default_rng(0)
    values = {
        ("any", GAMMA): draw(N_REFERENCE, 1.0, generator),
        ("any", HADRON): draw(N_REFERENCE, 0.0, generator),
    }
    return Reference.of_events(COLUMNS, values, 100)


def alarms_of(reference, values, window, rate):
    """Tell for each window whether there is an alarm."""
    watch = Watch(reference, "any", AlarmSettings(windows=(window,), false_alarm_rate=rate))
    return np.array([bool(drift.alarms) for drift in watch.see(values)])


@pytest.mark.parametrize("gamma_share", [0.001, 0.3, 0.65, 0.95])
def test_false_alarms_are_within_the_stated_rate_whatever_the_mixture(reference, gamma_share):
    rate, n_windows = 0.05, 400
    stream = draw(300 * n_windows, gamma_share, np.random.default_rng(7))
    n_alarms = alarms_of(reference, stream, 300, rate).sum()
    assert n_alarms <= binom.isf(1e-3, n_windows, rate)


def test_alarms_of_no_fault_are_not_never(reference):
    """A test that never raises an alarm would have no power either."""
    stream = draw(300 * 400, 0.5, np.random.default_rng(8))
    assert alarms_of(reference, stream, 300, 0.4).sum() >= binom.ppf(1e-3, 400, 0.1)


def test_change_of_mixture_alone_raises_no_alarm(reference):
    generator = np.random.default_rng(2)
    shares = np.linspace(0, 1, 60)
    stream = np.concatenate([draw(1000, share, generator) for share in shares])
    assert not alarms_of(reference, stream, 1000, 0.001).any()


def test_power_grows_with_the_number_of_events(reference):
    generator = np.random.default_rng(3)
    length, size, alpha, _ = draw(90_000, 0.5, generator).T
    dim = with_score(length, size + np.log10(0.9), alpha)
    powers = [alarms_of(reference, dim, n, 0.001).mean() for n in (100, 300, 1000, 3000)]
    assert powers == sorted(powers)
    assert powers[0] < 0.5
    assert powers[-1] == 1.0


def test_alarm_names_the_column_and_how_it_moved(reference):
    length, size, alpha, _ = draw(3000, 0.5, np.random.default_rng(4)).T
    dim = with_score(length, size + np.log10(0.8), alpha)
    (drift,) = Watch(reference, "any", AlarmSettings(windows=(3000,), false_alarm_rate=0.001)).see(
        dim
    )
    assert [c.column for c in drift.alarms] == ["fSize"]
    (column,) = drift.alarms
    assert column.median - column.expected_median == pytest.approx(np.log10(0.8), abs=0.02)
    assert column.wasserstein == pytest.approx(-np.log10(0.8), abs=0.02)
    assert drift.gamma_share == pytest.approx(0.5, abs=0.05)


@settings(max_examples=30)
@given(st.lists(st.integers(0, 700), max_size=12))
def test_windows_do_not_depend_on_calls(reference, cuts):
    stream = draw(2000, 0.5, np.random.default_rng(5))
    rules = AlarmSettings(windows=(300, 700), false_alarm_rate=0.01)
    whole, parts = Watch(reference, "any", rules), Watch(reference, "any", rules)
    at_once = whole.see(stream)
    in_parts = [d for part in np.split(stream, np.cumsum(cuts)) for d in parts.see(part)]
    for window in rules.windows:
        wanted = [d for d in at_once if d.window == window]
        assert len(wanted) == 2000 // window
        assert [d for d in in_parts if d.window == window] == wanted
    assert parts.n_windows == whole.n_windows
    for own, other in zip(parts.total, whole.total, strict=True):
        assert own.tolist() == other.tolist()


def test_counts_that_were_added_up_are_compared_like_the_stream(reference):
    stream = draw(1000, 0.5, np.random.default_rng(6))
    count = reference.binning.count
    added = [a + b for a, b in zip(count(stream[:400]), count(stream[400:]), strict=True)]
    assert compare(reference, "any", added, 0.01) == compare(reference, "any", count(stream), 0.01)


def test_false_alarms_of_a_million_events():
    rules = AlarmSettings(windows=(500, 2000), false_alarm_rate=0.001)
    assert rules.false_alarms_per_million == pytest.approx(2000 * 0.001 + 500 * 0.001)


@pytest.mark.parametrize(
    "given",
    [
        {"windows": (), "false_alarm_rate": 0.01},
        {"windows": (10,), "false_alarm_rate": 0.01},
        {"windows": (500,), "false_alarm_rate": 0.0},
        {"windows": (500,), "false_alarm_rate": 0.01, "window": 3},
    ],
)
def test_wrong_settings_are_refused(given):
    with pytest.raises(ValidationError):
        AlarmSettings(**given)


def test_unknown_condition_is_refused(reference):
    rules = AlarmSettings(windows=(500,), false_alarm_rate=0.01)
    with pytest.raises(InputError, match="no condition 'moon'"):
        Watch(reference, "moon", rules)


def test_one_pass_over_bins_is_much_cheaper_than_sorting_all_values():
    """The reference is sorted once; a million events and ten columns take half a second."""
    generator = np.random.default_rng(9)
    names = [*(f"column {k}" for k in range(9)), "gammaness"]
    values = {
        ("any", particle): generator.normal(center, 1, (20_000, 10))
        for center, particle in enumerate((GAMMA, HADRON))
    }
    reference = Reference.of_events(names, values, 200)
    stream = generator.normal(0.5, 1, (200_000, 10))
    begin = time.process_time()
    compare(reference, "any", reference.binning.count(stream), 0.001)
    own = time.process_time() - begin
    pooled = np.concatenate(list(values.values()))
    begin = time.process_time()
    for column in range(10):
        ks_2samp(pooled[:, column], stream[:, column], method="asymp")
        wasserstein_distance(pooled[:, column], stream[:, column])
    assert time.process_time() - begin > 3 * own
