import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from toys import make_events

from showerforge.errors import InputError
from showerforge.events.constraints import (
    Constraint,
    broken_constraints,
    check_quarantined_fraction,
    hard,
    of_severity,
    quarantine,
    range_constraints,
    read_constraints,
)


def test_real_events_break_no_hard_constraint(magic_events, constraints):
    valid, quarantined = quarantine(magic_events, constraints)
    assert len(valid) == 19_020
    assert quarantined.empty


def test_flaw_of_the_concentrations_is_where_it_was_measured(magic_events, constraints):
    broken = broken_constraints(magic_events, of_severity(constraints, "soft")).iloc[:, 0]
    by_particle = broken.groupby(magic_events["particle"]).sum()
    assert by_particle["gamma"] == 0
    assert by_particle["hadron"] == 629


@given(seed=st.integers(0, 2**16), factor=st.floats(0.2, 3))
def test_every_event_is_kept_once_and_with_a_reason(seed, factor):
    events = make_events(30, 30, seed)
    events["fWidth"] *= factor
    rule = Constraint(
        name="width", left="fWidth", relation="<=", right="fLength", because="ellipse"
    )
    valid, quarantined = quarantine(events, [rule])
    assert sorted([*valid.index, *quarantined.index]) == sorted(events.index)
    assert (quarantined["fWidth"] > quarantined["fLength"]).all()
    assert (valid["fWidth"] <= valid["fLength"]).all()
    assert set(quarantined["reason"]) <= {"width"}


@pytest.mark.parametrize(
    ("relation", "tolerance", "holds"),
    [("<=", 0.0, False), ("<=", 0.2, True), (">=", 0.0, True), ("<", 0.0, False), (">", 0.0, True)],
)
def test_relation_and_tolerance(relation, tolerance, holds):
    rule = Constraint(
        name="r", left="a", relation=relation, right=1.0, tolerance=tolerance, because="test"
    )
    assert rule.holds(pd.DataFrame({"a": [1.1]})).tolist() == [holds]


NUMBER = st.floats(allow_nan=True, allow_infinity=True)


@given(
    relation=st.sampled_from(["<=", "<", ">=", ">"]),
    left=NUMBER,
    right=NUMBER,
    factor=st.floats(-3, 3),
    tolerance=st.floats(0, 1),
)
def test_a_relation_holds_as_the_formula_says_and_never_for_a_missing_number(
    relation, left, right, factor, tolerance
):
    rule = Constraint(
        name="r",
        left="a",
        relation=relation,
        right="b",
        factor=factor,
        tolerance=tolerance,
        because="test",
    )
    (holds,) = rule.holds(pd.DataFrame({"a": [left], "b": [right]}))
    other = factor * right
    formula = {
        "<=": left <= other + tolerance,
        "<": left < other + tolerance,
        ">=": left >= other - tolerance,
        ">": left > other - tolerance,
    }
    assert holds == formula[relation]
    assert not (holds and (math.isnan(left) or math.isnan(right)))
    (is_broken,) = broken_constraints(pd.DataFrame({"a": [left], "b": [right]}), [rule])["r"]
    assert is_broken == (not holds)


@given(seed=st.integers(0, 2**16))
def test_what_has_passed_passes_again(seed):
    events = make_events(20, 20, seed)
    events["fWidth"] *= 2
    rules = [Constraint(name="w", left="fWidth", relation="<=", right="fLength", because="test")]
    valid, _ = quarantine(events, rules)
    again, none = quarantine(valid, rules)
    assert again.equals(valid)
    assert none.empty


def test_factor_multiplies_the_right_side():
    rule = Constraint(name="r", left="a", relation=">=", factor=0.5, right="b", because="test")
    assert rule.holds(pd.DataFrame({"a": [1.0, 1.0], "b": [2.0, 2.1]})).tolist() == [True, False]
    assert rule.text == "a >= 0.5 b"


def test_unknown_column_is_named():
    rule = Constraint(name="r", left="a", relation="<=", right="nothing", because="test")
    with pytest.raises(InputError, match="'nothing'"):
        rule.holds(pd.DataFrame({"a": [1.0]}))


def test_ranges_of_single_columns_are_hard_constraints():
    texts = [rule.text for rule in range_constraints()]
    assert "fAlpha <= 90" in texts
    assert "fWidth >= 0" in texts
    assert "fLength > 0" in texts
    assert len(hard([])) == len(texts)


def test_a_hard_rule_that_real_data_break_stops_the_run(magic_events, constraints):
    called_hard = [rule.model_copy(update={"severity": "hard"}) for rule in constraints]
    valid, quarantined = quarantine(magic_events, called_hard)
    with pytest.raises(InputError, match=r"629 of 19,020 .*one pixel at least half of two: 629"):
        check_quarantined_fraction(valid, quarantined, 0.01)
    check_quarantined_fraction(valid, quarantined, 0.05)


def test_relations_are_read_from_a_file(tmp_path):
    path = tmp_path / "rules.yml"
    path.write_text(
        "- {name: thin, left: width, relation: '<=', right: length, because: an axis}\n"
        "- {name: near, left: dist, relation: '<', right: 5, severity: soft, because: a cut}\n"
    )
    thin, near = read_constraints(path)
    assert thin.text == "width <= length"
    assert near.severity == "soft"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("- {name: thin, left: width}", "0.relation: is missing"),
        ("- {name: t, left: w, relation: '=', right: 1, because: x}", "0.relation: is '='"),
        ("thin: width", "no list of relations"),
        ("- {name: [", "cannot be read as YAML"),
    ],
)
def test_wrong_relations_in_a_file_are_named(tmp_path, content, words):
    path = tmp_path / "rules.yml"
    path.write_text(content)
    with pytest.raises(InputError, match=words):
        read_constraints(path)
