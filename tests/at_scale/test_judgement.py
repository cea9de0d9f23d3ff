import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit

from showerforge.at_scale.judgement import (
    N_BINS,
    bin_centres,
    bin_edges,
    choose_thresholds,
    count_scores,
    find_bins,
    judge,
    weigh_bins,
)
from showerforge.at_scale.labelled import LabelledBatch
from showerforge.at_scale.splits import Side, hash_rows
from showerforge.classifiers.names import Candidate, Training
from showerforge.errors import InputError
from showerforge.metrics.figures_of_merit import Sky, figures_over_resamples
from showerforge.metrics.intervals import bootstrap_weights, percentile_interval
from showerforge.metrics.separation import choose_threshold

SKY = Sky(600_000.0, 10_000.0, 0.2)
CANDIDATE = Candidate("xgboost", Training.REAL)
N = 6000


def make_batch(n=N, copies=1, side=Side.TEST, seed=0):
    """Draw scored events, some of which are copies of others."""
    generator = np.random.default_rng(seed)
    is_gamma = np.tile(generator.random(n) < 0.6, copies)
    scores = np.tile(expit(generator.normal(0, 1.5, n)), copies)
    scores = expit(logit(scores) + 2.2 * is_gamma - 1.1)
    weights = np.tile(generator.uniform(0.2, 3, n), copies)
    groups = hash_rows(pd.Series(np.tile(np.arange(n), copies)))
    sides = np.full(n * copies, side, np.int8)
    rows = np.arange(n * copies)
    nothing = np.zeros((n * copies, 10))
    return LabelledBatch(nothing, is_gamma, weights, groups, sides, rows, None, []), scores


def count(batch, scores, **changes):
    return count_scores(batch, batch.weight, scores, 0, **changes)


def judge_batch(batch, scores, n_resamples=300, threshold=0.7):
    return judge(
        count(batch, scores), CANDIDATE, {"best Q": threshold}, SKY, n_resamples, 0.95, 10, 0
    )


@pytest.fixture(scope="module")
def scored():
    return make_batch()


@pytest.fixture(scope="module")
def judged(scored):
    threshold = bin_edges()[find_bins(np.array([0.7]))[0]]
    return judge_batch(*scored, threshold=threshold), threshold


def figures_of(batch, scores, threshold, n_resamples=300):
    """Compute the figures of merit of the events themselves."""
    weights = batch.weight * bootstrap_weights(batch.is_gamma, n_resamples, 1)
    return figures_over_resamples(batch.is_gamma, scores, weights, threshold, SKY, True)


def test_bins_hold_what_is_between_their_edges():
    edges, centres = bin_edges(), bin_centres()
    assert ((edges[:-1] < centres) & (centres < edges[1:])).all()
    assert find_bins(centres).tolist() == list(range(N_BINS))
    assert find_bins(np.array([0.0, 1.0])).tolist() == [0, N_BINS - 1]
    # so that F1 is exact
    assert 0.5 in edges
    assert find_bins(edges[:-1]).tolist() == list(range(N_BINS))


def test_figures_are_those_of_the_events(scored, judged):
    judgement, threshold = judged
    wanted = {name: values[0] for name, values in figures_of(*scored, threshold, 1).items()}
    found = judgement.figures.set_index("figure")["test"]
    assert set(found.index) == set(wanted)
    for name, value in wanted.items():
        assert found[name] == pytest.approx(value, rel=1e-2, abs=1e-6), name
    assert found["roc_auc"] == pytest.approx(wanted["roc_auc"], abs=2e-5)
    # nothing of what is at an edge is rounded
    for name in ("f1_gamma", "f1_hadron", "quality_factor", "purity", "hours_to_5_sigma"):
        assert found[name] == pytest.approx(wanted[name], rel=1e-9), name


