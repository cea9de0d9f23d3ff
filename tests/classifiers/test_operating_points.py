"""Operating points on toy scores whose efficiencies are known in closed form.

Gammaness g of gammas has the distribution g^a, that of hadrons 1 - (1 - g)^b, so that a
threshold t keeps 1 - t^a of the gammas and (1 - t)^b of the hadrons.
"""

import numpy as np
import pandas as pd
import pytest

from showerforge.classifiers import operating_points as judge
from showerforge.classifiers.size_bins import judge_size_bins, size_bin_edges
from showerforge.metrics.figures_of_merit import Sky, figures_over_resamples
from showerforge.metrics.intervals import Estimate, bootstrap_weights, percentile_interval

STACK, CUT = "stack (real)", judge.CLASSICAL
#: exponents of gammas and hadrons
SHAPES = {STACK: (3.0, 4.0), CUT: (1.5, 2.0)}
SKY = Sky(6e5, 1e4, 0.2, 10.0)
RULES = judge.Rules(0.95, 10, 0.05)
SOURCES = judge.list_sources(SKY, [1.0, 0.1, 0.01], 600.0)
POINTS = {
    STACK: {judge.BEST_QUALITY: 0.7, "gamma efficiency 0.5": 0.72},
    CUT: {judge.BEST_QUALITY: 0.6, "gamma efficiency 0.5": 0.65},
}


def truth(name, threshold):
    a, b = SHAPES[name]
    return 1 - threshold**a, (1 - threshold) ** b


def draw(n_gammas, n_hadrons, seed=0):
    generator = np.random.default_rng(seed)
    is_gamma = np.arange(n_gammas + n_hadrons) < n_gammas
    uniform = generator.random((len(is_gamma), 2))
    scores = {
        name: np.where(is_gamma, u ** (1 / a), 1 - u ** (1 / b))
        for (name, (a, b)), u in zip(SHAPES.items(), uniform.T, strict=True)
    }
    return pd.DataFrame(scores), is_gamma


@pytest.fixture(scope="module")
def judged():
    scores, is_gamma = draw(4000, 3000)
    weights = bootstrap_weights(is_gamma, 400, seed=0)
    table = judge.judge_operating_points(scores, is_gamma, weights, POINTS, SOURCES, 0.75, RULES)
    return table, scores, is_gamma, weights


def pick(table, **where):
    for column, value in where.items():
        table = table[table[column] == value]
    (row,) = table.itertuples()
    return row


def test_sources_have_the_rates_of_their_flux():
    prior, one, tenth, hundredth = SOURCES
    assert prior.sky == SKY
    assert prior.gammas_per_hour == pytest.approx(60)
    assert prior.crab_flux == pytest.approx(0.1)
    assert [s.gammas_per_hour for s in (one, tenth, hundredth)] == pytest.approx([600, 60, 6])
    assert tenth.sky.hadrons_per_gamma == pytest.approx(SKY.hadrons_per_gamma)


def test_analyses_are_named_once_and_the_classical_comes_first():
    assert judge.analyses(STACK) == [CUT, "width_alpha_cuts (real)", STACK]
    assert judge.analyses("stack (real and synthetic)")[-1] == "stack (real and synthetic)"


def test_efficiencies_are_those_of_the_toy(judged):
    for name, points in POINTS.items():
        for point, threshold in points.items():
            efficiencies = []
            for figure, value, n in zip(
                ("gamma_efficiency", "hadron_efficiency"),
                truth(name, threshold),
                (4000, 3000),
                strict=True,
            ):
                row = pick(judged[0], candidate=name, operating_point=point, figure=figure)
                assert row.test_lower <= row.test <= row.test_upper
                assert row.test == pytest.approx(value, abs=4 * np.sqrt(value * (1 - value) / n))
                efficiencies.append(row.test)
            where = {"candidate": name, "operating_point": point, "figure": "quality_factor"}
            expected = efficiencies[0] / np.sqrt(efficiencies[1])
            assert pick(judged[0], **where).test == pytest.approx(expected)


def test_intervals_contain_the_truth_as_often_as_they_say():
    gammas, hadrons = truth(STACK, 0.7)
    # 12 hadrons are left on average, about as few as the rules let speak
    true_hours = judge._figures_of_source(np.array([gammas]), np.array([hadrons]), SKY)
    covered = []
    for seed in range(80):
        scores, is_gamma = draw(300, 1500, seed)
        weights = bootstrap_weights(is_gamma, 100, seed)
        only = {name: {judge.BEST_QUALITY: POINTS[name][judge.BEST_QUALITY]} for name in POINTS}
        table = judge.judge_operating_points(
            scores, is_gamma, weights, only, SOURCES[:1], 1.0, RULES
        )
        row = pick(table, candidate=STACK, figure="hours_to_5_sigma")
        if not np.isnan(row.test):
            covered.append(row.test_lower <= true_hours["hours_to_5_sigma"][0] <= row.test_upper)
    assert len(covered) > 50
    assert 0.87 <= np.mean(covered) <= 0.99


