"""The gates against scipy, and the certificate against controls of known quality."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from toys import make_events

from showerforge.events.features import with_features
from showerforge.events.schema import HILLAS_PARAMETERS
from showerforge.validation.certificate import (
    Verdict,
    holm_rejections,
    matched_sizes,
    real_against_real,
)
from showerforge.validation.dependence import largest_correlation_difference, rank_correlations
from showerforge.validation.leakage import exact_copies, groups_on_both_sides, parents_outside
from showerforge.validation.marginals import compare_marginals, ks_distance, quantile_pairs
from showerforge.validation.table_certificate import Margins, certify
from showerforge.validation.validity import count_broken_identities

SETS = ["engineered"]
MARGINS = Margins(soft_rate=0.01, ks_distance=0.02, correlation=0.03)


@pytest.fixture(scope="module")
def world():
    """Training and held-out events, and more of the same law that nobody has seen."""
    events = with_features(make_events(3000, 3000, seed=1), SETS)
    fresh = with_features(make_events(0, 1500, seed=2), SETS)
    train, reference = events.iloc[:4500], events.iloc[4500:]
    return train, reference, fresh.assign(parent=pd.NA, neighbour=pd.NA)


def verdicts(certificate):
    return {(gate.code, gate.metric): gate.verdict for gate in certificate.gates}


def failed(certificate):
    return {gate.code for gate in certificate.gates if gate.verdict is Verdict.FAIL}


def certificate_of(synthetic, world, constraints):
    train, reference, _ = world
    return certify(synthetic, train, reference, constraints, SETS, MARGINS, 40, 0, "test generator")


def test_a_fresh_sample_of_the_same_law_passes(world, constraints):
    certificate = certificate_of(world[2], world, constraints)
    assert failed(certificate) == set()
    assert certificate.verdict is Verdict.PASS
    assert certificate.to_json()["verdict"] == "pass"


def test_a_copy_of_training_events_fails_memorisation(world, constraints):
    train = world[0]
    hadrons = train[train["particle"] == "hadron"].sample(1500, replace=True, random_state=0)
    copy = hadrons.assign(parent=hadrons.index, neighbour=pd.NA)
    assert failed(certificate_of(copy, world, constraints)) == {"G6"}


def test_shuffled_columns_fail_dependence(world, constraints):
    generator = np.random.default_rng(0)
    shuffled = world[2].copy()
    for column in HILLAS_PARAMETERS:
        shuffled[column] = generator.permutation(shuffled[column])
    shuffled = with_features(shuffled, SETS)
    codes = failed(certificate_of(shuffled, world, constraints))
    assert {"G1", "G3"} <= codes
    assert "G2" not in codes


def test_a_shifted_parameter_fails_marginals_only(world, constraints):
    shifted = world[2].copy()
    shifted["fDist"] *= 1.15
    shifted = with_features(shifted, SETS)
    assert failed(certificate_of(shifted, world, constraints)) == {"G2"}


def test_interpolated_features_fail_the_identities(world, constraints):
    interpolated = world[2].copy()
    interpolated["shower_density"] *= 1.02
    certificate = certificate_of(interpolated, world, constraints)
    assert failed(certificate) == {"G1"}
    assert count_broken_identities(interpolated, SETS) == len(interpolated)
    assert count_broken_identities(world[2], SETS) == 0


def test_a_parent_from_the_hold_out_fails_leakage(world, constraints):
    leaky = world[2].copy()
    leaky["parent"] = leaky["parent"].astype("Int64")
    leaky.loc[leaky.index[0], "parent"] = int(world[1].index[0])
    assert failed(certificate_of(leaky, world, constraints)) == {"G0"}
    assert parents_outside(leaky, world[0].index) == 1


def test_too_few_events_are_not_judged(world, constraints):
    certificate = certify(
        world[2], world[0], world[1].head(15), constraints, SETS, MARGINS, 40, 0, "g"
    )
    assert Verdict.NOT_ENOUGH_DATA in verdicts(certificate).values()
    assert certificate.verdict is not Verdict.PASS


def test_distances_agree_with_scipy(world):
    first, second = world[0], world[2]
    table = compare_marginals(first, second, HILLAS_PARAMETERS).set_index("column")
    for column in HILLAS_PARAMETERS:
        expected = stats.ks_2samp(first[column], second[column]).statistic
        assert ks_distance(first[column], second[column]) == pytest.approx(expected)
        assert table.loc[column, "ks_distance"] == pytest.approx(expected)
    correlations = rank_correlations(first, HILLAS_PARAMETERS).to_numpy()
    expected = stats.spearmanr(first[HILLAS_PARAMETERS]).statistic
    np.testing.assert_allclose(correlations, expected, atol=1e-12)
    assert largest_correlation_difference(first, first, HILLAS_PARAMETERS) == 0


def test_wasserstein_distance_of_a_shift_is_the_shift():
    reference = pd.DataFrame({"x": stats.norm.ppf((np.arange(999) + 1) / 1000)})
    shifted = reference + 0.3
    row = compare_marginals(shifted, reference, ["x"]).iloc[0]
    assert row["wasserstein"] == pytest.approx(0.3 / (2 * stats.norm.ppf(0.75)), rel=0.01)


def test_quantiles_of_a_sample_against_itself_agree(world):
    first, second = quantile_pairs(world[2]["fSize"], world[2]["fSize"], 50)
    np.testing.assert_array_equal(first, second)


def test_real_parts_are_disjoint_and_of_the_right_size(world):
    sizes = []

    def distance(first, second):
        assert not set(first.index) & set(second.index)
        sizes.append((len(first), len(second)))
        return 0.0

    real_against_real(world[0], distance, (3000, 1000), 3, seed=0)
    assert set(sizes) == {(3000, 1000)}


def test_sizes_are_shrunk_together_to_what_there_is():
    assert matched_sizes(3000, 1000, 6000) == (3000, 1000)
    assert matched_sizes(6000, 2000, 4000) == (3000, 1000)


def test_far_more_synthetic_than_real_events_are_still_judged_fairly(world, constraints):
    many = with_features(make_events(0, 20_000, seed=3), SETS)
    many = many.assign(parent=pd.NA, neighbour=pd.NA)
    assert failed(certificate_of(many, world, constraints)) == set()


def test_holm_by_hand():
    assert holm_rejections([0.001, 0.013, 0.02, 0.04]) == 4
    assert holm_rejections([0.001, 0.02, 0.02, 0.5]) == 1
    assert holm_rejections([0.5, 0.9]) == 0


def test_copies_and_split_groups_are_counted(world):
    train, reference, fresh = world
    assert exact_copies(train.head(7), train, HILLAS_PARAMETERS) == 7
    assert exact_copies(fresh, train, HILLAS_PARAMETERS) == 0
    assert groups_on_both_sides(train, reference) == 0
    assert groups_on_both_sides(train, train.head(3)) == 3
