import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toys import make_events

from showerforge.errors import InputError
from showerforge.events.schema import HILLAS_PARAMETERS
from showerforge.events.splits import (
    assign_folds,
    check_same_events,
    group_duplicates,
    iterate_folds,
    join_groups,
    split_train_test,
    take_sample,
)


def with_duplicates(n: int, seed: int) -> pd.DataFrame:
    events = make_events(n, n, seed)
    events = pd.concat([events, events.sample(n, random_state=seed)], ignore_index=True)
    events["group"] = group_duplicates(events, [*HILLAS_PARAMETERS, "particle"])
    return events


@settings(max_examples=25)
@given(seed=st.integers(0, 1000), fraction=st.floats(0.1, 0.5))
def test_split_is_a_partition_that_separates_no_group(seed, fraction):
    events = with_duplicates(60, seed)
    train, test = split_train_test(events, fraction, seed)
    assert sorted([*train.index, *test.index]) == list(events.index)
    assert not set(train["group"]) & set(test["group"])
    assert list(train.index) == sorted(train.index)
    groups = events.groupby("group")["particle"].first()
    in_test = groups[groups.index.isin(test["group"])]
    assert abs(len(in_test) - fraction * len(groups)) <= 1
    assert abs((in_test == "gamma").mean() - (groups == "gamma").mean()) < 0.05


@settings(max_examples=25)
@given(seed=st.integers(0, 1000), n_folds=st.integers(2, 6))
def test_folds_separate_no_group(seed, n_folds):
    events = with_duplicates(60, seed)
    fold = assign_folds(events, n_folds, seed)
    assert set(fold) == set(range(n_folds))
    assert (fold.groupby(events["group"]).nunique() == 1).all()
    held_out = np.zeros(len(events), int)
    for _, fitted, scored in iterate_folds(fold):
        assert not (fitted & scored).any()
        held_out += scored
    assert (held_out == 1).all()


def test_duplicates_of_the_real_table_are_all_found(magic_events):
    group = group_duplicates(magic_events, HILLAS_PARAMETERS)
    assert len(group) - group.nunique() == 115
    assert len(group) - group.nunique() == magic_events.duplicated(HILLAS_PARAMETERS).sum()
    twins = magic_events[group.duplicated(keep=False)]
    assert set(twins["particle"]) == {"hadron"}


def test_the_seed_decides(toy_events):
    first, _ = split_train_test(toy_events, 0.2, 3)
    again, _ = split_train_test(toy_events, 0.2, 3)
    other, _ = split_train_test(toy_events, 0.2, 4)
    assert first.index.equals(again.index)
    assert not first.index.equals(other.index)


def test_a_sample_keeps_the_mixture(toy_events):
    sample = take_sample(toy_events, 700, 0)
    assert abs(len(sample) - 700) <= 2
    share = (toy_events["particle"] == "gamma").mean()
    assert abs((sample["particle"] == "gamma").mean() - share) < 0.01
    assert take_sample(toy_events, 10**6, 0) is toy_events
    assert len(take_sample(toy_events, len(toy_events) - 1, 0)) >= len(toy_events) - 2


def test_scores_of_other_events_are_refused(toy_events):
    train, test = split_train_test(toy_events, 0.5, 0)
    check_same_events(train, train, "scores", "events")
    with pytest.raises(InputError, match="scores and events are not about the same events"):
        check_same_events(train, test, "scores", "events")


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=30))
def test_joined_groups_are_what_a_chain_of_either_kind_connects(pairs):
    first, second = (pd.Series([pair[side] for pair in pairs], dtype=int) for side in (0, 1))
    joined = join_groups(first, second)
    connected = {number: {number} for number in range(len(pairs))}
    for one in range(len(pairs)):
        for other in range(one):
            if pairs[one][0] == pairs[other][0] or pairs[one][1] == pairs[other][1]:
                union = connected[one] | connected[other]
                connected.update(dict.fromkeys(union, union))
    for one in range(len(pairs)):
        assert set(joined.index[joined == joined[one]]) == connected[one]
    assert list(joined.unique()) == list(range(joined.nunique()))


def test_joining_one_grouping_with_itself_changes_nothing():
    events = with_duplicates(40, 0)
    assert join_groups(events["group"], events["group"]).equals(events["group"].astype("int64"))


@pytest.mark.parametrize("n_groups", [2, 5, 40])
def test_samples_of_few_large_groups_have_both_particles(toy_events, n_groups):
    coarse = toy_events.copy()
    is_gamma = coarse["particle"] == "gamma"
    coarse["group"] = np.arange(len(coarse)) % n_groups + n_groups * is_gamma
    sample = take_sample(coarse, 40, 0)
    assert sample["particle"].nunique() == 2
    largest = coarse.groupby("group").size().max()
    assert len(sample) <= 40 + 2 * largest
    for group, rows in sample.groupby("group"):
        assert len(rows) == (coarse["group"] == group).sum()
