import numpy as np
import pytest
from scipy.stats import binom
from toys import make_events

from showerforge.events.schema import HILLAS_PARAMETERS
from showerforge.monitoring.faults import in_another_unit, loses_light
from showerforge.monitoring.power import UNDISTURBED, measure_power
from showerforge.monitoring.residuals import HILLAS_RESIDUALS

RATE, N_REPEATS = 0.02, 30
UNIT = "fLength in cm instead of mm"


def score(values):
    """Score events by length and alpha."""
    return 1 / (1 + np.exp(values[:, 0] / 15 + values[:, 8] / 15 - 4.5))


def measure(seed=0, n_repeats=N_REPEATS, lengths=(100, 300, 1000)):
    events = make_events(4000, 4000)
    return measure_power(
        {p: events.loc[events["particle"] == p, HILLAS_PARAMETERS].to_numpy() for p in PARTICLES},
        HILLAS_PARAMETERS,
        score,
        [
            loses_light(0.1),
            loses_light(0.2),
            in_another_unit("fLength", 0.1, "in cm instead of mm"),
        ],
        {"table": 0.6, "sky": 0.001},
        lengths,
        RATE,
        n_bins=50,
        n_repeats=n_repeats,
        residuals=HILLAS_RESIDUALS,
        seed=seed,
    )


PARTICLES = ("gamma", "hadron")


@pytest.fixture(scope="module")
def power():
    return {(row["fault"], row["mixture"], row["n_events"]): row for row in measure()}


def test_undisturbed_streams_raise_no_more_alarms_than_stated(power):
    rows = [row for (fault, *_), row in power.items() if fault == UNDISTURBED]
    assert len(rows) == 6
    n_streams, n_alarms = (sum(row[k] for row in rows) for k in ("n_streams", "n_alarms"))
    assert n_streams == 6 * N_REPEATS
    assert n_alarms <= binom.isf(1e-3, n_streams, RATE)


@pytest.mark.parametrize("mixture", ["table", "sky"])
def test_faults_are_seen_the_sooner_the_larger(power, mixture):
    def seen(fault, n):
        return power[fault, mixture, n]["n_alarms"]

    assert seen(UNIT, 100) == N_REPEATS
    assert seen("light yield -20 %", 1000) == N_REPEATS
    for n in (100, 300, 1000):
        assert seen("light yield -10 %", n) <= seen("light yield -20 %", n)
    assert seen("light yield -10 %", 100) < seen("light yield -10 %", 1000)


def test_windows_longer_than_a_half_are_left_out():
    lengths = {row["n_events"] for row in measure(n_repeats=2, lengths=(300, 100_000))}
    assert lengths == {300}


def test_seed_says_it_all():
    assert measure(3, 3) == measure(3, 3)
