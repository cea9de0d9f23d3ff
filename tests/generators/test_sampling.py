"""Drawing valid events, and generators inside pipelines."""

import numpy as np
import pandas as pd
import pytest
from imblearn.pipeline import Pipeline
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score

from showerforge.errors import InputError
from showerforge.events.constraints import broken_constraints, hard
from showerforge.events.schema import HILLAS_PARAMETERS
from showerforge.generators import (
    Generator,
    GeneratorSampler,
    build_generator,
    draw_valid,
    n_to_balance,
)


class Wide(Generator):
    """Breaks a constraint in a known share of the events: width above length in half."""

    label = "wide"

    def __init__(self, share=0.5):
        self.share = share

    def minimum_events(self):
        return 1

    def fit(self, events, particle):
        self.event_ = events.iloc[[0]].to_numpy()
        return self

    def sample(self, n, conditions, seed):
        events = pd.DataFrame(np.repeat(self.event_, n, axis=0), columns=HILLAS_PARAMETERS)
        generator = np.random.default_rng(seed)
        wide = generator.random(n) < self.share
        events["fWidth"] = events["fLength"] * np.where(wide, 2.0, 0.123456789)
        return events.assign(parent=pd.NA, neighbour=pd.NA)


def test_rejected_events_are_counted_and_replaced(toy_events, constraints):
    generator = Wide().fit(toy_events[HILLAS_PARAMETERS], toy_events["particle"])
    drawn = draw_valid(generator, 1000, {"particle": "hadron"}, constraints, 4, 50, seed=0)
    assert len(drawn.events) == 1000
    assert not broken_constraints(drawn.events, hard(constraints)).any().any()
    assert drawn.rejected["width not above length"] == drawn.n_drawn - 1000
    assert drawn.n_drawn == pytest.approx(2000, rel=0.1)
    decimals = drawn.events["fWidth"] * 1e4
    np.testing.assert_allclose(decimals, decimals.round(), atol=1e-6)


def test_a_generator_that_is_never_right_is_told(toy_events, constraints):
    generator = Wide(share=1.0).fit(toy_events[HILLAS_PARAMETERS], toy_events["particle"])
    with pytest.raises(InputError, match=r"only 0 of 10 .*'width not above length': 30"):
        draw_valid(generator, 10, {"particle": "hadron"}, constraints, 4, 3, seed=0)


def test_nothing_to_generate_is_told(toy_events, constraints):
    generator = Wide().fit(toy_events[HILLAS_PARAMETERS], toy_events["particle"])
    with pytest.raises(InputError, match="nothing to generate"):
        draw_valid(generator, 0, {"particle": "gamma"}, constraints, 4, 3, seed=0)


@pytest.mark.parametrize(("ratio", "expected"), [(1.0, 40), (0.5, 5), (2.0, 110), (0.2, 0)])
def test_number_to_balance(ratio, expected):
    particle = pd.Series(["gamma"] * 70 + ["hadron"] * 30)
    assert n_to_balance(particle, "hadron", ratio) == expected


def test_sampler_appends_and_leaves_real_events_alone(toy_events, constraints):
    parameters = toy_events[HILLAS_PARAMETERS]
    is_gamma = (toy_events["particle"] == "gamma").astype(int)
    sampler = GeneratorSampler(build_generator("borderline_smote", {}), constraints=constraints)
    events, labels = sampler.fit_resample(parameters, is_gamma)
    n = len(parameters)
    np.testing.assert_array_equal(events.iloc[:n], parameters)
    np.testing.assert_array_equal(labels.iloc[:n], is_gamma)
    assert (labels == 1).sum() == (labels == 0).sum()
    assert (labels.iloc[n:] == 0).all()


def test_sampler_keeps_the_parents_and_takes_arrays(toy_events):
    sampler = GeneratorSampler(build_generator("smote", {}))
    is_gamma = (toy_events["particle"] == "gamma").to_numpy().astype(int)
    events, labels = sampler.fit_resample(toy_events[HILLAS_PARAMETERS], is_gamma)
    assert len(sampler.parents_) == len(events) - len(toy_events)
    hadrons = set(toy_events.index[is_gamma == 0])
    assert set(sampler.parents_["parent"]) <= hadrons
    assert labels.sum() == is_gamma.sum()


def test_sampler_refuses_other_labels_than_zero_and_one(toy_events):
    sampler = GeneratorSampler(build_generator("smote", {}))
    with pytest.raises(InputError, match=r"The classes are \['gamma', 'hadron'\]"):
        sampler.fit_resample(toy_events[HILLAS_PARAMETERS], toy_events["particle"])


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (
            lambda e: e.assign(fAsym=np.nan),
            r"wide returned 10 values .*\n.*row 0, column fAsym: nan",
        ),
        (lambda e: e.drop(columns="fDist"), r"without the columns \['fDist'\]"),
    ],
)
def test_what_no_generator_may_return_is_told(toy_events, constraints, spoil, words):
    class Faulty(Wide):
        def sample(self, n, conditions, seed):
            return spoil(super().sample(n, conditions, seed))

    generator = Faulty(share=0.0).fit(toy_events[HILLAS_PARAMETERS], toy_events["particle"])
    with pytest.raises(InputError, match=words):
        draw_valid(generator, 10, {"particle": "hadron"}, constraints, 4, 3, seed=0)


def test_sampler_acts_in_fit_only(toy_events, constraints):
    """No synthetic event can reach a test fold of a cross-validation."""
    seen = []

    class Spy(LogisticRegression):
        def decision_function(self, events):
            seen.append(len(events))
            return super().decision_function(events)

    pipeline = Pipeline(
        [
            (
                "synthetic",
                GeneratorSampler(build_generator("borderline_smote", {}), constraints=constraints),
            ),
            ("classifier", Spy(max_iter=2000)),
        ]
    )
    is_gamma = (toy_events["particle"] == "gamma").astype(int)
    scores = cross_val_score(
        pipeline, toy_events[HILLAS_PARAMETERS], is_gamma, cv=4, scoring="roc_auc"
    )
    assert sum(seen) == len(toy_events)
    assert scores.min() > 0.7
