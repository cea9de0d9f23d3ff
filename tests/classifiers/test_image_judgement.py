"""Judging, combining and comparing scores whose truth is known."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score
from toys import make_image_events

from showerforge.classifiers.image_judgement import (
    COMBINATION,
    NETWORK,
    Described,
    JudgementRecipe,
    Question,
    ScoredEvents,
    choose_thresholds,
    combine,
    compare,
    judge,
)
from showerforge.errors import InputError
from showerforge.events.schema import GAMMA
from showerforge.events.splits import split_with_folds

RECIPE = JudgementRecipe(
    minimum_gamma_efficiency=0.5,
    minimum_surviving_hadrons=20,
    n_resamples=200,
    confidence=0.95,
    seed=0,
)
#: how far gammas score above hadrons, in standard deviations
STRENGTHS = {"weak": 0.8, "strong": 1.6, "other": 1.6, "useless": 0.0}
CLASSIFIERS = [Described(name, name.capitalize(), NETWORK) for name in STRENGTHS]


def draw_scores(events, seed):
    """Draw independent scores of each strength."""
    generator = np.random.default_rng(seed)
    is_gamma = (events["particle"] == GAMMA).to_numpy()
    logits = {
        name: generator.normal(strength * is_gamma, 1) for name, strength in STRENGTHS.items()
    }
    return 1 / (1 + np.exp(-pd.DataFrame(logits, events.index)))


@pytest.fixture(scope="module")
def scored():
    train, test = split_with_folds(make_image_events(1500, 1200), 0.3, 3, 0)
    return ScoredEvents(train, test, draw_scores(train, 1), draw_scores(test, 2), GAMMA)


def test_figures_are_those_of_an_independent_computation(scored):
    is_gamma = scored.is_signal(scored.test)
    table = judge(scored, CLASSIFIERS, {}, "gammaness", RECIPE).set_index("classifier")
    assert table.index.tolist() == list(STRENGTHS)
    for name, row in table.iterrows():
        kept = scored.on_test[name].to_numpy() >= row["threshold"]
        assert row["roc_auc"] == pytest.approx(roc_auc_score(is_gamma, scored.on_test[name]))
        assert row["gamma_efficiency"] == pytest.approx(kept[is_gamma].mean())
        assert row["surviving_hadrons"] == kept[~is_gamma].sum()
        assert row["n_hadrons"] == (~is_gamma).sum()
        quality = kept[is_gamma].mean() / np.sqrt(kept[~is_gamma].mean())
        assert row["quality_factor"] == pytest.approx(quality)
        for figure in ("roc_auc", "quality_factor", "gamma_efficiency"):
            assert row[f"{figure}_lower"] <= row[figure] <= row[f"{figure}_upper"]


def test_threshold_is_chosen_without_the_test_events(scored):
    other = ScoredEvents(
        scored.train, scored.test, scored.out_of_fold, 1 - scored.on_test, scored.signal
    )
    assert choose_thresholds(other, RECIPE) == choose_thresholds(scored, RECIPE)


def test_all_thresholds_are_chosen_on_events_that_all_have_scored(scored):
    """Networks leave out some of the folds only."""
    unknown = (scored.train["fold"] == 2).to_numpy()
    partly = scored.out_of_fold.copy()
    partly.loc[unknown, "strong"] = np.nan
    gaps = ScoredEvents(scored.train, scored.test, partly, scored.on_test, scored.signal)
    without = ScoredEvents(
        scored.train[~unknown],
        scored.test,
        scored.out_of_fold[~unknown],
        scored.on_test,
        scored.signal,
    )
    assert choose_thresholds(gaps, RECIPE) == choose_thresholds(without, RECIPE)


def test_intervals_are_by_shower(scored):
    """Images of a shower that are alike say no more than one of them."""
    once = scored.test.drop_duplicates("group")
    copies = once.loc[once.index.repeat(5)]
    widths = []
    for test in (once, copies):
        own = scored.on_test.loc[test.index]
        events = ScoredEvents(scored.train, test, scored.out_of_fold, own, scored.signal)
        row = judge(events, CLASSIFIERS, {}, "gammaness", RECIPE).iloc[0]
        widths.append(row["roc_auc_upper"] - row["roc_auc_lower"])
    assert widths[1] == pytest.approx(widths[0], rel=0.25)


def test_too_few_hadrons_are_told(scored):
    recipe = JudgementRecipe(**{**vars(RECIPE), "minimum_surviving_hadrons": 10_000})
    with pytest.raises(InputError, match="10000 hadrons"):
        judge(scored, CLASSIFIERS, {}, "gammaness", recipe)


def test_a_combination_of_independent_scores_adds_their_squares(scored):
    """Two Gaussian scores of the same strength are worth one of sqrt(2) times it."""
    combined = combine(scored, ["strong", "other"], COMBINATION)
    is_gamma = scored.is_signal(scored.test)
    from scipy.special import ndtr

    expected = ndtr(np.sqrt(2) * STRENGTHS["strong"] / np.sqrt(2))
    assert roc_auc_score(is_gamma, combined.on_test[COMBINATION]) == pytest.approx(
        expected, abs=0.015
    )


def test_what_is_useless_does_no_harm_to_a_combination(scored):
    combined = combine(scored, ["strong", "useless"], COMBINATION)
    is_gamma = scored.is_signal(scored.test)
    auc = [roc_auc_score(is_gamma, combined.on_test[name]) for name in ("strong", COMBINATION)]
    assert auc[1] == pytest.approx(auc[0], abs=0.005)


def test_validation_scores_of_a_combination_know_nothing_of_their_fold(scored):
    in_fold = scored.train["fold"] == 1
    swapped = scored.train["particle"].map({"gamma": "hadron", "hadron": "gamma"})
    garbled = scored.train.assign(particle=scored.train["particle"].where(~in_fold, swapped))
    other = ScoredEvents(garbled, scored.test, scored.out_of_fold, scored.on_test, GAMMA)
    before, after = (
        combine(events, ["weak", "strong"], COMBINATION).out_of_fold[COMBINATION]
        for events in (scored, other)
    )
    assert after[in_fold].equals(before[in_fold])
    assert not after[~in_fold].equals(before[~in_fold])


def test_paired_comparisons_find_what_is_better_and_what_is_not(scored):
    questions = [
        Question("stronger?", "strong", "weak"),
        Question("weaker?", "weak", "strong"),
        Question("another of the same?", "strong", "other"),
        Question("itself?", "strong", "strong"),
    ]
    table = compare(scored, CLASSIFIERS, questions, RECIPE)
    assert len(table) == 2 * len(questions)
    of_auc = table[table["figure"] == "roc_auc"].set_index("question")
    assert of_auc["answer"].tolist() == ["better", "worse", "no clear change", "no clear change"]
    assert of_auc.loc["itself?", ["change", "lower", "upper"]].tolist() == [0, 0, 0]
    assert of_auc.loc["stronger?", "change"] == -of_auc.loc["weaker?", "change"]
    is_gamma = scored.is_signal(scored.test)
    auc = [roc_auc_score(is_gamma, scored.on_test[name]) for name in ("strong", "weak")]
    assert of_auc.loc["stronger?", "change"] == pytest.approx(auc[0] - auc[1])


def test_a_table_without_questions_has_its_columns(scored):
    asked = compare(scored, CLASSIFIERS, [Question("", "weak", "strong")], RECIPE)
    nothing = compare(scored, CLASSIFIERS, [], RECIPE)
    assert nothing.empty
    assert nothing.columns.tolist() == asked.columns.tolist()


def test_pairs_vary_less_than_each_of_them(scored):
    """The interval of a difference knows that both were judged on the same events."""
    noise = np.random.default_rng(0).normal(0, 0.02, len(scored.test))
    alike = scored.with_scores("alike", scored.out_of_fold["strong"], 0)
    alike.on_test["alike"] = (alike.on_test["strong"] + noise).clip(0, 1)
    classifiers = [*CLASSIFIERS, Described("alike", "Alike", NETWORK)]
    change = compare(alike, classifiers, [Question("", "alike", "strong")], RECIPE).iloc[0]
    single = judge(alike, classifiers, {}, "gammaness", RECIPE).set_index("classifier")
    width = single.loc["strong", "roc_auc_upper"] - single.loc["strong", "roc_auc_lower"]
    assert change["upper"] - change["lower"] < 0.5 * width


def test_a_quality_factor_without_background_is_better_than_any_with(scored):
    """And two such cannot be told apart."""
    is_gamma = {side: scored.is_signal(getattr(scored, side)) for side in ("train", "test")}
    perfect = scored.with_scores("perfect", scored.out_of_fold["strong"], is_gamma["test"] * 1.0)
    perfect = perfect.with_scores("as good", scored.out_of_fold["strong"], is_gamma["test"] * 1.0)
    classifiers = [*CLASSIFIERS, *(Described(n, n, NETWORK) for n in ("perfect", "as good"))]
    questions = [Question("a", "perfect", "strong"), Question("b", "perfect", "as good")]
    table = compare(perfect, classifiers, questions, RECIPE)
    of_quality = table[table["figure"] == "quality_factor"].set_index("question")
    assert of_quality.loc["a", "lower"] == np.inf
    assert of_quality.loc["a", "answer"] == "better"
    assert of_quality.loc["b", ["change", "lower", "upper"]].tolist() == [0, 0, 0]
