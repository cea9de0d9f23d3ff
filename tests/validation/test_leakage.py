"""Leaks are found, and what is right is not accused."""

import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import StandardScaler

from showerforge.events.schema import HILLAS_PARAMETERS
from showerforge.events.splits import group_duplicates, split_train_test
from showerforge.generators import build_generator
from showerforge.validation.alarm import raise_alarm
from showerforge.validation.leakage import (
    count_traced,
    exact_copies,
    fingerprint,
    groups_on_both_sides,
    is_holdout_invariant,
    parents_outside,
    share_between_training_events,
)

HADRONS = {"particle": "hadron"}


@pytest.fixture(scope="module")
def split(magic_events):
    """A fifth of the real table, and the training side of a right split."""
    events = magic_events.rename_axis("event_id")
    events["group"] = group_duplicates(events, HILLAS_PARAMETERS)
    events = events.iloc[::5]
    train, _ = split_train_test(events, 0.2, seed=0)
    return events, events.index.isin(train.index)


def generate(name, table, seed=0, **options):
    generator = build_generator(name, options)
    generator.fit_for("hadron", table[HILLAS_PARAMETERS], table["particle"], seed)
    return generator.sample(500, HADRONS, seed)


@pytest.mark.parametrize("name", ["smote", "borderline_smote", "adasyn", "mixture", "cart"])
def test_garbage_in_the_hold_out_changes_nothing(split, name):
    events, is_train = split
    options = {"n_components": 3, "n_mixtures": 1} if name == "mixture" else {}
    assert is_holdout_invariant(
        lambda table, train: generate(name, table[train], **options),
        events,
        is_train,
        HILLAS_PARAMETERS,
        seed=0,
    )


def test_a_scaler_fitted_on_everything_is_found_out(split):
    """The commonest leak: no held-out event is a parent, and still the result depends on them."""
    events, is_train = split

    def recipe(table, train):
        scaler = StandardScaler().set_output(transform="pandas").fit(table[HILLAS_PARAMETERS])
        scaled = scaler.transform(table.loc[train, HILLAS_PARAMETERS])
        return generate("smote", scaled.assign(particle=table.loc[train, "particle"]))

    assert not is_holdout_invariant(recipe, events, is_train, HILLAS_PARAMETERS, seed=0)


def test_dyed_parents_show_in_the_wrong_recipe_only(split):
    events, is_train = split
    n, right = count_traced(
        lambda table, train: generate("smote", table[train]), events, is_train, "fDist"
    )
    _, wrong = count_traced(
        lambda table, train: generate("smote", table), events, is_train, "fDist"
    )
    assert n == 500
    assert right == 0
    # an event has two parents, of which each is held out with a chance of a fifth
    assert wrong / n == pytest.approx(0.36, abs=0.07)


def test_parents_of_the_wrong_recipe_are_outside(split):
    events, is_train = split
    train_ids = events.index[is_train]
    assert parents_outside(generate("smote", events[is_train]), train_ids) == 0
    assert parents_outside(generate("smote", events), train_ids) > 100


def test_resampling_before_the_split_raises_the_alarm(split):
    events, is_train = split

    def resample(table):
        generator = build_generator("smote", {})
        generator.fit(table[HILLAS_PARAMETERS], table["particle"])
        n = int((table["particle"] == "gamma").sum() - (table["particle"] == "hadron").sum())
        return generator.sample(n, HADRONS, 0).assign(particle="hadron")

    alarm = raise_alarm(events, is_train, resample, HILLAS_PARAMETERS, "gamma", seed=0)
    assert alarm["is_flagged"]
    assert alarm["wrong_share"] > 0.1
    assert alarm["right_share"] < 0.005
    assert alarm["illusion"] > 0.005


def test_the_forensic_check_needs_finished_tables_only(split):
    events, is_train = split
    train, test = events[is_train], events[~is_train]
    assert share_between_training_events(train, test, HILLAS_PARAMETERS) < 0.005
    smuggled = pd.concat([train, test])
    assert share_between_training_events(smuggled, test, HILLAS_PARAMETERS) > 0.95


def test_copies_and_split_groups_are_counted(world):
    train, holdout, fresh = world
    assert exact_copies(train.head(7), train, HILLAS_PARAMETERS) == 7
    assert exact_copies(fresh, train, HILLAS_PARAMETERS) == 0
    assert groups_on_both_sides(train, holdout) == 0
    assert groups_on_both_sides(train, train.head(3)) == 3


def test_a_fingerprint_sees_the_last_bit(world):
    table = world[2][HILLAS_PARAMETERS]
    changed = table.copy()
    changed.iloc[0, 0] = np.nextafter(changed.iloc[0, 0], 1e9)
    assert fingerprint(table) == fingerprint(table.copy())
    assert fingerprint(table) != fingerprint(changed)
    assert fingerprint(table) != fingerprint(table.rename(columns={"fLength": "length"}))
