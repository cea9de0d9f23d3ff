import numpy as np
import pytest

from showerforge.calorimeter.cleaning import clean_images
from showerforge.calorimeter.symmetries import SYMMETRIES, crystal_symmetries


def test_what_has_no_energy_has_no_time():
    generator = np.random.default_rng(0)
    images = generator.normal(size=(5, 32, 32, 2)).astype(np.float32)
    before = images.copy()
    cleaned = clean_images(images)
    has_energy = images[..., 0] > 0
    np.testing.assert_array_equal(cleaned[has_energy], images[has_energy])
    assert (cleaned[~has_energy] == 0).all()
    np.testing.assert_array_equal(images, before)
    assert cleaned.dtype == np.float32


def test_a_time_that_is_no_number_is_gone():
    images = np.zeros((1, 32, 32, 2), dtype=np.float32)
    images[..., 1] = np.nan
    assert (clean_images(images) == 0).all()


def test_threshold_is_for_the_energy():
    images = np.zeros((1, 32, 32, 2), dtype=np.float32)
    images[0, 3, :3, 0] = [0.1, 0.2, 0.3]
    images[0, 3, :3, 1] = 7
    cleaned = clean_images(images, 0.2)
    assert np.argwhere(cleaned[0, ..., 0]).tolist() == [[3, 2]]
    assert cleaned[0, 3, 2].tolist() == pytest.approx([0.3, 7])


def test_only_what_hangs_together_with_the_hottest_crystal_is_kept():
    images = np.zeros((3, 32, 32, 2), dtype=np.float32)
    for row, column in [(10, 10), (11, 11), (11, 12), (13, 13)]:
        images[0, row, column, 0] = 1
    images[0, 11, 12, 0] = 5
    # in other images they do not count, and an empty image stays empty
    images[1, 13, 13, 0] = 1
    cleaned = clean_images(images, connected=True)
    assert np.argwhere(cleaned[0, ..., 0]).tolist() == [[10, 10], [11, 11], [11, 12]]
    np.testing.assert_array_equal(cleaned[1:], images[1:])


def test_symmetries_are_flips_of_rows_and_columns():
    images = np.random.default_rng(0).normal(size=(2, 32, 32, 2))
    along_eta, along_phi = images.copy(), images.copy()
    # the crystal of most energy is the one after the middle, (16, 16)
    along_eta[:, 1:] = images[:, :0:-1]
    along_phi[:, :, 1:] = images[:, :, :0:-1]
    both = along_eta.copy()
    both[:, :, 1:] = along_eta[:, :, :0:-1]
    flipped = [images, along_eta, along_phi, both]
    sources = crystal_symmetries()
    assert sources.shape == (len(SYMMETRIES), 1024)
    assert sources.dtype == np.int32
    for permutation, expected in zip(sources, flipped, strict=True):
        moved = images.reshape(2, 1024, 2)[:, permutation].reshape(images.shape)
        np.testing.assert_array_equal(moved, expected)
        np.testing.assert_array_equal(moved[:, 16, 16], images[:, 16, 16])


def test_symmetries_are_a_group():
    sources = {tuple(permutation) for permutation in crystal_symmetries()}
    for first in sources:
        for second in sources:
            assert tuple(np.array(first)[list(second)]) in sources
