"""Batches: every image once, shuffled, whatever fits into memory."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networks_toys import make_images

from showerforge.networks.layout import Layout
from showerforge.networks.samples import Batches, Sample

GRID = np.arange(1, dtype=np.int32).reshape(1, 1)
ONE_PIXEL = Layout(GRID, np.zeros((1, 1), np.int32))


def numbered(n: int, log=None) -> Sample:
    """Images of one pixel, whose charge is their row, 1000 and more."""
    rows = np.random.default_rng(0).permutation(n) + 1000

    def read(wanted):
        if log is not None:
            log.append(len(wanted))
        return wanted[:, None, None].astype(np.float32)

    return Sample(read, rows, rows % 2 == 0)


def seen_in_epoch(batches):
    return [batches[number] for number in range(len(batches))]


@settings(max_examples=40)
@given(st.integers(2, 5000), st.integers(1, 64), st.integers(20, 3000))
def test_no_image_comes_twice_and_labels_stay_with_theirs(n, size, in_memory):
    batches = Batches(numbered(n), ONE_PIXEL, size, False, 3, images_in_memory=in_memory)
    epoch = seen_in_epoch(batches)
    images = np.concatenate([images[:, 0, 0, 0] for images, _, _ in epoch])
    labels = np.concatenate([labels[:, 0] for _, labels, _ in epoch])
    assert len(np.unique(images)) == len(images)
    assert np.array_equal(labels, images % 2 == 0)
    (batch_size,) = {len(batch) for batch, _, _ in epoch}
    assert batch_size <= size
    # what waits for another epoch is less than a batch, and a block, of each part
    assert len(images) > n - batches.n_parts * (batch_size + n // 1000 + 1)


def test_what_fits_into_memory_is_read_once_and_all_but_a_batch_is_seen():
    log = []
    batches = Batches(numbered(1000, log), ONE_PIXEL, 64, False, 3)
    for _ in range(3):
        seen_in_epoch(batches)
        batches.on_epoch_end()
    assert log == [1000]
    assert len(batches) == 1000 // 64


def test_larger_samples_are_read_in_parts_that_differ_from_epoch_to_epoch():
    log = []
    batches = Batches(numbered(10_000, log), ONE_PIXEL, 50, False, 3, images_in_memory=2_000)
    epochs = []
    for _ in range(2):
        epochs.append([batch[:, 0, 0, 0] for batch, _, _ in seen_in_epoch(batches)])
        batches.on_epoch_end()
    assert max(log) <= 2_000
    assert len(log) == 2 * 5
    seen = [np.concatenate(epoch) for epoch in epochs]
    assert all(len(np.unique(images)) == 10_000 for images in seen)
    first_parts = [set(images[:2_000]) for images in seen]
    assert first_parts[0] != first_parts[1]


def test_memory_does_not_grow_with_the_number_of_images():
    """Images of 16 kB: a part of 500 is 8 MB, all of them 32 and 128 MB."""

    def largest_of(n):
        def read(rows):
            return np.zeros((len(rows), 4000, 1), np.float32)

        pixels = Layout(
            np.arange(4000, dtype=np.int32)[None], np.arange(4000, dtype=np.int32)[None]
        )
        sample = Sample(read, np.arange(n), np.arange(n) % 2 == 0)
        batches = Batches(sample, pixels, 50, False, 0, images_in_memory=500)
        tracemalloc.start()
        try:
            for number in range(len(batches)):
                batches[number]
            return tracemalloc.get_traced_memory()[1] / 2**20
        finally:
            tracemalloc.stop()

    few, many = largest_of(2000), largest_of(8000)
    # a part, a batch and its copies
    assert many < 16
    assert many < few + 1


def test_a_batch_depends_on_epoch_and_number_alone():
    first, again = (Batches(numbered(500), ONE_PIXEL, 32, False, 3) for _ in range(2))
    backwards = {number: again[number][0] for number in reversed(range(len(again)))}
    assert all(np.array_equal(first[number][0], backwards[number]) for number in backwards)
    before = first[0][0]
    first.on_epoch_end()
    assert not np.array_equal(first[0][0], before)


def test_turned_images_are_of_all_symmetries(layout):
    images, is_signal = make_images(400, 8)
    sample = Sample(lambda rows: images[rows], np.arange(400), is_signal)
    plain, turned = (Batches(sample, layout, 400, augmented, 3) for augmented in (False, True))
    as_they_are, maybe_mirrored = plain[0][0], turned[0][0]
    is_mirrored = (maybe_mirrored == as_they_are[:, ::-1]).all(axis=(1, 2, 3))
    is_plain = (maybe_mirrored == as_they_are).all(axis=(1, 2, 3))
    assert (is_mirrored | is_plain).all()
    assert 0.4 < is_mirrored.mean() < 0.6


def test_class_weights_make_both_classes_count_alike():
    rows = np.arange(1000)
    sample = Sample(lambda wanted: np.zeros((len(wanted), 1, 1), np.float32), rows, rows < 100)
    _, labels, weights = Batches(sample, ONE_PIXEL, 1000, False, 0, class_weights=True)[0]
    is_signal = labels[:, 0] == 1
    assert weights[is_signal].sum() == pytest.approx(weights[~is_signal].sum())
    assert weights.mean() == pytest.approx(1)
    _, _, weights = Batches(sample, ONE_PIXEL, 1000, False, 0)[0]
    assert (weights == 1).all()


def test_a_held_sample_is_the_same_sample():
    sample = numbered(50)
    held = sample.held()
    assert np.array_equal(held.read(held.rows), sample.read(sample.rows))
    assert np.array_equal(held.read(held.rows[7:9]), sample.read(sample.rows[7:9]))
    assert np.array_equal(held.is_signal, sample.is_signal)
