import numpy as np
import pytest
from scipy.stats import binomtest, kstest

from showerforge.monitoring.pixels import PixelReference

N_PIXELS, N_REFERENCE = 300, {"gamma": 4000, "hadron": 6000}
OCCUPANCY = {
    "gamma": np.linspace(0.01, 0.06, N_PIXELS),
    "hadron": np.linspace(0.05, 0.02, N_PIXELS),
}


def draw(occupancy, n, seed):
    return np.random.default_rng(seed).binomial(n, occupancy)


@pytest.fixture
def reference():
    hits = {p: draw(OCCUPANCY[p], n, 1) for p, n in N_REFERENCE.items()}
    return PixelReference(hits, N_REFERENCE)


def mixture(gamma_share):
    return gamma_share * OCCUPANCY["gamma"] + (1 - gamma_share) * OCCUPANCY["hadron"]


@pytest.mark.parametrize("gamma_share", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("n", [500, 5000])
def test_significances_of_a_healthy_camera_are_those_of_chance(gamma_share, n):
    found = []
    for seed in range(20):
        hits = {p: draw(OCCUPANCY[p], m, 100 + seed) for p, m in N_REFERENCE.items()}
        stream = draw(mixture(gamma_share), n, seed)
        found.append(PixelReference(hits, N_REFERENCE).significance(stream, n, gamma_share))
    found = np.concatenate(found)
    for level in (0.1, 0.01, 0.001):
        assert (found < level).mean() <= 1.1 * level
    # counts are whole numbers, so that they are no more than nearly even
    assert kstest(found, "uniform").statistic < 0.12


def test_without_gammas_it_is_the_test_of_two_rates(reference):
    n, hits = 800, draw(OCCUPANCY["hadron"], 800, 3)
    found = reference.significance(hits, n, 0.0)
    share = n / (n + N_REFERENCE["hadron"])
    for pixel in range(0, N_PIXELS, 37):
        both = int(hits[pixel] + reference.hits["hadron"][pixel])
        tails = [
            binomtest(int(hits[pixel]), both, share, side).pvalue for side in ("less", "greater")
        ]
        assert found[pixel] == pytest.approx(min(1.0, 2 * min(tails)), rel=1e-9)


def test_dead_and_hot_pixels_stand_out(reference):
    n = 2000
    hits = draw(mixture(0.3), n, 4)
    hits[50], hits[200] = 0, n
    surest = np.argsort(reference.significance(hits, n, 0.3))[:2]
    assert set(surest) == {50, 200}
    assert reference.significance(hits, n, 0.3)[surest].max() < 1e-12


def test_pixels_that_nothing_is_known_of_are_no_alarm():
    reference = PixelReference({p: np.zeros(3, int) for p in N_REFERENCE}, N_REFERENCE)
    np.testing.assert_array_equal(reference.significance(np.array([0, 0, 0]), 100, 0.5), 1.0)