def test_agrees_with_the_figures_of_merit(judged):
    """The table of all models and that of the telescope tell the same numbers."""
    table, scores, is_gamma, weights = judged
    threshold = POINTS[STACK][judge.BEST_QUALITY]
    figures = figures_over_resamples(
        is_gamma, scores[STACK].to_numpy(), weights, threshold, SKY, is_probability=True
    )
    rows = table[(table["candidate"] == STACK)].set_index(["operating_point", "source", "figure"])
    for figure in ("purity", "hours_to_5_sigma"):
        row = rows.loc[(judge.BEST_QUALITY, judge.PRIOR, figure)]
        expected = percentile_interval(figures[figure], RULES.confidence)
        assert Estimate(row.test, row.test_lower, row.test_upper) == expected
    acceptance = rows.loc[("background 0.1", judge.ANY_SOURCE, "acceptance_0.1")]
    assert acceptance["test"] == figures["acceptance_0.1"][0]


def test_hours_scale_with_the_flux(judged):
    hours = {
        source: pick(
            judged[0],
            candidate=CUT,
            operating_point=judge.BEST_QUALITY,
            source=source,
            figure="hours_to_5_sigma",
        ).test
        for source in ("0.1 Crab", "0.01 Crab", judge.PRIOR)
    }
    assert hours["0.01 Crab"] / hours["0.1 Crab"] == pytest.approx(100, rel=0.01)
    assert hours[judge.PRIOR] == pytest.approx(hours["0.1 Crab"])


def test_times_shorter_is_paired(judged):
    """Its interval is narrower than that of two unpaired ones, and the ratio is Q squared."""
    table = judged[0]
    where = {"operating_point": judge.BEST_QUALITY, "source": judge.PRIOR}
    ratio = pick(table, candidate=STACK, figure="times_shorter_than_alpha_cut", **where)
    own, classical = (
        pick(table, candidate=name, figure="hours_to_5_sigma", **where) for name in (STACK, CUT)
    )
    assert ratio.test == pytest.approx(classical.test / own.test)
    assert ratio.test_lower > classical.test_lower / own.test_upper
    assert ratio.test_upper < classical.test_upper / own.test_lower
    q = [
        pick(table, candidate=n, operating_point=judge.BEST_QUALITY, figure="quality_factor").test
        for n in (STACK, CUT)
    ]
    assert ratio.test == pytest.approx((q[0] / q[1]) ** 2, rel=0.01)
    assert not table[table["candidate"] == CUT]["figure"].str.startswith("times").any()


def test_little_signal_is_marked(judged):
    rows = judged[0][judged[0]["figure"] == "hours_to_5_sigma"]
    ratio = judged[0][judged[0]["figure"] == "signal_to_background"]["test"].to_numpy()
    is_marked = rows["remark"].str.contains("systematics come first").to_numpy()
    assert (is_marked == (ratio < 0.05)).all()
    assert is_marked.any()
    strict = judge.judge_operating_points(
        *judged[1:3], judged[3][:2], POINTS, SOURCES, 0.75, judge.Rules(0.95, 10, 0.0)
    )
    assert (strict["remark"] == "").all()


def test_too_few_hadrons_are_told_instead_of_a_number():
    scores, is_gamma = draw(2000, 300)
    weights = bootstrap_weights(is_gamma, 100, seed=0)
    points = {STACK: {"strict": 0.9}, CUT: {"strict": 0.6}}
    table = judge.judge_operating_points(scores, is_gamma, weights, points, SOURCES, 0.15, RULES)
    rows = table[(table["candidate"] == STACK) & table["threshold"].notna()]
    assert (rows["surviving_hadrons"] < 10).all()
    told = rows[rows["test"].notna()]
    assert list(told["figure"]) == ["gamma_efficiency"]
    assert (rows.drop(told.index)["remark"] == judge.TOO_FEW).all()
    assert table[table["candidate"] == CUT]["test"].notna().all()


def test_nothing_is_compared_with_an_alpha_cut_that_leaves_too_few():
    scores, is_gamma = draw(2000, 300)
    weights = bootstrap_weights(is_gamma, 100, seed=0)
    points = {CUT: {"strict": 0.95}, STACK: {"strict": 0.5}}
    table = judge.judge_operating_points(scores, is_gamma, weights, points, SOURCES, 0.15, RULES)
    rows = table[(table["candidate"] == STACK) & table["threshold"].notna()]
    is_ratio = rows["figure"] == "times_shorter_than_alpha_cut"
    assert (rows["test"].isna() == is_ratio).all()
    assert (rows.loc[is_ratio, "remark"] == judge.TOO_FEW).all()