def test_intervals_are_as_wide_as_those_of_the_events(scored, judged):
    judgement, threshold = judged
    wanted = figures_of(*scored, threshold)
    for row in judgement.figures.itertuples():
        assert row.test_lower <= row.test <= row.test_upper
        interval = percentile_interval(wanted[row.figure], 0.95)
        ratio = (row.test_upper - row.test_lower) / (interval.upper - interval.lower)
        assert 0.7 < ratio < 1.4, row.figure


def test_copies_say_nothing_new(judged):
    judgement, threshold = judged
    copied = judge_batch(*make_batch(copies=9), threshold=threshold)
    once, often = (j.figures.set_index("figure") for j in (judgement, copied))
    np.testing.assert_allclose(often["test"], once["test"], rtol=1e-9)
    np.testing.assert_allclose(often["test_lower"], once["test_lower"], rtol=1e-6)


def test_counts_of_parts_add_up(scored):
    batch, scores = scored
    whole = count(batch, scores)
    cut = 1234
    parts = []
    for rows in (slice(cut), slice(cut, None)):
        part = LabelledBatch(
            *(getattr(batch, name)[rows] for name in ("events", "is_gamma", "weight", "groups")),
            batch.sides[rows],
            batch.rows[rows],
            None,
            [],
        )
        parts.append(count(part, scores[rows]))
    joined = parts[0] + parts[1]
    for name in ("test", "test_events", "validation", "validation_squares"):
        np.testing.assert_allclose(
            getattr(joined, name).toarray(), getattr(whole, name).toarray(), rtol=1e-12
        )
    assert whole.validation.nnz == 0


def test_resamples_have_the_weight_of_the_sample_on_the_mean(scored):
    counts = count(*scored)
    weights = weigh_bins(counts, 200, 0)
    assert weights[0].sum() == pytest.approx(scored[0].weight.sum())
    spread = weights[1:].sum(axis=1).std() / np.sqrt(200)
    assert abs(weights[1:].sum(axis=1).mean() - weights[0].sum()) < 5 * spread


@pytest.fixture(scope="module")
def validation():
    return make_batch(side=Side.VALIDATION)


@pytest.fixture(scope="module")
def thresholds(validation):
    return choose_thresholds(count(*validation), 0.5, 30, [0.3, 0.9])


def test_best_threshold_is_that_of_the_events(validation, thresholds):
    batch, scores = validation
    exact = choose_threshold(batch.is_gamma, scores, 0.5, 30, batch.weight)
    assert logit(thresholds["best Q"]) == pytest.approx(logit(exact), abs=3 * 32 / N_BINS)


def test_thresholds_keep_the_shares_of_gammas(validation, thresholds):
    batch, scores = validation
    gammas = batch.weight * batch.is_gamma
    for share in (0.3, 0.9):
        kept = gammas[scores >= thresholds[f"gamma efficiency {share}"]].sum() / gammas.sum()
        assert share <= kept < share + 0.01


def test_too_few_hadrons_for_a_threshold_are_an_error(validation):
    with pytest.raises(InputError, match="No threshold keeps 3000 hadrons"):
        choose_thresholds(count(*validation), 0.5, 3000, [])


def test_background_of_too_few_hadrons_is_not_told(scored):
    batch, scores = scored
    judgement = judge(
        count(batch, scores), CANDIDATE, {"best Q": 0.5, "strict": 0.9999}, SKY, 50, 0.95, 10, 0
    )
    points = judgement.operating_points
    strict = points[points["operating_point"] == "strict"].set_index("figure")
    assert strict["surviving_hadrons"].iloc[0] < 10
    assert np.isnan(strict.loc["hadron_efficiency", "test"])
    loose = points[points["operating_point"] == "best Q"].set_index("figure")
    hadrons = ~batch.is_gamma
    assert loose["surviving_hadrons"].iloc[0] == (hadrons & (scores >= 0.5)).sum()
    share = batch.weight[hadrons & (scores >= 0.5)].sum() / batch.weight[hadrons].sum()
    assert loose.loc["hadron_efficiency", "test"] == pytest.approx(share)
