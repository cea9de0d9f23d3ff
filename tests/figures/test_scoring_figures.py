import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from showerforge.figures.scoring import choose_borders, gammaness_figure
from showerforge.monitoring.references import GAMMA, HADRON, Reference
from showerforge.monitoring.summaries import borders_of

N_GAMMAS, N_HADRONS = 300, 1700


def draw(n_gammas, n_hadrons, seed):
    generator = np.random.default_rng(seed)
    gammas, hadrons = generator.beta(6, 2, n_gammas), generator.beta(2, 6, n_hadrons)
    return {("any", GAMMA): gammas, ("any", HADRON): hadrons}


@pytest.fixture(scope="module")
def reference():
    values = {
        key: np.column_stack([np.ones(len(scores)), scores])
        for key, scores in draw(20_000, 20_000, 0).items()
    }
    return Reference.of_events(["width", "gammaness"], values, 200)


def summary_of(reference, scores, **changes):
    edges = reference.binning.edges[-1]
    return {
        "threshold": 0.6,
        "gamma_like": int((scores >= 0.6).sum()),
        "excess": 250.0,
        "excess_uncertainty": 17.0,
        "gammaness": {
            "borders": borders_of(edges, np.array([0.0, 1.0])).tolist(),
            "events": np.bincount(
                np.searchsorted(edges, scores, "right"), minlength=len(edges) + 1
            ).tolist(),
        },
        **changes,
    }


def test_bars_hold_all_events_and_the_mixture_explains_them(reference):
    scores = np.concatenate(list(draw(N_GAMMAS, N_HADRONS, 1).values()))
    figure = gammaness_figure(summary_of(reference, scores), reference, "any", "toys")
    (axes,) = figure.axes
    bars, hadrons, gammas, both = (patch.get_data() for patch in axes.patches)
    widths = np.diff(bars.edges)
    assert (bars.values * widths).sum() == pytest.approx(len(scores))
    np.testing.assert_allclose(bars.values * widths, np.histogram(scores, bars.edges)[0], atol=1e-6)
    assert (gammas.values * widths).sum() == pytest.approx(N_GAMMAS, rel=0.2)
    assert (hadrons.values * widths).sum() == pytest.approx(N_HADRONS, rel=0.1)
    np.testing.assert_allclose(both.values, hadrons.values + gammas.values)
    assert "250 ± 17 more than hadrons alone" in axes.get_title()
    assert axes.lines[-1].get_xdata()[0] == 0.6


def test_nothing_scored_and_nothing_known_of_hadrons(reference):
    summary = summary_of(reference, np.empty(0), excess=None)
    figure = gammaness_figure(summary, reference, "any", "toys")
    assert "more than" not in figure.axes[0].get_title()


@given(
    inner=st.lists(st.floats(0, 1), min_size=1, max_size=300),
    n_bars=st.integers(1, 60),
)
def test_bars_are_whole_bins_in_order(inner, n_bars):
    borders = np.array([0.0, *sorted(set(inner)), 1.0])
    begins = choose_borders(borders, n_bars)
    assert begins[0] == 0
    assert 1 <= len(begins) <= n_bars
    edges = borders[[*begins, -1]]
    assert (np.diff(edges) > 0).all()
