"""Densities in physics coordinates against scipy, closed forms and the constraints."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.neighbors import KernelDensity as SklearnKernelDensity
from toys import make_events

from showerforge.errors import InputError
from showerforge.events.constraints import broken_constraints, hard
from showerforge.events.schema import HILLAS_PARAMETERS
from showerforge.generators import build_generator
from showerforge.generators.coordinates import from_coordinates, to_coordinates
from showerforge.generators.densities import GaussianCopula, GaussianMixtures, KernelDensity
from showerforge.generators.refinement import DensityRatio

HADRONS = {"particle": "hadron"}
DENSITIES = ["mixture", "kernel_density", "copula"]
LEARNERS = [*DENSITIES, "cart"]
FAST = {"mixture": {"n_components": 4, "n_mixtures": 2}}


def fit(name, events, options=None, seed=0):
    generator = build_generator(name, options if options is not None else FAST.get(name, {}))
    return generator.fit_for("hadron", events[HILLAS_PARAMETERS], events["particle"], seed)


@pytest.fixture(scope="module")
def events():
    return make_events(100, 1500, seed=4)


@pytest.fixture(scope="module")
def scores():
    generator = np.random.default_rng(0)
    component = generator.random(2000) < 0.4
    x = generator.standard_normal((2000, 3)) @ np.array([[1, 0.8, 0], [0, 0.6, 0], [0, 0, 1.0]])
    return np.where(component[:, np.newaxis], 0.4 * x + 1, x - 0.7)


class TestCoordinates:
    def test_real_events_come_back_to_the_last_recorded_digit(self, magic_events):
        events = magic_events[HILLAS_PARAMETERS]
        back = from_coordinates(to_coordinates(events), events["fM3Trans"].to_numpy() < 0)
        np.testing.assert_allclose(back.round(4), events.round(4), atol=1e-9)

    @settings(max_examples=200)
    @given(st.lists(st.floats(-40, 40), min_size=10, max_size=10), st.booleans())
    def test_any_numbers_are_valid_events(self, constraints, numbers, negative):
        event = from_coordinates(np.array([numbers]), np.array([negative])).round(4)
        rules = [
            rule
            for rule in hard(constraints)
            # a value may be rounded to the excluded end of its range, as any recorded one could
            if " > " not in rule.name
        ]
        assert not broken_constraints(event, rules).any().any()

    def test_a_width_of_zero_comes_back(self):
        events = make_events(0, 50)
        events.loc[events.index[:5], "fWidth"] = 0.0
        negative = events["fM3Trans"].to_numpy() < 0
        back = from_coordinates(to_coordinates(events[HILLAS_PARAMETERS]), negative)
        assert (back["fWidth"].iloc[:5] == 0).all()
        assert (back["fWidth"].iloc[5:] > 0).all()


@pytest.mark.parametrize("name", LEARNERS)
class TestEveryLearner:
    def test_events_obey_every_hard_constraint(self, name, events, constraints):
        sampled = fit(name, events).sample(5000, HADRONS, seed=1)
        assert not broken_constraints(sampled.round(4), hard(constraints)).any().any()
        assert not sampled[HILLAS_PARAMETERS].duplicated().any()

    def test_marginals_are_right(self, name, events):
        hadrons = events[events["particle"] == "hadron"]
        sampled = fit(name, events).sample(6000, HADRONS, seed=2)
        for column in HILLAS_PARAMETERS:
            # the five per cent point at these sizes is 0.039; the learner adds its own
            assert stats.ks_2samp(sampled[column], hadrons[column]).statistic < 0.06, column

    def test_a_repeated_value_is_reproduced_at_its_rate(self, name):
        events = make_events(0, 1500, seed=5)
        events.loc[events.index[:150], "fWidth"] = 0.0
        sampled = fit(name, events).sample(8000, HADRONS, seed=3).round(4)
        assert (sampled["fWidth"] == 0).mean() == pytest.approx(0.1, abs=0.025)

    def test_the_seeds_decide(self, name, events):
        first, same = (fit(name, events).sample(50, HADRONS, seed=5) for _ in range(2))
        pd.testing.assert_frame_equal(first, same)
        assert not fit(name, events).sample(50, HADRONS, seed=6).equals(first)

    def test_too_few_events_and_constant_columns_are_told(self, name, events):
        with pytest.raises(InputError, match=r"needs at least \d+ hadron events, but has 9"):
            fit(name, make_events(50, 9))
        constant = events.assign(fConc=0.3)
        with pytest.raises(InputError, match=r"fConc never changes"):
            fit(name, constant)

    def test_a_class_that_was_not_learnt_is_told(self, name, events):
        with pytest.raises(InputError, match="has not learnt gamma events"):
            fit(name, events).sample(5, {"particle": "gamma"}, seed=0)


@pytest.mark.parametrize("name", DENSITIES)
def test_likelihood_prefers_events_of_the_learnt_class(name, events):
    generator = fit(name, events)
    fresh = make_events(400, 400, seed=9)
    score = generator.score_samples(fresh[HILLAS_PARAMETERS], "hadron")
    is_hadron = (fresh["particle"] == "hadron").to_numpy()
    assert np.isfinite(score).all()
    assert score[is_hadron].mean() > score[~is_hadron].mean() + 0.5


def test_a_tree_chain_has_no_density(events):
    assert not hasattr(fit("cart", events), "score_samples")


@pytest.mark.parametrize(
    "density",
    [
        GaussianMixtures(3, "likelihood", 10, 2, 1e-3, True),
        GaussianMixtures(3, "likelihood", 10, 2, 1e-3, False),
        GaussianCopula(),
        KernelDensity(None),
    ],
    ids=["calibrated mixtures", "mixtures", "copula", "kernel"],
)
def test_densities_integrate_to_one(density, scores):
    """Importance sampling from a wide t distribution."""
    density.fit(scores, 0)
    wide = stats.multivariate_t(shape=4 * np.eye(3), df=4, seed=1)
    points = wide.rvs(60_000)
    mass = np.exp(density.log_density(points) - wide.logpdf(points)).mean()
    assert mass == pytest.approx(1, abs=0.03)


def test_densities_agree_with_scipy_and_scikit_learn(scores):
    points = scores[:50]
    copula = GaussianCopula().fit(scores, 0)
    expected = stats.multivariate_normal(np.zeros(3), copula.correlation_).logpdf(points)
    np.testing.assert_allclose(copula.log_density(points), expected)
    mixtures = GaussianMixtures(3, "bic", 10, 1, 1e-3, False).fit(scores, 5)
    expected = mixtures._mixture(3, 5).fit(scores).score_samples(points)
    np.testing.assert_allclose(mixtures.log_density(points), expected)
    kernel = KernelDensity(0.3).fit(scores, 0)
    width = 0.3 / np.sqrt(1.09)
    reference = SklearnKernelDensity(bandwidth=width).fit(kernel.whitened_ / np.sqrt(1.09))
    whitened = np.linalg.solve(kernel.root_, points.T).T
    expected = reference.score_samples(whitened) - np.linalg.slogdet(kernel.root_)[1]
    np.testing.assert_allclose(kernel.log_density(points), expected)


def test_a_kernel_leaves_the_covariance_as_it_is(scores):
    kernel = KernelDensity(0.8).fit(scores - scores.mean(axis=0), 0)
    drawn, origins = kernel.sample(60_000, {}, np.random.default_rng(0))
    np.testing.assert_allclose(np.cov(drawn.T), np.cov(scores.T), atol=0.05)
    assert origins.max() < len(scores)


def test_the_number_of_components_is_found():
    generator = np.random.default_rng(0)
    centres = np.array([[-6.0, 0], [0, 6], [6, 0]])
    points = centres[generator.integers(3, size=1500)] + generator.standard_normal((1500, 2))
    chosen = {
        criterion: GaussianMixtures(None, criterion, 12, 1, 1e-3, False).fit(points, 0)
        for criterion in ("bic", "likelihood")
    }
    assert chosen["bic"].chosen_components_ == 3
    assert 3 <= chosen["likelihood"].chosen_components_ <= 5


def test_conditional_samples_are_those_that_meet_the_condition(scores):
    """The closed form against picking from a large unconditional sample."""
    mixtures = GaussianMixtures(3, "bic", 10, 2, 1e-3, True).fit(scores, 0)
    many, _ = mixtures.sample(400_000, {}, np.random.default_rng(1))
    picked = many[np.abs(many[:, 1] - 0.8) < 0.03]
    given = {1: np.full(8000, 0.8)}
    conditional, _ = mixtures.sample(8000, given, np.random.default_rng(2))
    np.testing.assert_allclose(conditional[:, 1], 0.8)
    for column in (0, 2):
        assert stats.ks_2samp(conditional[:, column], picked[:, column]).statistic < 0.035


def test_hadrons_of_a_given_size_are_like_real_ones(magic_events):
    hadrons = magic_events[magic_events["particle"] == "hadron"]
    generator = fit("mixture", magic_events, {"n_components": 12, "n_mixtures": 2})
    sampled = generator.sample(3000, {**HADRONS, "fSize": 3.2}, seed=0)
    assert (sampled["fSize"] == 3.2).all()
    real = hadrons[(hadrons["fSize"] - 3.2).abs() < 0.05]
    for column in ("fLength", "fWidth", "fConc", "fDist", "fAlpha"):
        distance = stats.ks_2samp(sampled[column], real[column]).statistic
        # the critical distance of five tests for these sizes is 0.10
        assert distance < 0.10, column
    unconditional = stats.ks_2samp(hadrons["fLength"], real["fLength"]).statistic
    assert unconditional > 0.3


def test_each_event_can_have_a_condition_of_its_own(events):
    sizes = np.linspace(2.3, 3.4, 40)
    options = {**FAST["mixture"], "refinement_minimum": 200, "refinement_trees": 20}
    for chosen in (
        {**options, "refinement_classifiers": 1},
        {**options, "refinement_classifiers": 0},
    ):
        sampled = fit("mixture", events, chosen).sample(40, {**HADRONS, "fSize": sizes}, seed=0)
        np.testing.assert_array_equal(sampled["fSize"], sizes)
        assert len(sampled) == 40


@pytest.mark.parametrize(
    ("condition", "words"),
    [({"fSize": -1.0}, "at least|above 0"), ({"fWidth": 10.0}, r"conditions \['fWidth'\]")],
)
def test_conditions_that_cannot_be_met_are_told(events, condition, words):
    with pytest.raises(InputError, match=words):
        fit("mixture", events).sample(5, {**HADRONS, **condition}, seed=0)


def test_kernels_name_their_parents_and_mixtures_have_none(events):
    hadrons = events.index[events["particle"] == "hadron"]
    sampled = fit("kernel_density", events).sample(200, HADRONS, seed=0)
    assert set(sampled["parent"]) <= set(hadrons)
    assert sampled["neighbour"].isna().all()
    assert fit("mixture", events).sample(20, HADRONS, seed=0)["parent"].isna().all()


def test_refinement_removes_what_tells_generated_events_apart():
    """Generated events have the wrong dependence; the classifier's ratio puts it right."""
    real, generated = make_events(0, 1500, seed=1), make_events(0, 12_000, seed=2)
    generated = generated.sort_values("fDist", ignore_index=True)
    generated["fDist"] += 0.0
    # half of the generated events are longer where they are far: real ones are not
    generated = generated[
        (generated["fLength"] > 45) | (np.random.default_rng(0).random(len(generated)) < 0.4)
    ]
    ratio = DensityRatio(1, 100).fit(real[HILLAS_PARAMETERS], generated[HILLAS_PARAMETERS], 0)
    kept = generated[ratio.accept(generated[HILLAS_PARAMETERS], np.random.default_rng(1))]
    before = stats.ks_2samp(generated["fLength"], real["fLength"]).statistic
    after = stats.ks_2samp(kept["fLength"], real["fLength"]).statistic
    assert before > 0.12
    assert after < 0.05
    assert 0.2 < ratio.acceptance < 1
    correction = np.exp(ratio.log_correction(generated[HILLAS_PARAMETERS]))
    assert correction.mean() == pytest.approx(1, abs=0.02)