def test_weights_carry_the_statistics(judged):
    """Weighting an event twice is having it twice."""
    _, scores, is_gamma, _ = judged
    counts = np.random.default_rng(0).integers(0, 3, len(is_gamma))
    repeated = np.repeat(np.arange(len(is_gamma)), counts)
    tables = [
        judge.judge_operating_points(s, g, np.vstack([w, w]), POINTS, SOURCES, 0.75, RULES)
        for s, g, w in (
            (scores, is_gamma, counts.astype(float)),
            (scores.iloc[repeated], is_gamma[repeated], np.ones(len(repeated))),
        )
    ]
    np.testing.assert_allclose(tables[0]["test"], tables[1]["test"], rtol=1e-9)


def test_thresholds_of_efficiencies_keep_what_they_say():
    scores, is_gamma = draw(4000, 100)
    points = judge.choose_operating_points(
        scores, is_gamma, np.ones((1, len(is_gamma))), {STACK: 0.5, CUT: 0.4}, [0.3, 0.9]
    )
    assert points[CUT][judge.BEST_QUALITY] == 0.4
    for name, of_name in points.items():
        for share in (0.3, 0.9):
            threshold = of_name[f"gamma efficiency {share}"]
            kept = scores[name].to_numpy()[is_gamma] >= threshold
            assert kept.sum() == round(4000 * share)
            assert threshold == pytest.approx((1 - share) ** (1 / SHAPES[name][0]), abs=0.03)


def test_curves_end_where_everything_is_kept(judged):
    _, scores, is_gamma, weights = judged
    curves = judge.detection_curves(scores, is_gamma, weights, SKY)
    last = curves[curves["candidate"] == STACK].iloc[-1]
    assert last["gamma_efficiency"] == 1
    assert last["surviving_hadrons"] == 3000
    assert last["signal_to_background"] == pytest.approx(1e-4)
    assert (curves["gamma_efficiency"] > 0).all()


class TestSizeBins:
    edges = size_bin_edges(np.linspace(2, 4, 2001), 4)

    def judge(self, sizes, rules=RULES, n_hadrons=3000, thresholds=None):
        scores, is_gamma = draw(4000, n_hadrons)
        weights = bootstrap_weights(is_gamma, 200, seed=0)
        thresholds = thresholds or {STACK: 0.7, CUT: 0.6}
        size = np.resize(sizes, len(is_gamma))
        return judge_size_bins(scores, is_gamma, size, weights, thresholds, self.edges, rules)

    def test_edges_are_quantiles_of_training_events(self):
        np.testing.assert_allclose(self.edges, [2, 2.5, 3, 3.5, 4])

    def test_every_event_is_in_one_bin_even_beyond_the_edges(self):
        table = self.judge([1.0, 2.2, 2.5, 3.2, 3.9, 7.0])
        counts = table[table["figure"] == "roc_auc"].groupby("candidate")
        assert (counts["n_gammas"].sum() == 4000).all()
        assert (counts["n_hadrons"].sum() == 3000).all()
        in_second = table[(table["bin"] == 1) & (table["figure"] == "roc_auc")]
        assert in_second["size_median"].eq(2.5).all()  # a lower edge belongs to its bin

    def test_bins_of_the_same_scores_agree_with_the_toy(self):
        """Size says nothing about the toy scores, so that every bin has the same truth."""
        table = self.judge([2.2, 2.7, 3.2, 3.7])
        gammas, hadrons = truth(STACK, 0.7)
        for figure, value in (("gamma_efficiency", gammas), ("hadron_efficiency", hadrons)):
            rows = table[(table["figure"] == figure) & (table["candidate"] == STACK)]
            covered = (rows["test_lower"] <= value) & (value <= rows["test_upper"])
            assert covered.sum() >= 3
        assert table.groupby("candidate")["threshold"].nunique().eq(1).all()

    def test_few_hadrons_are_marked_and_none_is_no_number(self):
        table = self.judge([2.2, 2.7, 3.2, 3.7], thresholds={STACK: 0.9, CUT: 1.0})
        assert (table["surviving_hadrons"] < 10).all()
        for row in table.itertuples():
            if row.figure not in ("hadron_efficiency", "quality_factor"):
                assert row.remark == ""
            elif row.surviving_hadrons == 0:
                assert (row.remark, np.isnan(row.test)) == (judge.TOO_FEW, True)
            else:
                assert row.remark == f"only {row.surviving_hadrons} hadrons left"

    def test_nothing_is_said_of_an_empty_bin(self):
        table = self.judge([2.2, 2.7, 3.2])
        rows = table[table["bin"] == 3]
        assert (rows["n_hadrons"] == 0).all()
        assert rows["test"].isna().all()
        assert (rows["remark"] == judge.TOO_FEW).all()
