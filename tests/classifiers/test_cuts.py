from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toys import make_events

from showerforge.classifiers.cuts import UpperCuts


def labels(events):
    return (events["particle"] == "gamma").astype(int)


@settings(max_examples=15)
@given(seed=st.integers(0, 500), minimum=st.sampled_from([0.5, 0.7]))
def test_no_other_cut_on_the_grid_is_better(seed, minimum):
    events = make_events(150, 150, seed)
    cuts = UpperCuts(["fWidth", "fAlpha"], minimum, n_steps=8).fit(events, labels(events))
    gammas = events[events["particle"] == "gamma"]
    hadrons = events[events["particle"] == "hadron"]

    def quality(width, alpha):
        kept = [((e["fWidth"] <= width) & (e["fAlpha"] <= alpha)).mean() for e in (gammas, hadrons)]
        return kept[0] / np.sqrt(max(kept[1], 1 / len(hadrons))) if kept[0] >= minimum else 0

    best = quality(*cuts.cuts_)
    assert best > 0
    shares = np.linspace(minimum, 1, 8)
    grid = [np.quantile(gammas[c], shares, method="inverted_cdf") for c in ("fWidth", "fAlpha")]
    assert best == pytest.approx(max(quality(*values) for values in product(*grid)))


def test_weights_count_like_copies():
    events = make_events(150, 150)
    times = np.random.default_rng(0).integers(0, 4, len(events))
    copies = events.loc[np.repeat(events.index, times)]
    weighted = UpperCuts(["fWidth", "fAlpha"]).fit(events, labels(events), times.astype(float))
    copied = UpperCuts(["fWidth", "fAlpha"]).fit(copies, labels(copies))
    # steps of the gammas kept may end one event apart, by rounding
    np.testing.assert_allclose(weighted.cuts_, copied.cuts_, rtol=0.05)
    unweighted = UpperCuts(["fWidth", "fAlpha"]).fit(events, labels(events))
    assert abs(unweighted.cuts_ / copied.cuts_ - 1).max() > 0.05


def test_half_of_gammaness_is_the_cut():
    events = make_events(300, 300)
    cuts = UpperCuts(["fWidth", "fAlpha"]).fit(events, labels(events))
    inside = (events[["fWidth", "fAlpha"]].to_numpy() <= cuts.cuts_).all(axis=1)
    np.testing.assert_array_equal(cuts.predict(events), inside.astype(int))


def test_smaller_values_are_more_like_gammas():
    events = make_events(300, 300)
    cuts = UpperCuts(["fAlpha"]).fit(events, labels(events))
    ladder = pd.DataFrame({"fAlpha": [0.0, 5.0, 30.0, 90.0]})
    gammaness = cuts.predict_proba(ladder)[:, 1]
    assert (np.diff(gammaness) < 0).all()
    assert gammaness[0] == 1.0
