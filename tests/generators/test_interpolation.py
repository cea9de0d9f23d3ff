"""The SMOTE family against imbalanced-learn, and the parents that it does not tell."""

import numpy as np
import pandas as pd
import pytest
from imblearn.over_sampling import ADASYN, SMOTE, SVMSMOTE, BorderlineSMOTE
from sklearn.base import clone
from sklearn.preprocessing import StandardScaler
from toys import make_events

from showerforge.errors import InputError
from showerforge.events.schema import HILLAS_PARAMETERS
from showerforge.generators import build_generator

HADRONS = {"particle": "hadron"}
#: name, options, the sampler of imbalanced-learn, and whether all parents are hadrons
FAMILY = [
    ("smote", {}, SMOTE(), True),
    ("borderline_smote", {}, BorderlineSMOTE(), True),
    ("borderline_smote", {"variant": 2}, BorderlineSMOTE(kind="borderline-2"), False),
    ("svm_smote", {}, SVMSMOTE(), True),
    ("adasyn", {}, ADASYN(), True),
]


@pytest.fixture
def fitted(toy_events):
    generator = build_generator("borderline_smote", {})
    return generator.fit(toy_events[HILLAS_PARAMETERS], toy_events["particle"])


@pytest.mark.parametrize(("name", "options", "reference", "of_class"), FAMILY)
def test_same_events_as_imbalanced_learn(toy_events, name, options, reference, of_class):
    parameters, particle = toy_events[HILLAS_PARAMETERS], toy_events["particle"]
    scaler = StandardScaler().fit(parameters)
    reference = clone(reference).set_params(sampling_strategy={"hadron": 1100}, random_state=7)
    scaled, _ = reference.fit_resample(scaler.transform(parameters), particle.to_numpy())
    expected = scaler.inverse_transform(scaled[len(toy_events) :])
    generator = build_generator(name, options).fit(parameters, particle)
    sampled = generator.sample(600, HADRONS, seed=7)[HILLAS_PARAMETERS]
    if len(expected) > len(sampled):
        expected = expected[np.isin(expected[:, 0].round(9), sampled["fLength"].round(9))]
        expected = expected[np.argsort(expected[:, 0])]
        sampled = sampled.sort_values("fLength")
    np.testing.assert_allclose(sampled, expected, rtol=1e-12)


@pytest.mark.parametrize(("name", "options", "reference", "of_class"), FAMILY)
def test_every_event_lies_on_the_line_of_its_recorded_parents(
    toy_events, name, options, reference, of_class
):
    generator = build_generator(name, options)
    generator.fit(toy_events[HILLAS_PARAMETERS], toy_events["particle"])
    sampled = generator.sample(700, HADRONS, seed=1)
    assert len(sampled) <= 700
    base = toy_events.loc[sampled["parent"], HILLAS_PARAMETERS].to_numpy()
    towards = toy_events.loc[sampled["neighbour"], HILLAS_PARAMETERS].to_numpy()
    points = sampled[HILLAS_PARAMETERS].to_numpy()
    scale = toy_events[HILLAS_PARAMETERS].std().to_numpy()
    step = ((points - base) * (towards - base) / scale**2).sum(axis=1)
    step /= ((towards - base) ** 2 / scale**2).sum(axis=1)
    on_line = base + step[:, np.newaxis] * (towards - base)
    np.testing.assert_allclose(points, on_line, atol=1e-9)
    # SVM-SMOTE extrapolates by up to half of the way where no foreign event is near
    assert ((step >= (-0.5 if name == "svm_smote" else 0)) & (step <= 1)).all()
    assert set(toy_events.loc[sampled["parent"], "particle"]) == {"hadron"}
    if of_class:
        assert set(toy_events.loc[sampled["neighbour"], "particle"]) == {"hadron"}


def test_adasyn_gives_few_events_when_few_are_wanted(toy_events):
    generator = build_generator("adasyn", {})
    generator.fit(toy_events[HILLAS_PARAMETERS], toy_events["particle"])
    assert len(generator.sample(3, HADRONS, seed=0)) == 3


def test_a_class_that_no_other_touches_cannot_be_grown_by_adasyn():
    events = make_events(60, 60)
    events.loc[events["particle"] == "hadron", HILLAS_PARAMETERS] += 1e4
    generator = build_generator("adasyn", {})
    generator.fit(events[HILLAS_PARAMETERS], events["particle"])
    with pytest.raises(InputError, match="ADASYN finds no hadron event near the border"):
        generator.sample(10, HADRONS, seed=0)


