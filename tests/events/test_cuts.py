import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from showerforge.errors import InputError
from showerforge.events.constraints import Constraint
from showerforge.events.cuts import apply_cuts, tabulate_cut_flow


def cut(left, relation, right):
    return Constraint(
        name=f"{left} {relation} {right}", left=left, relation=relation, right=right, because="test"
    )


CUTS = [cut("size", ">=", 20), cut("leakage", "<", 0.2), cut("width", "<=", "length")]
EVENTS = pd.DataFrame(
    {
        "size": [30.0, 10.0, 50.0, np.nan, 20.0],
        "leakage": [0.0, 0.5, 0.2, np.nan, 0.1],
        "width": [0.1, 0.1, 0.1, np.nan, 0.3],
        "length": [0.2, 0.2, 0.2, np.nan, 0.2],
        "particle": ["gamma", "gamma", "hadron", "gamma", "hadron"],
    },
    index=[10, 11, 12, 13, 14],
)


def test_the_first_cut_that_is_not_passed_is_the_reason():
    kept, rejected = apply_cuts(EVENTS, CUTS)
    assert kept.index.tolist() == [10]
    assert kept.columns.equals(EVENTS.columns)
    assert rejected["reason"].to_dict() == {
        11: "size >= 20",
        12: "leakage < 0.2",
        13: "size >= 20",
        14: "width <= length",
    }


def test_without_loss_the_table_of_the_rejected_is_empty():
    kept, rejected = apply_cuts(EVENTS.loc[[10]], CUTS)
    assert kept.equals(EVENTS.loc[[10]])
    assert rejected.empty
    assert "reason" in rejected


def test_cut_flow_of_a_hand_made_table():
    before = {"thrown": {"gamma": 6, "hadron": 4}, "triggered": {"gamma": 3, "hadron": 2}}
    flow = tabulate_cut_flow(EVENTS, CUTS, before)
    gamma = flow[flow["particle"] == "gamma"].set_index("step")
    assert gamma["n_left"].tolist() == [6, 3, 1, 1, 1]
    assert gamma["n_alone"].tolist() == [6, 3, 1, 1, 2]
    assert gamma["share_left"].tolist() == pytest.approx([1, 1 / 2, 1 / 6, 1 / 6, 1 / 6])
    assert gamma["share_of_last"].tolist() == pytest.approx([1, 1 / 2, 1 / 3, 1, 1])
    hadron = flow[flow["particle"] == "hadron"].set_index("step")
    assert hadron["n_left"].tolist() == [4, 2, 2, 1, 0]


def test_a_cut_on_an_unknown_column_names_it():
    with pytest.raises(InputError, match="'hight'"):
        apply_cuts(EVENTS, [cut("hight", ">", 0)])


@given(st.integers(0, 2**32 - 1), st.integers(1, 60))
def test_nothing_is_lost_between_the_table_and_the_cut_flow(seed, n_events):
    rng = np.random.default_rng(seed)
    events = pd.DataFrame(
        {
            "size": rng.uniform(0, 60, n_events),
            "leakage": rng.choice([0.1, 0.3, np.nan], n_events),
            "width": rng.uniform(0, 0.3, n_events),
            "length": rng.uniform(0, 0.5, n_events),
            "particle": rng.choice(["gamma", "hadron"], n_events),
        }
    )
    kept, rejected = apply_cuts(events, CUTS)
    assert sorted([*kept.index, *rejected.index]) == list(range(n_events))
    recorded = events["particle"].value_counts().to_dict()
    flow = tabulate_cut_flow(events, CUTS, {"recorded": recorded})
    for particle, own in flow.groupby("particle"):
        assert (np.diff(own["n_left"]) <= 0).all()
        assert (own["n_left"] <= own["n_alone"]).all()
        assert own["n_left"].iloc[-1] == (kept["particle"] == particle).sum()
        lost = own.set_index("step")["n_left"].diff().dropna().mul(-1).astype(int)
        reasons = rejected.loc[rejected["particle"] == particle, "reason"].value_counts()
        assert lost[lost > 0].to_dict() == reasons.to_dict()
