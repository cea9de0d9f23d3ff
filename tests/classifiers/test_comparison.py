"""The comparison of classifiers: what is trained, on what, and how cells become answers."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score
from toys import make_events

from showerforge.classifiers import comparison as study
from showerforge.classifiers.candidates import Recipe, gammaness
from showerforge.classifiers.names import Candidate, Training
from showerforge.classifiers.training import fit_candidate
from showerforge.errors import InputError
from showerforge.events.features import FEATURE_SETS
from showerforge.metrics.figures_of_merit import Sky
from showerforge.metrics.intervals import corrected_resampled_interval

FAMILIES = ("engineered",)
CONTENDERS = (
    study.Contender("both", ("lightgbm", "decision_tree"), Training.REAL, FAMILIES),
    study.Contender("LightGBM", ("lightgbm",), Training.REAL, FAMILIES),
    study.Contender("LightGBM and synthetic", ("lightgbm",), Training.SYNTHETIC, FAMILIES),
    study.Contender("tree, recorded", ("decision_tree",), Training.REAL, ()),
    study.Contender("alpha cut", ("alpha_cut",), Training.REAL, FAMILIES),
)
RECIPE = Recipe(
    FAMILIES,
    {"lightgbm": {"n_estimators": 10}, "decision_tree": {"min_samples_leaf": 20}},
    0.5,
    5,
    0,
)


# no function of this module, of which other processes know nothing
make_hadrons = lambda train, seed: make_events(0, 100, seed + 1000)  # noqa: E731


SETTINGS = study.Comparison(
    topics=(
        study.Topic(study.MODELS, CONTENDERS, (1.0,), 2, has_threshold=True, on_test=True),
        study.Topic(
            study.FEATURES,
            study.ablation("lightgbm", FAMILIES),
            (1.0,),
            0,
            has_threshold=False,
            on_test=False,
        ),
        study.Topic(study.SIZES, CONTENDERS[:1], (0.4,), 2, has_threshold=False, on_test=True),
    ),
    recipe=RECIPE,
    n_repeats=2,
    n_folds=2,
    regularisation=1.0,
    minimum_gamma_efficiency=0.5,
    minimum_surviving_hadrons=5,
    sky=Sky(6e5, 1e4, 0.2),
    make_synthetic=make_hadrons,
    generation="toy",
)


@pytest.fixture(scope="module")
def events():
    return make_events(400, 300, seed=3)


@pytest.fixture(scope="module")
def is_test(events):
    return pd.Series(np.random.default_rng(0).random(len(events)) < 0.2, events.index)


@pytest.fixture(scope="module")
def plan(events, is_test):
    return study.plan_cells(events, is_test, SETTINGS)


@pytest.fixture(scope="module")
def cells(events, is_test, plan):
    return {r["key"]: r for r in study.run_cells(events, is_test, plan, SETTINGS, 1)}


def test_plan_has_every_cell_once(plan):
    assert len(plan) == plan["key"].nunique() == 3 * 2 * 2
    assert plan["key"].str.match(r"^(models|features|sizes)_\d_\d_[\d-]+_[0-9a-f]{12}$").all()


def test_keys_change_with_what_the_numbers_depend_on(events, is_test, plan):
    def keys(**changes):
        return set(study.plan_cells(events, is_test, replace(SETTINGS, **changes))["key"])

    assert keys() == set(plan["key"])
    assert keys(n_repeats=1) < set(plan["key"])
    for changes in (
        {"recipe": replace(RECIPE, seed=1)},
        {"recipe": replace(RECIPE, models={**RECIPE.models, "lightgbm": {"n_estimators": 9}})},
        {"regularisation": 2.0},
        {"generation": "another"},
        {"n_folds": 3},
    ):
        assert not keys(**changes) & set(plan["key"])
    other = events.assign(fAlpha=events["fAlpha"] + 1e-9)
    assert not set(study.plan_cells(other, is_test, SETTINGS)["key"]) & set(plan["key"])
    heavier = events.assign(weight=2.0)
    assert not set(study.plan_cells(heavier, is_test, SETTINGS)["key"]) & set(plan["key"])


def test_figures_are_those_of_a_model_that_is_fitted_by_hand(events):
    train, held_out = events.iloc[:500], events.iloc[500:]
    figures = study.contest(train, held_out, SETTINGS.topics[0], SETTINGS, seed=7)
    assert list(figures) == [c.label for c in CONTENDERS]
    is_gamma = held_out["particle"] == "gamma"
    for label, candidate, synthetic in (
        ("LightGBM", Candidate("lightgbm", Training.REAL), {}),
        (
            "LightGBM and synthetic",
            Candidate("lightgbm", Training.SYNTHETIC),
            {Training.SYNTHETIC: make_hadrons(train, 7)},
        ),
    ):
        model = fit_candidate(candidate, train, synthetic, replace(RECIPE, seed=7))
        expected = roc_auc_score(is_gamma, gammaness(model, held_out))
        assert figures[label]["roc_auc"] == pytest.approx(expected)
    assert "log_loss" not in figures["alpha cut"]
    assert figures["both"]["quality_factor"] > 0


def test_nothing_is_learnt_from_the_events_that_are_scored(events):
    """With other held-out hadrons the share of gammas kept stays: model and threshold do."""
    train, held_out = events.iloc[:500], events.iloc[500:]
    garbage = held_out.copy()
    hadrons = garbage["particle"] == "hadron"
    garbage.loc[hadrons, ["fLength", "fAlpha"]] = [500.0, 90.0]
    before, after = (
        study.contest(train, out, SETTINGS.topics[0], SETTINGS, seed=7)
        for out in (held_out, garbage)
    )
    for label in before:
        assert before[label]["gamma_efficiency"] == after[label]["gamma_efficiency"]
        assert before[label]["roc_auc"] < after[label]["roc_auc"]


def test_settings_are_decided_without_the_test_events(events, is_test, plan, cells):
    changed = events.copy()
    changed.loc[is_test, "fAlpha"] = 45.0
    features = plan[plan["topic"] == study.FEATURES]
    again = list(study.run_cells(changed, is_test, features, SETTINGS, 1))
    assert [r["figures"] for r in again] == [cells[key]["figures"] for key in features["key"]]


def test_jobs_change_nothing(events, is_test, plan, cells):
    some = plan[plan["topic"] == study.MODELS]
    assert {r["key"]: r for r in study.run_cells(events, is_test, some, SETTINGS, 2)} == {
        key: cells[key] for key in some["key"]
    }


@pytest.fixture(scope="module")
def table(plan, cells):
    return study.tabulate(plan, cells, SETTINGS, 0.95)


class TestTable:
    def test_change_is_paired_and_its_interval_knows_of_common_events(self, table, plan, cells):
        records = [cells[key] for key in plan.loc[plan["topic"] == study.MODELS, "key"]]
        tree, both = (
            np.array([r["figures"][label]["roc_auc"] for r in records])
            for label in ("tree, recorded", "both")
        )
        row = table[(table["contender"] == "tree, recorded") & (table["figure"] == "roc_auc")]
        expected = corrected_resampled_interval(tree - both, 0.95, 1 / 2)
        assert row[["change", "change_lower", "change_upper"]].to_numpy()[0] == pytest.approx(
            [expected.value, expected.lower, expected.upper]
        )
        assert row["value"].item() == pytest.approx(tree.mean())

    def test_fewer_events_are_used_where_a_share_is_asked_for(self, table, events):
        n = table.groupby("share")["n_train"].first()
        assert n[1.0] > 0.4 * len(events)
        assert n[0.4] == pytest.approx(0.4 * len(events) / 2, rel=0.05)

    def test_ablation_has_no_figures_that_need_a_threshold(self, table):
        rows = table[table["topic"] != study.MODELS]
        assert "quality_factor" not in set(rows["figure"])
        assert {"roc_auc", "loacc", "log_loss"} < set(rows["figure"])

    def test_acceptances_are_laid_out_best_first(self, table):
        laid_out = study.acceptance_table(table)
        assert set(laid_out["contender"]) == {c.label for c in CONTENDERS}
        assert laid_out["loacc"].is_monotonic_decreasing
        means = laid_out[["acceptance_0.01", "acceptance_0.02", "acceptance_0.05"]].mean(axis=1)
        np.testing.assert_allclose(means, laid_out["loacc"])
        assert laid_out.iloc[-1]["contender"] in ("alpha cut", "tree, recorded")

    def test_missing_cells_are_named_by_number(self, plan, cells):
        some = dict(list(cells.items())[:-2])
        with pytest.raises(InputError, match="2 of 12 cells"):
            study.tabulate(plan, some, SETTINGS, 0.95)


def test_features_that_are_not_allowed_are_not_seen(events):
    """Without any feature but one the tree is the one of that feature."""
    only = study.Contender("only", ("decision_tree",), Training.REAL, FAMILIES, ("miss",))
    topic = replace(SETTINGS.topics[1], contenders=(only,))
    train, held_out = events.iloc[:500], events.iloc[500:]
    found = study.contest(train, held_out, topic, SETTINGS, seed=7)["only"]["roc_auc"]
    recipe = replace(RECIPE, features=("miss",), seed=7)
    model = fit_candidate(Candidate("decision_tree", Training.REAL), train, {}, recipe)
    assert list(model[0].get_feature_names_out()) == ["miss"]
    is_gamma = held_out["particle"] == "gamma"
    assert found == pytest.approx(roc_auc_score(is_gamma, gammaness(model, held_out)))


def test_ablation_leaves_out_and_adds_every_family():
    used = ("engineered", "pixels")
    contenders = study.ablation("xgboost", used)
    assert contenders[0].feature_sets == used
    by_label = {c.label: c.feature_sets for c in contenders}
    assert by_label["without pixels"] == ("engineered",)
    assert by_label["with skewness"] == (*used, "skewness")
    assert by_label["recorded parameters only"] == ()
    assert len(contenders) == 1 + len(FEATURE_SETS) + 1
