"""Separation by image parameters, on toys whose truth is known."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score
from toys import make_image_events

from showerforge.cameras.columns import IMAGE_PARAMETERS, SHAPE_PARAMETERS
from showerforge.classifiers.image_separation import (
    CLASSIFIERS,
    SeparationRecipe,
    judge,
    separate,
)
from showerforge.errors import InputError
from showerforge.events.splits import split_with_folds

RECIPE = SeparationRecipe(
    lightgbm={"n_estimators": 30, "learning_rate": 0.1},
    n_cut_steps=15,
    minimum_gamma_efficiency=0.5,
    minimum_surviving_hadrons=20,
    n_resamples=200,
    confidence=0.95,
    seed=0,
)


@pytest.fixture(scope="module")
def sides():
    return split_with_folds(make_image_events(1500, 1200), 0.3, 3, 0)


@pytest.fixture(scope="module")
def separated(sides):
    table, scores = separate(*sides, RECIPE, n_jobs=1)
    return table.set_index("classifier"), scores


def test_figures_are_those_of_an_independent_computation(sides, separated):
    test = sides[1]
    is_gamma = (test["particle"] == "gamma").to_numpy()
    table, scores = separated
    assert table.index.tolist() == [classifier.name for classifier in CLASSIFIERS]
    for name, row in table.iterrows():
        kept = scores[name].to_numpy() >= row["threshold"]
        assert row["roc_auc"] == pytest.approx(roc_auc_score(is_gamma, scores[name]))
        assert row["gamma_efficiency"] == pytest.approx(kept[is_gamma].mean())
        assert row["surviving_hadrons"] == kept[~is_gamma].sum()
        assert row["n_hadrons"] == (~is_gamma).sum()
        assert row["quality_factor"] == pytest.approx(
            kept[is_gamma].mean() / np.sqrt(kept[~is_gamma].mean())
        )
        for figure in ("roc_auc", "quality_factor", "gamma_efficiency"):
            assert row[f"{figure}_lower"] <= row[figure] <= row[f"{figure}_upper"]


def test_the_rule_of_the_cuts_keeps_what_their_threshold_keeps(sides, separated):
    test = sides[1]
    table, scores = separated
    row = table.loc["width_alpha_cuts"]
    limits = {
        part.split(" ≤ ")[0]: float(part.split(" ≤ ")[1].rstrip("°"))
        for part in row["rule"].split(", ")
    }
    assert set(limits) == {"width", "alpha"}
    by_rule = np.all([test[name] <= limit for name, limit in limits.items()], axis=0)
    by_threshold = scores["width_alpha_cuts"] >= row["threshold"]
    # the rule is written with three digits
    assert (by_rule != by_threshold).mean() < 0.02


def test_the_blind_do_not_see_directions(sides, separated):
    """Toys differ in direction and, less so, in width."""
    table, scores = separated
    assert table.loc["lightgbm", "roc_auc"] > table.loc["lightgbm_blind", "roc_auc"] + 0.02
    hidden = set(IMAGE_PARAMETERS) - set(SHAPE_PARAMETERS)
    assert {"alpha", "dist", "miss", "x", "y", "r", "phi", "psi", "asymmetry"} <= hidden
    generator = np.random.default_rng(1)
    train, test = (
        side.assign(**{name: generator.random(len(side)) for name in hidden}) for side in sides
    )
    again = separate(train, test, RECIPE, n_jobs=1)[1]
    for classifier in CLASSIFIERS:
        assert classifier.is_blind == again[classifier.name].equals(scores[classifier.name])


def test_threshold_is_chosen_without_the_test_events(sides, separated):
    train, test = sides
    other = separate(train, test.iloc[::2], RECIPE, n_jobs=1)[0].set_index("classifier")
    assert other["threshold"].equals(separated[0]["threshold"])


def test_intervals_are_by_shower(sides):
    """Images of a shower that are alike say no more than one of them."""
    train, test = sides
    generator = np.random.default_rng(0)
    once = test.drop_duplicates("group")
    scores = pd.DataFrame(
        {"lightgbm": generator.normal(once["particle"] == "gamma", 1)}, once.index
    )
    own = pd.DataFrame({"lightgbm": generator.normal(train["particle"] == "gamma", 1)}, train.index)
    copies = once.loc[once.index.repeat(5)]
    few = judge(train, own, once, scores, {}, RECIPE).iloc[0]
    many = judge(train, own, copies, scores.loc[copies.index], {}, RECIPE).iloc[0]
    width = [row["roc_auc_upper"] - row["roc_auc_lower"] for row in (few, many)]
    assert width[1] == pytest.approx(width[0], rel=0.25)


def test_too_few_hadrons_are_told(sides):
    recipe = SeparationRecipe(**{**vars(RECIPE), "minimum_surviving_hadrons": 10_000})
    with pytest.raises(InputError, match="10000 hadrons"):
        separate(*sides, recipe, n_jobs=1)
