"""Copies are found however they are turned, and images that nobody copied are not accused."""

import numpy as np
import pytest
from image_sets import CAMERA, make_set

from showerforge.networks.layout import Layout
from showerforge.validation.images.novelty import Neighbourhood, compare_diversity, find_copies
from showerforge.validation.images.resampling import Resampling
from showerforge.validation.images.sets import ImageSet
from showerforge.validation.images.similarity import (
    SAME,
    find_nearest,
    repeats_earlier,
    to_vectors,
)

LAYOUT = Layout(CAMERA.grid, CAMERA.rotations)
SCALE, RESAMPLING = 3.0, Resampling(100)


@pytest.fixture(scope="module")
def neighbourhood():
    return Neighbourhood.of(make_set(1500, 1), make_set(600, 2), LAYOUT, SCALE, 0)


def rotated(images, turn):
    return CAMERA.rotate(images[:, :, 0], turn)[:, :, None]


def test_vectors_have_length_one_and_dark_images_are_left_alone():
    images = np.concatenate([make_set(60, 1).images, np.zeros((1, CAMERA.n_pixels, 1))])
    length = np.linalg.norm(to_vectors(images, SCALE)[:, :, 0], axis=1)
    np.testing.assert_allclose(length[:-1], 1, rtol=1e-6)
    assert length[-1] == 0


def test_the_nearest_is_that_of_a_plain_search_over_all_turns():
    few, others = (to_vectors(make_set(n, seed).images, SCALE) for n, seed in ((30, 1), (50, 2)))
    turned = np.stack([rotated(few, turn) for turn in range(6)])
    off = turned[:, :, None, :, 0] - others[None, None, :, :, 0]
    distances = np.linalg.norm(off, axis=-1).min(axis=0)
    found = find_nearest(few, others, LAYOUT)
    np.testing.assert_allclose(found.distance, distances.min(axis=1), rtol=1e-5)
    np.testing.assert_array_equal(found.which, distances.argmin(axis=1))


@pytest.mark.parametrize("turn", range(6))
def test_turned_copies_are_found_as_copies(neighbourhood, turn):
    train = make_set(1500, 1)
    rows = np.arange(0, 600, 2)
    fresh = make_set(900, 3, "toy")
    images = np.concatenate([rotated(train.images[rows], turn), fresh.images[: len(rows)]])
    mixed = ImageSet("toy", fresh.table.head(len(images)), images)
    estimates = find_copies(mixed, neighbourhood, RESAMPLING)
    assert estimates["copied_share"].value == pytest.approx(0.5)
    assert estimates["closer_share"].value == pytest.approx(0.505, abs=0.02)
    assert estimates["training_distance"].lower <= estimates["training_distance"].value


def test_copies_with_noise_are_too_close_but_no_copies(neighbourhood):
    train = make_set(1500, 1)
    noise = np.random.default_rng(0).normal(1, 0.01, train.images.shape).astype(np.float32)
    blurred = ImageSet("toy", train.table.drop(columns="group"), train.images * noise)
    estimates = find_copies(blurred, neighbourhood, RESAMPLING)
    assert estimates["copied_share"].value == 0
    assert estimates["closer_share"].lower > 0.5


def test_fresh_images_are_not_accused(neighbourhood):
    estimates = find_copies(make_set(600, 4, "toy"), neighbourhood, RESAMPLING)
    assert estimates["copied_share"].value == 0
    closer = estimates["closer_share"]
    assert closer.lower <= 0.01 <= closer.upper
    diverse = compare_diversity(make_set(600, 4, "toy"), neighbourhood, RESAMPLING)
    assert diverse["distinct_share"].value == 1
    assert diverse["twin_share"].value < 0.05
    assert diverse["coverage"].value > 0.9


def test_a_generator_that_repeats_itself_is_not_diverse(neighbourhood):
    few = make_set(90, 5, "toy").take(np.arange(60))
    turns = [rotated(few.images, turn) for turn in range(5)]
    repeated = ImageSet("toy", make_set(900, 5, "toy").table.head(300), np.concatenate(turns))
    fresh = compare_diversity(make_set(300, 4, "toy"), neighbourhood, RESAMPLING)
    estimates = compare_diversity(repeated, neighbourhood, RESAMPLING)
    assert estimates["distinct_share"].value == pytest.approx(0.2)
    assert estimates["twin_share"].value == 1
    assert estimates["pair_distance"].value < fresh["pair_distance"].value + 0.05
    assert estimates["recall"].upper <= 1


def test_only_later_ones_repeat():
    vectors = to_vectors(make_set(60, 1).images[:4], SCALE)
    order = np.array([0, 1, 0, 2, 1, 0])
    assert repeats_earlier(vectors[order], LAYOUT).tolist() == [
        False,
        False,
        True,
        False,
        True,
        True,
    ]


def test_mean_distance_of_pairs_has_the_error_of_a_mean_over_pairs(neighbourhood):
    values = [
        compare_diversity(make_set(200, seed, "toy"), neighbourhood, RESAMPLING)["pair_distance"]
        for seed in range(10, 22)
    ]
    spread = np.std([estimate.value for estimate in values], ddof=1)
    error = np.mean([(estimate.upper - estimate.lower) / 3.92 for estimate in values])
    assert error == pytest.approx(spread, rel=0.6)


def test_rounding_is_below_what_counts_as_the_same():
    images = make_set(300, 1).images
    again = to_vectors(images * np.float32(1 + 1e-6), SCALE)
    nearest = find_nearest(again, to_vectors(images, SCALE), LAYOUT)
    assert nearest.distance.max() < SAME
