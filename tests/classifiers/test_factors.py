"""One classifier, judged on parts of the events."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score
from toys import make_events

from showerforge.classifiers.evaluation import figures_by_factor


@pytest.fixture(scope="module")
def events():
    return make_events(300, 200, seed=6)


def scores_of(events):
    """Good for bright images, blind for faint ones."""
    noise = np.random.default_rng(0).random(len(events))
    is_gamma = (events["particle"] == "gamma").to_numpy()
    is_bright = (events["fSize"] > events["fSize"].median()).to_numpy()
    return pd.Series(np.where(is_bright, 0.6 * is_gamma + 0.4 * noise, noise), events.index)


def test_each_part_is_judged_by_its_own_events(events):
    scores = scores_of(events)
    table = figures_by_factor(scores, events, ["fSize", "fDist"], 2, 0.5, 200, 0.95, 0)
    assert len(table) == 2 * 2 * 3
    for row in table[table["figure"] == "roc_auc"].itertuples():
        inside = events[row.factor].between(row.lowest, row.highest)
        is_gamma = events.loc[inside, "particle"] == "gamma"
        assert (row.n_gamma, row.n_hadron) == (is_gamma.sum(), (~is_gamma).sum())
        assert row.value == pytest.approx(roc_auc_score(is_gamma, scores[inside]))
        assert row.lower <= row.value <= row.upper
    faint, bright = table[(table["factor"] == "fSize") & (table["figure"] == "roc_auc")]["value"]
    assert bright == 1
    assert faint == pytest.approx(0.5, abs=0.15)
    kept = table[(table["factor"] == "fDist") & (table["figure"] == "gamma_efficiency")]
    is_gamma = events["particle"] == "gamma"
    total = np.average(kept["value"], weights=kept["n_gamma"])
    assert total == pytest.approx((scores[is_gamma] >= 0.5).mean())


def test_parts_of_one_class_are_left_out_and_small_ones_cause_no_warning(events):
    few = events[(events["particle"] == "gamma") | (events["fDist"] > 330)]
    table = figures_by_factor(scores_of(few), few, ["fDist"], 8, 0.5, 200, 0.95, 0)
    assert not table.isna().any(axis=None)
    assert (table["n_hadron"] > 0).all()
    assert 3 <= len(table) < 8 * 3
