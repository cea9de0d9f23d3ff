"""Whether generated images help: on toys where they must, and where they must not."""

from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pandas as pd
import pytest
from image_generator_toys import SpotGenerator, make_training
from networks_toys import make_images as make_squares
from networks_toys import make_settings, square_layout
from sklearn.metrics import roc_auc_score
from toys import make_image_events

from showerforge.cameras.cleaning import clean
from showerforge.cameras.columns import IMAGE_PARAMETERS
from showerforge.cameras.hillas import parametrise
from showerforge.cameras.settings import CleaningSettings, ViewSettings
from showerforge.classifiers.image_utility import (
    ALL,
    ARMS,
    FEW,
    LIGHTGBM,
    WITH_BALANCED,
    WITH_GENERATED,
    UtilityRecipe,
    choose_few,
    run_study,
)
from showerforge.classifiers.image_utility_table import QUESTIONS, judge_study
from showerforge.classifiers.labelled_images import LabelledImages, label_generated
from showerforge.errors import InputError
from showerforge.events.constraints import Constraint
from showerforge.events.splits import split_train_test
from showerforge.generators.images.drawing import stream_images

SIDE = 8
LAYOUT = square_layout(SIDE)
RECIPE = UtilityRecipe(
    signal="gamma",
    n_few=32,
    n_generated=500,
    n_repeats=5,
    validation_fraction=0.25,
    tail_energy=5.0,
    columns=IMAGE_PARAMETERS,
    lightgbm=MappingProxyType({"n_estimators": 40, "learning_rate": 0.1}),
    network=None,
    layout=LAYOUT,
    n_resamples=200,
    confidence=0.95,
    seed=0,
)


def make_labelled(n_each, seed, generator=""):
    """Measured toy images with pictures whose signal has a bright spot."""
    table = make_image_events(n_each, n_each, seed)
    draws = np.random.default_rng(seed)
    table["true_energy"] = 2 * (1 - draws.random(len(table))) ** -0.6
    table["row"] = np.arange(len(table))
    pictures, is_signal = make_squares(2 * len(table), SIDE, seed)
    of_class = {True: pictures[is_signal], False: pictures[~is_signal]}
    images = np.stack([of_class[p == "gamma"][row] for row, p in enumerate(table["particle"])])
    if generator:
        table = table.assign(generator=generator, group=-1 - np.arange(len(table)))
    return LabelledImages(table, lambda rows: images[rows])


@pytest.fixture(scope="module")
def sides():
    images = make_labelled(1600, seed=0)
    train, test = split_train_test(images.table, 0.4, 0)
    return images.take(train), images.take(test)


def perfect(few, n, seed):
    """A generator that draws of the truth."""
    return {
        WITH_GENERATED: make_labelled(n, 1000 + seed, "perfect"),
        WITH_BALANCED: make_labelled(n, 2000 + seed, "perfect"),
    }


def mistaken(few, n, seed):
    """A generator that takes each particle for the other."""
    swap = {"gamma": "hadron", "hadron": "gamma"}
    return {
        arm: images.take(images.table.assign(particle=images.table["particle"].map(swap)))
        for arm, images in perfect(few, n, seed).items()
    }


@pytest.fixture(scope="module")
def judged(sides):
    train, test = sides
    scores = run_study(train, test, perfect, RECIPE, n_jobs=1)
    return scores, *judge_study(scores, test.table, RECIPE)


def test_the_table_is_that_of_an_independent_computation(sides, judged):
    scores, table, _ = judged
    test = sides[1].table
    assert len(table) == len(ARMS) * RECIPE.n_repeats * 2
    for row in table.itertuples():
        chosen = test["true_energy"] > RECIPE.tail_energy if row.subset == "tail" else slice(None)
        own = test[chosen]
        values = scores.on_test[row.learner, row.arm, row.repeat][own.index]
        assert row.roc_auc == pytest.approx(roc_auc_score(own["particle"] == "gamma", values))
        assert row.lower < row.roc_auc < row.upper
        assert row.n_images == len(own)
        assert row.n_showers == own["group"].nunique()


def test_what_is_drawn_of_the_truth_helps_as_more_images_do(judged):
    """Of few images boosting learns less than of many, whoever made them."""
    _, _, comparisons = judged
    assert len(comparisons) == 2 * len(QUESTIONS)
    answers = comparisons[comparisons["subset"] == "all"].set_index(["candidate", "against"])
    for candidate in (WITH_GENERATED, WITH_BALANCED, ALL):
        assert answers.loc[(candidate, FEW), "answer"] == "better"
    assert answers.loc[(WITH_BALANCED, WITH_GENERATED), "answer"] == "no clear change"


def test_changes_are_means_of_paired_differences(judged):
    _, table, comparisons = judged
    areas = table[table["subset"] == "tail"].set_index(["arm", "repeat"])["roc_auc"]
    of_tail = comparisons[comparisons["subset"] == "tail"].set_index(["candidate", "against"])
    for (candidate, against), row in of_tail.iterrows():
        expected = (areas[candidate] - areas[against]).mean()
        assert row["change"] == pytest.approx(expected)
        assert row["lower"] < expected < row["upper"]


def test_mistaken_images_do_harm(sides):
    train, test = sides
    scores = run_study(train, test, mistaken, RECIPE, n_jobs=1)
    _, comparisons = judge_study(scores, test.table, RECIPE)
    against_few = comparisons[comparisons["against"] == FEW].set_index(["subset", "candidate"])
    assert against_few.loc[("all", WITH_GENERATED), "answer"] == "worse"


