"""The table of shower shapes, and the images that are no use."""

import numpy as np
import pytest
from calorimeter.toy_images import write_file

from showerforge.calorimeter.columns import SHAPE_COLUMNS, SHAPES
from showerforge.calorimeter.files import ClassFiles
from showerforge.calorimeter.shapes import measure_shapes
from showerforge.calorimeter.table import tabulate_images
from showerforge.errors import InputError


@pytest.fixture
def write(tmp_path):
    def write_both(photons, electrons):
        paths = tmp_path / "photon.hdf5", tmp_path / "electron.hdf5"
        write_file(paths[0], "photon", len(photons), X=photons)
        write_file(paths[1], "electron", len(electrons), X=electrons)
        return ClassFiles(*paths)

    return write_both


@pytest.fixture
def images():
    generator = np.random.default_rng(3)
    return generator.exponential(0.01, (2, 8, 32, 32, 2)).astype(np.float32)


@pytest.mark.parametrize("batch_size", [1, 3, 100])
def test_all_images_are_measured_whatever_the_batches(write, images, batch_size):
    table = tabulate_images(write(*images), batch_size)
    assert table.quarantined.empty
    assert table.events.index.tolist() == list(range(16))
    assert table.events["particle"].tolist() == ["photon"] * 8 + ["electron"] * 8
    expected = measure_shapes(images.reshape(16, 32, 32, 2))
    np.testing.assert_array_equal(table.events[SHAPES], expected)
    assert table.summary["n_used"] == table.summary["n_images"] == 16


def test_images_that_are_no_use_are_set_aside_with_the_reason(write, images):
    photons, electrons = images
    photons[2] = 0
    photons[4, 5, 6, 0] = np.nan
    electrons[1, 7, 8, 1] = np.inf
    electrons[1, 7, 9, 1] = np.nan
    electrons[3] = -0.1
    # the time of a crystal without energy means nothing
    electrons[5, 0, 0] = 0, np.nan
    electrons[6, 1, 1, 0] = -0.01
    table = tabulate_images(write(photons, electrons), 3)
    assert table.quarantined["reason"].to_dict() == {
        2: "empty image: no crystal has energy",
        4: "energy of the crystal in row 5, column 6 is nan",
        9: "time of the crystal in row 7, column 8 is inf, and 1 values more",
        11: "empty image: no crystal has energy",
    }
    assert table.quarantined["place"].tolist()[2:] == [
        "electron.hdf5, row 1",
        "electron.hdf5, row 3",
    ]
    assert table.quarantined["particle"].tolist() == ["photon"] * 2 + ["electron"] * 2
    assert table.events["row"].tolist() == [0, 1, 3, 5, 6, 7, 8, 10, 12, 13, 14, 15]
    assert table.summary == {
        "n_images": 16,
        "n_used": 12,
        "n_not_finite": 2,
        "n_empty": 2,
        "n_negative_crystals": 1025,
        "n_images_with_negative_crystals": 2,
    }
    for column in SHAPE_COLUMNS:
        assert column.contains(table.events[column.name]).all(), column.name


def test_the_time_of_crystals_without_energy_changes_nothing(write, images):
    images[..., 0][images[..., 0] < 0.01] = 0
    before = tabulate_images(write(*images), 8).events
    images[..., 1][images[..., 0] == 0] = 1e6
    np.testing.assert_array_equal(tabulate_images(write(*images), 8).events[SHAPES], before[SHAPES])


def test_images_below_the_threshold_are_empty(write, images):
    images[0, 0, ..., 0] *= 1e-3
    table = tabulate_images(write(*images), 5, threshold=0.005)
    assert "more energy than the threshold 0.005" in table.quarantined.loc[0, "reason"]
    assert table.summary["n_empty"] == 1
    with pytest.raises(InputError, match="none of the 8 photon images can be used"):
        tabulate_images(write(*images), 5, threshold=10.0)