def test_only_events_near_the_border_are_grown_from(fitted, toy_events):
    from sklearn.neighbors import NearestNeighbors

    scaled = StandardScaler().fit_transform(toy_events[HILLAS_PARAMETERS])
    neighbours = NearestNeighbors(n_neighbors=11).fit(scaled).kneighbors(scaled)[1][:, 1:]
    foreign = (toy_events["particle"].to_numpy()[neighbours] == "gamma").sum(axis=1)
    in_danger = toy_events.index[(foreign >= 5) & (foreign < 10)]
    sampled = fitted.sample(2000, HADRONS, seed=3)
    assert set(sampled["parent"]) <= set(in_danger)


def test_hold_out_filled_with_garbage_changes_nothing(magic_events):
    """The metamorphic leak test: held-out events must not matter at all."""
    events = magic_events.iloc[::7]
    train = events.sample(frac=0.8, random_state=0)
    garbage = events.drop(train.index).copy()
    garbage[HILLAS_PARAMETERS] = 1e6

    def synthetic_from(table):
        generator = build_generator("borderline_smote", {})
        rows = table.loc[train.index]
        generator.fit(rows[HILLAS_PARAMETERS], rows["particle"])
        return generator.sample(200, HADRONS, seed=0)

    clean = synthetic_from(events)
    poisoned = synthetic_from(pd.concat([train, garbage]).sort_index())
    pd.testing.assert_frame_equal(clean, poisoned)
    assert set(clean["parent"]) | set(clean["neighbour"]) <= set(train.index)


def test_the_seed_decides(fitted):
    same = [fitted.sample(50, HADRONS, seed=5) for _ in range(2)]
    pd.testing.assert_frame_equal(*same)
    assert not fitted.sample(50, HADRONS, seed=6).equals(same[0])


def test_clone_keeps_settings_only(fitted):
    copy = clone(fitted.set_params(k_neighbours=3))
    assert copy.get_params() == {"k_neighbours": 3, "m_neighbours": 10, "variant": 1}
    assert not hasattr(copy, "events_")


def test_too_few_events_are_told(toy_events):
    few = make_events(100, 4)
    generator = build_generator("borderline_smote", {"k_neighbours": 5})
    generator.fit(few[HILLAS_PARAMETERS], few["particle"])
    with pytest.raises(InputError, match=r"at least 6 hadron events, but has 4"):
        generator.sample(10, HADRONS, seed=0)


def test_classes_without_a_border_are_told():
    events = make_events(60, 60)
    far = events["particle"] == "hadron"
    events.loc[far, HILLAS_PARAMETERS] += 1e4
    generator = build_generator("borderline_smote", {})
    generator.fit(events[HILLAS_PARAMETERS], events["particle"])
    with pytest.raises(InputError, match="no hadron event near the border"):
        generator.sample(10, HADRONS, seed=0)


def test_unknown_conditions_names_and_options_are_told(fitted):
    with pytest.raises(InputError, match=r"conditions \['fSize'\]"):
        fitted.sample(10, {**HADRONS, "fSize": 3.0}, seed=0)
    with pytest.raises(InputError, match="no generator 'gan'"):
        build_generator("gan", {})
    with pytest.raises(InputError, match="'particle' is 'proton'"):
        fitted.sample(10, {"particle": "proton"}, seed=0)
    with pytest.raises(InputError, match="'particle' is None"):
        fitted.sample(10, {}, seed=0)
    with pytest.raises(InputError, match=r"no options \['k_neighbors'\]"):
        build_generator("borderline_smote", {"k_neighbors": 5})


@pytest.mark.parametrize("value", ["five", 0, 2.5, -1, None, 10**6])
def test_options_out_of_range_are_told(value):
    with pytest.raises(InputError, match="k_neighbours is"):
        build_generator("borderline_smote", {"k_neighbours": value})


def test_more_neighbours_than_events_are_told():
    events = make_events(20, 20)
    generator = build_generator("borderline_smote", {"m_neighbours": 40})
    generator.fit(events[HILLAS_PARAMETERS], events["particle"])
    with pytest.raises(InputError, match="m_neighbours"):
        generator.sample(10, HADRONS, seed=0)
