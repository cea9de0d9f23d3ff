"""A table and its images, kept together."""

import numpy as np
import pandas as pd
import pytest
from kedro.io import DatasetError

from showerforge.datasets.judged_images import IMAGES, JudgedImagesDataset


@pytest.fixture
def dataset(tmp_path):
    return JudgedImagesDataset(str(tmp_path / "judged"))


def judged(n):
    table = pd.DataFrame({"generator": ["toy"] * n, "size": np.arange(n, dtype=float)})
    return table, np.random.default_rng(n).random((n, 7, 2)).astype(np.float32)


def test_what_is_saved_is_loaded_and_saved_again(dataset):
    assert not dataset.exists()
    for n in (5, 3):
        table, images = judged(n)
        dataset.save((table, images))
        loaded, shown = dataset.load()
        pd.testing.assert_frame_equal(loaded, table)
        np.testing.assert_array_equal(shown, images)
    assert dataset.exists()


def test_images_that_are_not_those_of_the_table_are_refused(dataset, tmp_path):
    dataset.save(judged(5))
    np.save(tmp_path / "judged" / IMAGES, judged(4)[1])
    with pytest.raises(DatasetError, match="5 rows and 4 images"):
        dataset.load()


def test_a_save_that_fails_leaves_the_old_ones(dataset):
    dataset.save(judged(5))
    table, _ = judged(4)
    with pytest.raises(DatasetError, match="allow_pickle"):
        dataset.save((table, np.array([object()] * 4)))
    assert len(dataset.load()[0]) == 5