def test_a_generator_learns_of_the_few_alone_and_others_of_the_validation_never(sides):
    train, test = sides
    seen = []

    def remember(few, n, seed):
        seen.append(few)
        return perfect(few, n, seed)

    run_study(train, test, remember, RECIPE, n_jobs=1)
    assert len(seen) == RECIPE.n_repeats
    for repeat, few in enumerate(seen):
        expected, validation = choose_few(train.table, RECIPE, repeat)
        pd.testing.assert_frame_equal(few, expected)
        together = pd.concat([few, validation])
        counts = together["particle"].value_counts()
        # whole showers of four
        assert counts.between(RECIPE.n_few, RECIPE.n_few + 3).all()
        assert not set(few["group"]) & set(validation["group"])
        of_showers = train.table[train.table["group"].isin(together["group"])]
        assert set(of_showers.index) == set(together.index)
        assert not set(together["group"]) & set(test.table["group"])
    assert not seen[0].index.equals(seen[1].index)


def test_two_runs_give_the_same_numbers(sides, judged):
    train, test = sides
    again = run_study(train, test, perfect, RECIPE, n_jobs=1)
    pd.testing.assert_frame_equal(again.on_test, judged[0].on_test)
    assert again.overlap == judged[0].overlap


def test_nothing_is_learnt_of_the_showers_that_are_set_aside(sides, judged):
    """Garbage in their place changes no score."""
    train, test = sides
    recipe = replace(RECIPE, n_repeats=1)
    _, validation = choose_few(train.table, recipe, 0)
    garbage = train.table.copy()
    garbage.loc[validation.index, IMAGE_PARAMETERS] = 1e3
    again = run_study(train.take(garbage), test, perfect, recipe, n_jobs=1).on_test
    pd.testing.assert_frame_equal(again, judged[0].on_test[again.columns])


def test_networks_are_trained_on_every_arm(sides):
    train, test = sides
    recipe = replace(RECIPE, n_repeats=1, n_generated=150, network=make_settings())
    scores = run_study(train, test, perfect, recipe, n_jobs=1).on_test
    assert set(scores.columns.get_level_values("learner")) == {"lightgbm", "cnn"}
    is_gamma = test.table["particle"] == "gamma"
    for arm in ARMS:
        assert roc_auc_score(is_gamma, scores["cnn", arm, 0]) > 0.9
    assert scores["cnn"].T.duplicated().sum() == 0


def test_generated_images_are_never_judged_on(sides):
    train, test = sides
    some = test.table.assign(generator=np.where(np.arange(len(test.table)) < 3, "flow", ""))
    with pytest.raises(InputError, match="3 test images are generated"):
        run_study(train, test.take(some), perfect, RECIPE, n_jobs=1)
    with pytest.raises(InputError, match="training images are generated"):
        run_study(make_labelled(100, 5, "flow"), test, perfect, RECIPE, n_jobs=1)

    def nameless(few, n, seed):
        return {
            arm: images.take(images.table.drop(columns="generator"))
            for arm, images in perfect(few, n, seed).items()
        }

    with pytest.raises(InputError, match="no name of a generator"):
        run_study(train, test, nameless, RECIPE, n_jobs=1)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"n_few": 5000}, "5,000 gamma images.*n_few"),
        ({"tail_energy": 1000.0}, "more than 1000 TeV.*Lower tail_energy"),
    ],
)
def test_what_cannot_be_is_told(sides, changes, message):
    with pytest.raises(InputError, match=message):
        run_study(*sides, perfect, replace(RECIPE, **changes), n_jobs=1)


def test_a_shower_on_both_sides_is_told(sides):
    train, test = sides
    with pytest.raises(InputError, match="showers have images for training and test"):
        run_study(
            train,
            train.take(test.table.assign(group=train.table["group"].iloc[0])),
            perfect,
            RECIPE,
            n_jobs=1,
        )


def test_generated_images_are_measured_like_all_others():
    generator = SpotGenerator().fit(make_training())
    conditions = pd.DataFrame(
        {"particle": ["gamma", "hadron"] * 20, "true_energy": 6.0, "size": 300.0}
    )
    (images,) = stream_images(generator, [conditions], len(conditions), 0)
    cleaning, scale = CleaningSettings(), 4.0
    cut = Constraint(name="narrow", left="width", relation="<=", right=0.4, because="toy")
    labelled = label_generated(
        images, cleaning, [cut], ViewSettings(cleaned=True, charge_scale=scale)
    )
    table = parametrise(images.camera, images.images, cleaning)
    expected = np.flatnonzero(table["width"] <= 0.4)
    assert 0 < len(expected) < len(conditions)
    assert labelled.table["row"].tolist() == expected.tolist()
    assert labelled.table["width"].tolist() == table["width"].iloc[expected].tolist()
    cleaned = np.where(clean(images.camera, images.images, cleaning), images.images, 0)
    pictures = labelled.read(labelled.table["row"].to_numpy())
    assert pictures[:, :, 0] == pytest.approx(np.arcsinh(cleaned[expected] / scale), rel=1e-6)


def test_a_study_without_networks_needs_none(judged):
    assert set(judged[0].on_test.columns.get_level_values("learner")) == {LIGHTGBM}
