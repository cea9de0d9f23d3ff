"""The scarcity study: honest splits, paired cells, intervals that cover the truth."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.metrics import f1_score, roc_auc_score
from toys import make_events

from showerforge.classifiers.scarcity import (
    CLASS_WEIGHTS,
    NO_TREATMENT,
    Study,
    choose_f1_thresholds,
    mean_overlap,
    plan_cells,
    run_cells,
    split_events,
    take_hadrons,
    treat,
)
from showerforge.classifiers.scarcity_table import (
    SAME_HADRONS,
    change_over_repeats,
    headline,
    headline_metrics,
    tabulate_changes,
)
from showerforge.errors import InputError

SIZES = {
    "training_gammas": 300,
    "test_hadrons": 200,
    "validation_gammas": 100,
    "validation_hadrons": 60,
}
STUDY = Study(
    budgets=[5, 40, "all"],
    n_repeats=2,
    generators={"SMOTE": ("smote", {"k_neighbours": 5}), "copies": ("bootstrap_copy", {})},
    learners={"logistic": ["logistic_regression"], "both": ["logistic_regression", "lightgbm"]},
    models={"logistic_regression": {"C": 1.0, "max_iter": 500}, "lightgbm": {"n_estimators": 5}},
    feature_sets=["engineered"],
    constraints=[],
    decimals=4,
    maximum_rounds=20,
    minimum_gamma_efficiency=0.5,
    minimum_surviving_hadrons=5,
    n_resamples=20,
    seed=0,
)


@pytest.fixture(scope="module")
def parted():
    return split_events(make_events(700, 500, seed=3), **SIZES, seed=0)


@pytest.fixture(scope="module")
def plan(parted):
    return plan_cells(parted, STUDY)


@pytest.fixture(scope="module")
def cells(parted, plan):
    return {record["key"]: record for record in run_cells(parted, plan, STUDY, n_jobs=2)}


@pytest.fixture(scope="module")
def table(plan, cells):
    return tabulate_changes(plan, cells, 0.95)


def hadrons_of_pool(parted):
    return parted[(parted["part"] == "training") & (parted["particle"] == "hadron")]


class TestSplit:
    def test_parts_have_the_sizes_asked_for_and_share_no_event(self, parted):
        sizes = parted.groupby(["part", "particle"]).size()
        assert sizes["training", "gamma"] == 300
        assert sizes["validation"].to_dict() == {"gamma": 100, "hadron": 60}
        assert sizes["test"].to_dict() == {"gamma": 300, "hadron": 200}
        assert sizes["training", "hadron"] == 240
        assert parted.index.is_unique

    def test_no_group_straddles(self):
        events = make_events(700, 300, seed=3)
        doubled = pd.concat([events, events], ignore_index=True).rename_axis("event_id")
        parted = split_events(doubled, **SIZES, seed=0)
        assert (parted.groupby("group")["part"].nunique() == 1).all()
        assert len(parted) == len(doubled)

    def test_seed_rules_the_split(self):
        events = make_events(700, 500, seed=3)
        first, again, other = (split_events(events, **SIZES, seed=seed) for seed in (0, 0, 1))
        pd.testing.assert_frame_equal(first, again)
        assert not first["part"].sort_index().equals(other["part"].sort_index())

    def test_a_part_without_events_is_told(self):
        with pytest.raises(InputError, match="no gamma events left for test"):
            split_events(make_events(400, 500), **SIZES, seed=0)


class TestSubsets:
    def test_repeats_are_disjoint_while_they_fit(self, parted):
        pool = hadrons_of_pool(parted)
        subsets = [take_hadrons(pool, 60, repeat, 4).index for repeat in range(4)]
        assert len(set().union(*subsets)) == 240
        assert mean_overlap(subsets) == 0

    def test_budgets_of_a_repeat_are_nested(self, parted):
        pool = hadrons_of_pool(parted)
        for repeat in range(3):
            small, large = (set(take_hadrons(pool, n, repeat, 3).index) for n in (30, 170))
            assert small < large

    def test_overlap_of_full_budgets_is_one(self, parted, plan):
        assert plan.groupby("budget")["overlap"].first().to_dict() == {"5": 0, "40": 0, "all": 1}

    def test_overlap_by_hand(self):
        assert mean_overlap([pd.Index([1, 2]), pd.Index([2, 3]), pd.Index([4, 5])]) == (
            pytest.approx(0.5 / 3)
        )
        assert mean_overlap([pd.Index([1])]) == 0

    def test_budget_beyond_the_pool_is_told(self, parted):
        with pytest.raises(InputError, match="Only 240 hadrons"):
            plan_cells(parted, replace(STUDY, budgets=[241]))


class TestKeys:
    def test_every_cell_has_its_own(self, plan):
        assert plan["key"].is_unique
        assert len(plan) == 3 * 2 * 4 * 2

    def test_they_change_with_what_matters_and_only_there(self, parted, plan):
        options = {**STUDY.generators, "SMOTE": ("smote", {"k_neighbours": 4})}
        changed = plan_cells(parted, replace(STUDY, generators=options))
        same = plan["key"] == changed["key"]
        assert (same == (plan["treatment"] != "SMOTE")).all()
        models = {**STUDY.models, "lightgbm": {"n_estimators": 6}}
        changed = plan_cells(parted, replace(STUDY, models=models))
        assert ((plan["key"] == changed["key"]) == (plan["learner"] != "both")).all()
        assert not plan["key"].isin(plan_cells(parted, replace(STUDY, seed=1))["key"]).any()

    def test_they_change_with_the_data(self, parted, plan):
        other = parted.assign(fLength=parted["fLength"] + 1)
        assert not plan["key"].isin(plan_cells(other, STUDY)["key"]).any()


def test_no_treatment_and_class_weights_come_before_the_generators():
    assert STUDY.treatments == [NO_TREATMENT, CLASS_WEIGHTS, "SMOTE", "copies"]


class TestTreatments:
    def test_generators_fill_up_to_balance_with_hadrons(self, parted):
        train = parted[parted["part"] == "training"]
        parameters, is_gamma, weights = treat(train, "copies", STUDY, 0)
        assert (is_gamma == 0).sum() == (is_gamma == 1).sum() == 300
        assert len(parameters) == len(weights) == 600
        assert (weights == 1).all()

    def test_class_weights_balance(self, parted):
        train = parted[parted["part"] == "training"]
        _, is_gamma, weights = treat(train, CLASS_WEIGHTS, STUDY, 0)
        assert weights[is_gamma == 0].sum() == pytest.approx(weights[is_gamma == 1].sum())

    def test_weights_reach_the_model_behind_the_scaler(self, cells, plan):
        """Copies up to balance are class weights, but for the luck of the draw and the scaler."""
        f1 = {
            row.treatment: cells[row.key]["figures"]["f1_hadron"][0]
            for row in plan[(plan["budget"] == "40") & (plan["learner"] == "logistic")].itertuples()
        }
        assert f1[CLASS_WEIGHTS] == pytest.approx(f1["copies"], abs=0.05)
        assert f1[CLASS_WEIGHTS] > f1[NO_TREATMENT]


class TestCells:
    def test_generator_that_cannot_leaves_a_gap(self, plan, cells, table):
        keys = plan.loc[(plan["budget"] == "5") & (plan["treatment"] == "SMOTE"), "key"]
        for key in keys:
            assert "at least 6 hadron events" in cells[key]["reason"]
            assert cells[key]["figures"] == {}
        gap = table[(table["budget"] == "5") & (table["treatment"] == "SMOTE")]
        assert gap["change"].isna().all()
        assert (gap["n_repeats"] == 0).all()
        assert gap["remark"].str.startswith("2 of 2 repeats could not be: SMOTE needs").all()
        assert len(gap) == 2 * 7

    def test_figures_are_those_of_scikit_learn(self, parted, plan, cells):
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        from showerforge.classifiers.features import HillasFeatures

        row = plan[(plan["budget"] == "40") & (plan["repeat"] == 1)].iloc[0]
        pool = parted[parted["part"] == "training"]
        train = pd.concat(
            [
                pool[pool["particle"] == "gamma"],
                take_hadrons(hadrons_of_pool(parted), 40, 1, 2),
            ]
        )
        test = parted[parted["part"] == "test"]
        features = HillasFeatures(["engineered"])
        model = make_pipeline(StandardScaler(), LogisticRegression(C=1.0, max_iter=500))
        model.fit(features.transform(train), train["particle"] == "gamma")
        scores = model.predict_proba(features.transform(test))[:, 1]
        is_gamma = test["particle"] == "gamma"
        figures = cells[row["key"]]["figures"]
        assert figures["roc_auc"][0] == pytest.approx(roc_auc_score(is_gamma, scores), abs=1e-6)
        assert figures["f1_hadron"][0] == pytest.approx(f1_score(~is_gamma, scores < 0.5), abs=1e-6)
        assert len(figures["roc_auc"]) == 21

    def test_a_cell_alone_is_the_cell_in_company(self, parted, plan, cells):
        some = plan.sample(3, random_state=0)
        for record in run_cells(parted, some, STUDY, n_jobs=1):
            assert record["figures"] == cells[record["key"]]["figures"]

    def test_changes_are_paired(self, plan, cells, table):
        """Recomputed from the records: same repeat, budget and learner, treatment minus none."""
        auc = {
            (r["budget"], r["learner"], r["treatment"], r["repeat"]): r["figures"]["roc_auc"][0]
            for r in cells.values()
            if r["figures"]
        }
        rows = table[(table["figure"] == "roc_auc") & (table["n_repeats"] == 2)]
        for row in rows[rows["treatment"] != NO_TREATMENT].itertuples():
            place = row.budget, row.learner
            changes = [
                auc[*place, row.treatment, repeat] - auc[*place, NO_TREATMENT, repeat]
                for repeat in (0, 1)
            ]
            assert row.change == pytest.approx(np.mean(changes))
            assert row.lower <= row.change <= row.upper

    def test_remark_where_all_repeats_have_the_same_hadrons(self, table):
        rows = table[table["treatment"] == "copies"]
        assert (rows["remark"].eq(SAME_HADRONS) == (rows["budget"] == "all")).all()

    def test_unfinished_study_is_told(self, plan, cells):
        some = dict(list(cells.items())[:-3])
        with pytest.raises(InputError, match=r"3 of 48 cells .* have not been run"):
            tabulate_changes(plan, some, 0.95)


def test_f1_thresholds_are_the_best_ones():
    generator = np.random.default_rng(0)
    is_gamma = generator.random(400) < 0.7
    scores = generator.normal(is_gamma, 1).round(1)
    for particle, threshold in enumerate(reversed(choose_f1_thresholds(is_gamma, scores))):
        found = f1_score(is_gamma == particle, (scores >= threshold) == particle)
        best = max(f1_score(is_gamma == particle, (scores >= t) == particle) for t in scores)
        assert found == pytest.approx(best)


class TestIntervals:
    def test_by_hand(self):
        differences = np.array([[0.01, 0.02, 0.00], [0.03, 0.03, 0.05]])
        change = change_over_repeats(differences, overlap=0.2, confidence=0.9)
        variance = 0.0002 * (1 / 2 + 0.2 / 0.8) + np.var([0.025, 0.025], ddof=1)
        assert change.value == pytest.approx(0.02)
        assert change.upper - 0.02 == pytest.approx(stats.t.ppf(0.95, 1) * np.sqrt(variance))

    def test_one_repeat_knows_the_test_events(self):
        differences = np.append(0.5, np.linspace(0, 1, 101))[np.newaxis]
        change = change_over_repeats(differences, 0.0, 0.9)
        assert (change.value, change.lower, change.upper) == pytest.approx((0.5, 0.05, 0.95))

    @pytest.mark.parametrize("overlap", [0.0, 0.5])
    def test_they_cover_the_truth(self, overlap):
        """Effects that are means over hadrons and test events, drawn anew a thousand times.

        A change is mean(hadrons of the repeat) + mean(test events), whose expectation is zero.
        """
        generator = np.random.default_rng(0)
        n_repeats, n_hadrons, n_test, n_resamples = 6, 20, 30, 60
        common = int(overlap * n_hadrons)
        covered = []
        for _ in range(1000):
            shared = generator.normal(size=common)
            hadrons = np.array(
                [
                    np.append(shared, generator.normal(size=n_hadrons - common)).mean()
                    for _ in range(n_repeats)
                ]
            )
            test = generator.normal(size=n_test)
            drawn = generator.multinomial(n_test, np.full(n_test, 1 / n_test), n_resamples)
            of_test = np.append(test.mean(), drawn @ test / n_test)
            change = change_over_repeats(hadrons[:, np.newaxis] + of_test, overlap, 0.95)
            covered.append(change.lower <= 0 <= change.upper)
        assert 0.93 <= np.mean(covered) <= 0.99


class TestWords:
    ROWS = pd.DataFrame(
        [
            ("50", 50, "SMOTE", -0.02, "worse"),
            ("50", 50, "mixture", 0.02, "better"),
            ("300", 300, "SMOTE", -0.01, "worse"),
            ("300", 300, "mixture", 0.01, "better"),
            ("all", 4000, "mixture", 0.001, "no clear change"),
        ],
        columns=["budget", "n_hadrons", "treatment", "change", "answer"],
    ).assign(learner="LightGBM", figure="roc_auc", lower=-0.03, upper=0.03)

    def test_headline_says_what_is_best_and_where_it_ends(self):
        assert headline(self.ROWS, "LightGBM") == (
            "LightGBM: with 50 hadrons, mixture is best, ROC-AUC +0.0200 [-0.0300, +0.0300]; "
            "it clearly helps up to 300 hadrons."
        )
        worse = self.ROWS.assign(answer="worse")
        assert headline(worse, "LightGBM").endswith("it clearly helps at no number of hadrons.")
        assert "no generator could be run" in headline(self.ROWS, "none such")

    def test_metrics_are_those_of_one_budget(self):
        metrics = headline_metrics(self.ROWS, 300)
        assert metrics["scarcity.300.LightGBM.mixture.roc_auc_change"] == 0.01
        assert len(metrics) == 2 * 3
        assert all(np.isfinite(list(metrics.values())))
