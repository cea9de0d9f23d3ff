"""What a classifier looks at, against functions whose explanation is known."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit
from sklearn.base import ClassifierMixin
from toys import make_events

from showerforge.classifiers import explanation
from showerforge.classifiers.candidates import build_model, gammaness
from showerforge.classifiers.explanation import (
    explain_events,
    log_odds,
    partial_dependence,
    permutation_importance,
    shapley_values,
    summarise_shapley_values,
)
from showerforge.classifiers.training import training_columns
from showerforge.events.constraints import Constraint
from showerforge.events.schema import HILLAS_PARAMETERS
from showerforge.metrics.intervals import bootstrap_weights
from showerforge.metrics.separation import Separation

NARROW = Constraint(name="x", left="fWidth", relation="<=", right="fLength", because="x")


class Known(ClassifierMixin):
    """A classifier whose gammaness is a known function of a table."""

    def __init__(self, function, classes=(0, 1)):
        self.function = function
        self.classes_ = np.array(classes)

    def predict_proba(self, events):
        gamma = np.asarray(self.function(events), float)
        columns = [gamma if label == 1 else 1 - gamma for label in self.classes_]
        return np.column_stack(columns)

    def fit(self, events, is_gamma):
        return self

    def __sklearn_is_fitted__(self):
        return True


def of_alpha_and_length(events):
    return expit(2 - events["fAlpha"] / 20 - 0.002 * (events["fLength"] - 40) ** 2)


@pytest.fixture(scope="module")
def train():
    return make_events(300, 200, seed=2)


@pytest.fixture(scope="module")
def events():
    return make_events(250, 150, seed=3)


@pytest.fixture(scope="module")
def boosted(train):
    settings = {"n_estimators": 30, "num_leaves": 8, "learning_rate": 0.2}
    return build_model("lightgbm", settings, 0).fit(*training_columns(train))


class TestShapleyValues:
    @given(seed=st.integers(0, 1000), n_parameters=st.integers(1, 6))
    @settings(max_examples=20)
    def test_of_a_linear_function_are_its_terms(self, seed, n_parameters):
        generator = np.random.default_rng(seed)
        events, background = (generator.normal(size=(n, n_parameters)) for n in (5, 4))
        weights = generator.normal(size=n_parameters)
        values, _, _ = shapley_values(lambda rows: rows @ weights + 3, events, background, seed)
        np.testing.assert_allclose(values, weights * (events - background.mean(axis=0)), atol=1e-12)

    @given(seed=st.integers(0, 1000))
    @settings(max_examples=20)
    def test_add_up_to_the_function_and_are_nothing_for_what_it_does_not_use(self, seed):
        generator = np.random.default_rng(seed)
        events, background = (generator.normal(size=(n, 5)) for n in (6, 3))

        def function(rows):
            return np.sin(rows[:, 0] * rows[:, 1]) + np.abs(rows[:, 2] - rows[:, 3])

        values, errors, level = shapley_values(function, events, background, seed)
        np.testing.assert_allclose(values.sum(axis=1), function(events) - level.mean())
        assert (values[:, 4] == 0).all()
        assert (errors[:, 4] == 0).all()

    def test_of_a_product_of_two_share_it_evenly(self):
        """By hand: both orders are gone through, so that a pair needs no luck."""
        values, errors, _ = shapley_values(
            lambda rows: rows.prod(axis=1), np.array([[2.0, 3.0]]), np.array([[0.0, 0.0]]), 0
        )
        np.testing.assert_allclose(values, [[3, 3]])
        assert np.isnan(errors).all()

    @pytest.mark.filterwarnings("ignore:The set_:PendingDeprecationWarning")
    def test_agree_with_the_exact_ones_of_shap(self, train, events, boosted):
        import shap

        function = log_odds(boosted)
        background = train[HILLAS_PARAMETERS].to_numpy()[:25]
        explained = events[HILLAS_PARAMETERS].to_numpy()[:4]
        masker = shap.maskers.Independent(background, max_samples=len(background))
        exact = shap.explainers.Exact(function, masker)(explained, silent=True)
        values, errors, level = shapley_values(function, explained, background, 0)
        assert level.mean() == pytest.approx(exact.base_values[0])
        difference = values - exact.values
        # the errors count the choice of the background too, which is the same here
        assert np.sqrt(np.mean(difference**2)) < 0.5 * np.sqrt(np.mean(errors**2))
        assert np.abs(difference).max() < 0.1 * np.abs(exact.values).max()

    def test_errors_are_those_of_other_backgrounds(self, train, events, boosted):
        function = log_odds(boosted)
        explained = events[HILLAS_PARAMETERS].to_numpy()[:10]
        pool = train[HILLAS_PARAMETERS].to_numpy()
        results = [
            shapley_values(function, explained, pool[25 * k : 25 * (k + 1)], k)[:2]
            for k in range(20)
        ]
        spread = np.std([values for values, _ in results], axis=0, ddof=1)
        errors = np.mean([errors for _, errors in results], axis=0)
        assert np.mean(errors) == pytest.approx(np.mean(spread), rel=0.2)

    def test_jobs_and_batches_change_nothing(self, monkeypatch, train, events, boosted):
        def values(n_jobs):
            return explain_events(boosted, events, train, 40, 10, 0, n_jobs)

        before = values(1)
        monkeypatch.setattr(explanation, "MAXIMUM_BATCH", 1500)
        pd.testing.assert_frame_equal(values(2), before)

    @pytest.mark.parametrize("classes", [(0, 1), (1, 0)])
    def test_table_says_of_which_event_and_value_it_speaks(self, train, events, classes):
        model = Known(of_alpha_and_length, classes)
        table = explain_events(model, events, train, 60, 10, 0, 1)
        assert table.groupby("event_id").size().eq(10).all()
        for row in table.sample(20, random_state=0).itertuples():
            assert row.value == events.loc[row.event_id, row.parameter]
            assert row.particle == events.loc[row.event_id, "particle"]
        by_event = table.groupby("event_id")[["shapley_value", "log_odds", "background_log_odds"]]
        sums = by_event.agg({"shapley_value": "sum", "log_odds": "first"})
        base = table["background_log_odds"].iloc[0]
        np.testing.assert_allclose(sums["shapley_value"] + base, sums["log_odds"])
        np.testing.assert_allclose(
            sums["log_odds"], logit(of_alpha_and_length(events.loc[sums.index]))
        )
        assert set(table.loc[table["shapley_value"] != 0, "parameter"]) == {"fAlpha", "fLength"}

    def test_summary_is_the_mean_size_with_an_interval(self, train, events):
        table = explain_events(Known(of_alpha_and_length), events, train, 100, 10, 0, 1)
        summary = summarise_shapley_values(table, 300, 0.95, 0)
        expected = table["shapley_value"].abs().groupby(table["parameter"]).mean()
        rows = summary.set_index("parameter")
        assert rows["mean_absolute"].to_dict() == pytest.approx(expected.to_dict())
        assert set(summary["parameter"].iloc[:2]) == {"fAlpha", "fLength"}
        assert rows.loc["fAlpha", "rank_correlation"] == pytest.approx(-1)
        alpha = table.loc[table["parameter"] == "fAlpha", "shapley_value"].abs()
        width = rows.loc["fAlpha", "upper"] - rows.loc["fAlpha", "lower"]
        assert width == pytest.approx(2 * 1.96 * alpha.std() / np.sqrt(len(alpha)), rel=0.25)


class TestPartialDependence:
    def test_agrees_with_scikit_learn_where_no_constraint_binds(self, events, boosted):
        from sklearn.inspection import partial_dependence as of_scikit_learn

        table = partial_dependence(boosted, events, [], len(events), 12, 0.05, 0, 1)
        for name in ("fAlpha", "fLength", "fM3Long"):
            rows = table[table["parameter"] == name]
            expected = of_scikit_learn(
                boosted,
                events[HILLAS_PARAMETERS],
                [name],
                custom_values={name: rows["value"].to_numpy()},
                method="brute",
                kind="both",
            )
            np.testing.assert_allclose(rows["gammaness"], expected["average"][0])
            lower, upper = np.quantile(expected["individual"][0], [0.25, 0.75], axis=0)
            np.testing.assert_allclose(rows["lower_quartile"], lower)
            np.testing.assert_allclose(rows["upper_quartile"], upper)
            assert (rows["valid_share"] == 1).all()

    def test_of_a_known_function_is_the_function(self, events):
        model = Known(lambda table: expit(1 - table["fAlpha"] / 30))
        table = partial_dependence(model, events, [NARROW], 100, 9, 0.1, 0, 2)
        rows = table[table["parameter"] == "fAlpha"]
        np.testing.assert_allclose(rows["gammaness"], expit(1 - rows["value"] / 30))
        np.testing.assert_allclose(rows["lower_quartile"], rows["upper_quartile"])
        np.testing.assert_allclose(
            rows["value"], np.quantile(events["fAlpha"], np.linspace(0.1, 0.9, 9))
        )
        assert list(dict.fromkeys(table["parameter"])) == HILLAS_PARAMETERS

    def test_impossible_events_are_neither_scored_nor_averaged(self, events):
        def refuse_impossible(table):
            assert (table["fWidth"] <= table["fLength"]).all()
            return table["fLength"] / 1000

        model = Known(refuse_impossible)
        table = partial_dependence(model, events, [NARROW], len(events), 7, 0.05, 0, 1)
        for row in table[table["parameter"] == "fWidth"].itertuples():
            possible = events.loc[events["fLength"] >= row.value, "fLength"] / 1000
            assert row.valid_share == pytest.approx(len(possible) / len(events))
            assert row.gammaness == pytest.approx(possible.mean())
        assert table.loc[table["parameter"] == "fWidth", "valid_share"].min() < 0.9

    def test_value_that_no_event_may_take_is_left_out(self, events):
        bound = Constraint(
            name="x", left="fDist", relation="<=", right=200.0, because="of the test"
        )
        table = partial_dependence(Known(of_alpha_and_length), events, [bound], 400, 9, 0, 0, 1)
        rows = table[table["parameter"] == "fDist"]
        assert rows["value"].max() <= 200
        assert not table.isna().any(axis=None)

    def test_equal_quantiles_are_one_value(self, events):
        same = events.assign(fDist=100.0)
        table = partial_dependence(Known(of_alpha_and_length), same, [], 50, 9, 0.1, 0, 1)
        assert (table["parameter"] == "fDist").sum() == 1


class TestPermutationImportance:
    def test_agrees_with_scikit_learn(self, events, boosted):
        from sklearn.inspection import permutation_importance as of_scikit_learn

        parameters, is_gamma = training_columns(events)
        expected = of_scikit_learn(
            boosted, parameters, is_gamma, scoring="roc_auc", n_repeats=40, random_state=1
        )
        table = permutation_importance(boosted, events, 40, 0.95, 0, 2).set_index("parameter")
        difference = table.loc[HILLAS_PARAMETERS, "importance"] - expected.importances_mean
        errors = np.hypot(expected.importances_std, table.loc[HILLAS_PARAMETERS, "spread"])
        assert (difference.abs() <= 4 * errors / np.sqrt(40) + 1e-12).all()

    def test_interval_is_that_of_the_paired_bootstrap(self, events):
        """For one shuffle, that can be made again."""
        model = Known(of_alpha_and_length)
        row = permutation_importance(model, events, 1, 0.95, 5, 1).set_index("parameter")
        is_gamma = (events["particle"] == "gamma").to_numpy()
        column = HILLAS_PARAMETERS.index("fAlpha")
        shuffled = np.random.default_rng([5, column, 0]).permutation(events["fAlpha"])
        before, after = (
            gammaness(model, table) for table in (events, events.assign(fAlpha=shuffled))
        )
        weights = bootstrap_weights(is_gamma, 2000, 0)
        loss = (
            Separation(is_gamma, before, weights).roc_auc()
            - Separation(is_gamma, after, weights).roc_auc()
        )
        alpha = row.loc["fAlpha"]
        assert alpha["importance"] == pytest.approx(loss[0])
        assert alpha["upper"] - alpha["lower"] == pytest.approx(
            np.ptp(np.quantile(loss[1:], [0.025, 0.975])), rel=0.1
        )

    def test_what_is_not_used_is_worth_nothing_and_the_most_important_is_first(self, events):
        table = permutation_importance(Known(of_alpha_and_length), events, 2, 0.95, 0, 1)
        assert set(table["parameter"].iloc[:2]) == {"fAlpha", "fLength"}
        assert table["importance"].is_monotonic_decreasing
        unused = table.iloc[2:][["importance", "lower", "upper", "spread"]]
        np.testing.assert_allclose(unused, 0, atol=1e-15)
        assert sorted(table["parameter"]) == sorted(HILLAS_PARAMETERS)

    def test_number_of_jobs_changes_nothing(self, events, boosted):
        one, two = (permutation_importance(boosted, events, 2, 0.95, 0, n) for n in (1, 2))
        pd.testing.assert_frame_equal(one, two)
