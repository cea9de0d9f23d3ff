"""What the gates measure, against scipy, closed forms and cases made by hand."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.spatial.distance import cdist

from showerforge.events.schema import HILLAS_PARAMETERS
from showerforge.metrics.normal_scores import NormalScores
from showerforge.metrics.separation import roc_auc_with_error
from showerforge.validation.dependence import (
    compare_correlations,
    correlation_differences,
    rank_correlations,
)
from showerforge.validation.diversity import neighbourhood_shares
from showerforge.validation.joint import (
    EnergyDistance,
    classifier_two_sample_test,
    linear_two_sample_test,
)
from showerforge.validation.marginals import (
    compare_marginals,
    holm_rejections,
    quantile_envelope,
    quantile_pairs,
)
from showerforge.validation.memorisation import (
    authentic,
    membership_scores,
    on_a_segment,
    true_positives_at,
)
from showerforge.validation.validity import count_excess_decimals, find_atoms, special_rates


@pytest.fixture(scope="module")
def points():
    generator = np.random.default_rng(0)
    return [generator.standard_normal((n, 3)) for n in (300, 400, 500)]


def test_distances_of_columns_agree_with_scipy(world):
    first, second = world[0], world[2]
    table = compare_marginals(first, second, HILLAS_PARAMETERS).set_index("column")
    for column in HILLAS_PARAMETERS:
        expected = stats.ks_2samp(first[column], second[column])
        assert table.loc[column, "ks_distance"] == pytest.approx(expected.statistic)
    assert correlation_differences(first, first, HILLAS_PARAMETERS) == (0, 0)
    expected = stats.spearmanr(first[HILLAS_PARAMETERS]).statistic
    np.testing.assert_allclose(rank_correlations(first, HILLAS_PARAMETERS), expected, atol=1e-12)


def test_wasserstein_distance_of_a_shift_is_the_shift():
    reference = pd.DataFrame({"x": stats.norm.ppf((np.arange(999) + 1) / 1000)})
    row = compare_marginals(reference + 0.3, reference, ["x"]).iloc[0]
    assert row["wasserstein"] == pytest.approx(0.3 / (2 * stats.norm.ppf(0.75)), rel=0.01)


def test_correlation_differences_by_hand():
    x = np.arange(100.0)
    same = pd.DataFrame({"a": x, "b": x, "c": x})
    one_reversed = same.assign(c=-x)
    assert correlation_differences(same, one_reversed, ["a", "b", "c"]) == pytest.approx(
        (2, np.sqrt(8 / 3))
    )
    constant = same.assign(c=0.0)
    assert correlation_differences(same, constant, ["a", "c"]) == pytest.approx((1, 1))
    pairs = compare_correlations(one_reversed, same, ["a", "b", "c"])
    assert len(pairs) == 9
    assert pairs["difference"].min() == pytest.approx(-2)


def test_holm_by_hand():
    assert holm_rejections([0.001, 0.013, 0.02, 0.04]) == 4
    assert holm_rejections([0.001, 0.02, 0.02, 0.5]) == 1
    assert holm_rejections([0.5, 0.9]) == 0


def test_quantiles_of_a_sample_against_itself_agree(world):
    first, second = quantile_pairs(world[2]["fSize"], world[2]["fSize"], 50)
    np.testing.assert_array_equal(first, second)


def test_the_envelope_holds_most_quantiles_of_a_fresh_sample():
    generator = np.random.default_rng(0)
    real = pd.Series(generator.standard_normal(20_000))
    lower, upper = quantile_envelope(real, 500, 40, 400, seed=1)
    inside = []
    for _ in range(400):
        fresh, _ = quantile_pairs(pd.Series(generator.standard_normal(500)), real, 40)
        inside.append(np.mean((lower <= fresh) & (fresh <= upper)))
    assert np.mean(inside) == pytest.approx(0.95, abs=0.02)


class TestTwoSampleTest:
    def test_the_same_law_cannot_be_told_apart(self, points):
        frames = [pd.DataFrame(p, columns=list("xyz")) for p in points]
        test = classifier_two_sample_test(frames[0], frames[1], seed=0)
        assert roc_auc_with_error(test.is_synthetic, test.score)[0] == pytest.approx(0.5, abs=0.06)

    def test_a_wrong_dependence_is_seen_and_a_linear_test_is_blind(self):
        generator = np.random.default_rng(0)
        x = generator.standard_normal(800)
        tied = pd.DataFrame({"x": x, "y": x + 0.3 * generator.standard_normal(800)})
        loose = pd.DataFrame({"x": tied["x"], "y": generator.permutation(tied["y"])})
        test = classifier_two_sample_test(tied, loose, seed=0)
        assert roc_auc_with_error(test.is_synthetic, test.score)[0] > 0.8
        linear = linear_two_sample_test(tied, loose, seed=0)
        auc = roc_auc_with_error(linear.is_synthetic, linear.score)[0]
        assert auc == pytest.approx(0.5, abs=0.06)

    def test_the_separating_column_is_named(self, points):
        first = pd.DataFrame(points[0], columns=list("xyz"))
        second = pd.DataFrame(points[1], columns=list("xyz")).assign(y=lambda t: t["y"] + 1)
        assert classifier_two_sample_test(first, second, seed=0).gain.idxmax() == "y"


class TestRocAuc:
    def test_agrees_with_scikit_learn(self):
        from sklearn.metrics import roc_auc_score

        generator = np.random.default_rng(0)
        truth = generator.random(500) < 0.3
        score = (generator.normal(truth, 1)).round(1)
        assert roc_auc_with_error(truth, score)[0] == pytest.approx(roc_auc_score(truth, score))

    def test_the_error_is_the_spread_of_repeated_samples(self):
        generator = np.random.default_rng(1)
        truth = np.arange(400) < 150
        results = [roc_auc_with_error(truth, generator.normal(truth, 1)) for _ in range(400)]
        values, errors = np.array(results).T
        assert errors.mean() == pytest.approx(values.std(), rel=0.12)


class TestEnergyDistance:
    def test_agrees_with_the_definition(self, points):
        first, second = points[0], points[1]
        expected = (
            2 * cdist(first, second).mean()
            - cdist(first, first).mean()
            - cdist(second, second).mean()
        )
        energy = EnergyDistance(first, second)
        assert energy.value() == pytest.approx(expected)
        group = np.arange(700) % 10
        without = energy.without_groups(group)[3]
        kept = group != 3
        both = np.concatenate([first, second])
        again = EnergyDistance(both[:300][kept[:300]], both[300:][kept[300:]])
        assert without == pytest.approx(again.value())

    def test_the_p_value_is_small_for_a_shift_only(self, points):
        assert EnergyDistance(points[0], points[1]).p_value(200, seed=0) > 0.05
        assert EnergyDistance(points[0], points[1] + 0.4).p_value(200, seed=0) < 0.01


class TestDiversity:
    def test_the_same_law_fills_the_space(self, points):
        shares = neighbourhood_shares(points[0], points[1][:300])
        assert shares["precision"].mean() > 0.9
        assert shares["recall"].mean() > 0.9
        assert shares["coverage"].mean() > 0.9
        assert shares["density"].mean() == pytest.approx(1, abs=0.12)

    def test_definitions_by_hand(self):
        reference = np.array([[0.0], [1], [2], [3], [4], [5], [100]])
        synthetic = np.array([[0.5], [1.5], [2.5], [3.5], [4.5], [5.5], [50]])
        shares = neighbourhood_shares(synthetic, reference)
        # the ball of each of the six near points holds all six near synthetic ones but the
        # farthest; that of the far point reaches back to 1
        assert shares["precision"].tolist() == [1, 1, 1, 1, 1, 1, 1]
        assert shares["coverage"].tolist() == [1] * 7
        assert shares["recall"].tolist() == [1, 1, 1, 1, 1, 1, 0]

    def test_a_lost_half_costs_recall_and_coverage(self, points):
        half = points[0][points[0][:, 0] > 0]
        shares = neighbourhood_shares(half, points[1])
        assert shares["recall"].mean() < 0.75
        assert shares["coverage"].mean() < 0.75
        assert shares["precision"].mean() > 0.9


class TestMemorisation:
    def test_points_on_segments_are_found(self, points):
        others = points[2]
        nearest = np.argsort(cdist(others, others), axis=1)[:, 1]
        between = others + 0.3 * (others[nearest] - others)
        assert on_a_segment(between, others).all()
        assert on_a_segment(points[0], others).mean() < 0.01

    def test_copies_are_not_authentic_and_fresh_points_are_half_of_the_time(self, points):
        assert not authentic(points[2][:50], points[2]).any()
        fresh = authentic(points[0], points[2]).mean()
        assert fresh == pytest.approx(0.5, abs=0.12)

    def test_an_attacker_recognises_copied_members(self, points):
        train, reference = points[2][:250], points[1][:250]
        copies = train[np.random.default_rng(0).integers(250, size=300)]
        closeness, calibrated, is_member = membership_scores(copies, train, reference)
        # 70 % of the members were copied at least once
        assert roc_auc_with_error(is_member, closeness)[0] > 0.75
        assert true_positives_at(calibrated, is_member)[0] == pytest.approx(0.70, abs=0.08)
        closeness, calibrated, is_member = membership_scores(points[0], train, reference)
        assert roc_auc_with_error(is_member, closeness)[0] == pytest.approx(0.5, abs=0.08)
        assert true_positives_at(calibrated, is_member)[0] < 0.06


class TestValidity:
    def test_decimals_are_counted(self):
        real = pd.DataFrame({"x": [0.1234, 2.0], "y": [1 / 3, 0.1]})
        table = pd.DataFrame({"x": [0.5, 0.12345, 7.1], "y": [0.1, 0.2, 1 / 7]})
        assert count_excess_decimals(table, real, ["x", "y"]) == 1

    def test_atoms_are_found_and_their_rate_compared(self):
        real = pd.DataFrame({"x": [0.0] * 30 + list(np.linspace(1, 2, 970)), "y": np.arange(1000)})
        atoms = find_atoms(real, ["x", "y"])
        assert atoms == {"x": [0.0]}
        assert special_rates(real, [], atoms)["x: repeated values"] == pytest.approx(0.03)


class TestNormalScores:
    def test_scores_are_standard_normal_and_come_back(self):
        generator = np.random.default_rng(0)
        values = generator.exponential(size=(4000, 2))
        normal = NormalScores()
        scores = normal.fit_transform(values, generator)
        assert stats.kstest(scores[:, 0], "norm").statistic < 0.001
        np.testing.assert_allclose(normal.inverse_transform(scores), values)
        np.testing.assert_allclose(normal.transform(values), scores, atol=1e-9)

    def test_the_map_goes_on_beyond_the_ends(self):
        normal = NormalScores().fit(np.arange(100.0)[:, np.newaxis])
        far = normal.transform(np.array([[-50.0], [150.0]]))
        assert far[0, 0] < -3
        assert far[1, 0] > 3
        np.testing.assert_allclose(normal.inverse_transform(far), [[-50.0], [150.0]])

    def test_a_repeated_value_takes_its_range_of_scores(self):
        generator = np.random.default_rng(0)
        values = np.concatenate([np.zeros(300), generator.uniform(1, 2, 700)])[:, np.newaxis]
        normal = NormalScores()
        scores = normal.fit_transform(values, generator)
        assert len(np.unique(scores)) == 1000
        assert (normal.inverse_transform(scores[:300]) == 0).all()
        drawn = normal.inverse_transform(generator.standard_normal((20_000, 1)))
        assert (drawn == 0).mean() == pytest.approx(0.3, abs=0.01)
