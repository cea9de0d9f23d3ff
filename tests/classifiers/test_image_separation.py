"""Cuts and boosting on image parameters, on toys whose truth is known."""

import numpy as np
import pytest
from toys import make_image_events

from showerforge.cameras.columns import IMAGE_PARAMETERS, SHAPE_PARAMETERS
from showerforge.classifiers.image_judgement import CUTS, JudgementRecipe, ScoredEvents, judge
from showerforge.classifiers.image_separation import (
    CAMERA_CLASSIFIERS,
    FitRecipe,
    score_tables,
    write_rules,
)
from showerforge.events.schema import GAMMA
from showerforge.events.splits import split_with_folds
from showerforge.image_parameters import CameraModellingParameters

RECIPE = FitRecipe(
    lightgbm={"n_estimators": 30, "learning_rate": 0.1},
    n_cut_steps=15,
    minimum_gamma_efficiency=0.5,
    seed=0,
)


@pytest.fixture(scope="module")
def sides():
    return split_with_folds(make_image_events(1500, 1200), 0.3, 3, 0)


@pytest.fixture(scope="module")
def scores(sides):
    return score_tables(CAMERA_CLASSIFIERS, *sides, GAMMA, RECIPE, n_jobs=1)


def test_every_event_is_scored_by_every_classifier(sides, scores):
    names = [classifier.name for classifier in CAMERA_CLASSIFIERS]
    assert tuple(names) == CameraModellingParameters.table_classifiers
    for events, own in zip(sides, (scores.out_of_fold, scores.test), strict=True):
        assert own.columns.tolist() == names
        assert own.index.equals(events.index)
        assert own.notna().all(axis=None)
        assert own.ge(0).all(axis=None)
        assert own.le(1).all(axis=None)
    assert all(scores.cpu_seconds[name] > 0 for name in names)


def test_no_event_is_scored_by_a_classifier_that_has_seen_it(sides, scores):
    """A fold without any sense in its labels leaves its own scores as they are."""
    train, test = sides
    in_fold = train["fold"] == 1
    swapped = train["particle"].map({"gamma": "hadron", "hadron": "gamma"})
    garbled = train.assign(particle=train["particle"].where(~in_fold, swapped))
    again = score_tables(CAMERA_CLASSIFIERS, garbled, test, GAMMA, RECIPE, n_jobs=1)
    assert again.out_of_fold[in_fold].equals(scores.out_of_fold[in_fold])
    assert not again.out_of_fold[~in_fold].equals(scores.out_of_fold[~in_fold])


def test_the_rule_of_the_cuts_keeps_what_their_threshold_keeps(sides, scores):
    train, test = sides
    scored = ScoredEvents(train, test, scores.out_of_fold, scores.test, GAMMA)
    rules = write_rules(CAMERA_CLASSIFIERS, scores.cuts)
    assert set(rules) == {c.name for c in CAMERA_CLASSIFIERS if c.kind == CUTS}
    recipe = JudgementRecipe(0.5, 20, 100, 0.95, 0)
    table = judge(scored, CAMERA_CLASSIFIERS, rules, "gammaness", recipe).set_index("classifier")
    row = table.loc["width_alpha_cuts"]
    limits = {
        part.split(" ≤ ")[0]: float(part.split(" ≤ ")[1].rstrip("°"))
        for part in row["rule"].split(", ")
    }
    assert set(limits) == {"width", "alpha"}
    by_rule = np.all([test[name] <= limit for name, limit in limits.items()], axis=0)
    by_threshold = scores.test["width_alpha_cuts"] >= row["threshold"]
    # the rule is written with three digits
    assert (by_rule != by_threshold).mean() < 0.02
    assert table.loc["lightgbm", "rule"].startswith("gammaness ≥ 0.")
    # toys differ in direction and, less so, in width
    assert table.loc["lightgbm", "roc_auc"] > table.loc["lightgbm_blind", "roc_auc"] + 0.02


def test_the_blind_do_not_see_directions(sides, scores):
    hidden = set(IMAGE_PARAMETERS) - set(SHAPE_PARAMETERS)
    assert {"alpha", "dist", "miss", "x", "y", "r", "phi", "psi", "asymmetry"} <= hidden
    generator = np.random.default_rng(1)
    train, test = (
        side.assign(**{name: generator.random(len(side)) for name in hidden}) for side in sides
    )
    again = score_tables(CAMERA_CLASSIFIERS, train, test, GAMMA, RECIPE, n_jobs=1).test
    for classifier in CAMERA_CLASSIFIERS:
        name = classifier.name
        assert classifier.is_blind == again[name].equals(scores.test[name])
