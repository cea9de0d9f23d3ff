"""Files like the public ones, and all that may be wrong with them."""

import h5py
import numpy as np
import pytest
from calorimeter.toy_images import write_file
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from showerforge.calorimeter.files import ClassFiles
from showerforge.errors import InputError


@pytest.fixture
def images(tmp_path):
    return np.concatenate(
        [write_file(tmp_path / f"{particle}.hdf5", particle) for particle in ("photon", "electron")]
    )


def open_files(folder, **options):
    return ClassFiles(folder / "photon.hdf5", folder / "electron.hdf5", **options)


def test_photons_come_first(images, tmp_path):
    files = open_files(tmp_path)
    assert files.n_images == len(files) == 20
    assert files.particles == ("photon", "electron")
    assert files.labels.tolist() == [0] * 10 + [1] * 10
    np.testing.assert_array_equal(files.read(), images)
    assert files.locate(9) == "photon.hdf5, row 9"
    assert files.locate(10) == "electron.hdf5, row 0"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(rows=st.lists(st.integers(0, 19), max_size=40))
def test_rows_come_in_the_order_in_which_they_are_wanted(images, tmp_path, rows):
    found = open_files(tmp_path).read(rows)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, images[np.array(rows, dtype=int)])


def test_masks_slices_and_single_rows(images, tmp_path):
    files = open_files(tmp_path)
    mask = np.arange(20) % 3 == 0
    np.testing.assert_array_equal(files.read(mask), images[mask])
    np.testing.assert_array_equal(files.read(slice(5, 15, 2)), images[5:15:2])
    np.testing.assert_array_equal(files.read(13), images[13:14])
    with pytest.raises(IndexError):
        files.read([20])


@pytest.mark.parametrize("size", [1, 3, 4, 10, 1000])
def test_batches_give_every_image_once(images, tmp_path, size):
    batches = list(open_files(tmp_path).batches(size))
    assert max(len(batch.rows) for batch in batches) <= size
    np.testing.assert_array_equal(np.concatenate([b.rows for b in batches]), np.arange(20))
    np.testing.assert_array_equal(np.concatenate([b.images for b in batches]), images)


@pytest.mark.parametrize("chunks", [None, (10, 2, 4, 1), (7, 32, 32, 2)])
def test_any_packing_is_read(images, tmp_path, chunks):
    path = tmp_path / "photon.hdf5"
    with h5py.File(path, "w") as file:
        file.create_dataset("X", data=images[:10].astype(">f8"), chunks=chunks)
        file["y"] = np.zeros((10, 1), dtype=np.int64)
    files = open_files(tmp_path)
    np.testing.assert_array_equal(files.read([9, 0, 11]), images[[9, 0, 11]])
    np.testing.assert_array_equal(next(iter(files.batches(4))).images, images[:4])


def test_files_of_the_user_are_not_called_simulated(images, tmp_path):
    attributes = open_files(tmp_path).attributes
    assert attributes["source"] == "recorded"
    assert [file["name"] for file in attributes["files"]] == ["photon.hdf5", "electron.hdf5"]
    assert attributes["files"][1]["n_images"] == 10
    assert attributes["files"][1]["bytes"] == (tmp_path / "electron.hdf5").stat().st_size


WRONG = {
    "no_images": ({"X": None, "images": np.zeros(3)}, "it has no `X`; it has images, y"),
    "no_labels": (
        {"y": None, "Y": np.ones(10)},
        r"it has no `y` \(did you mean Y\?\); it has X, Y",
    ),
    "channels_first": (
        {"X": np.zeros((10, 2, 32, 32), np.float32)},
        r"\(10, 2, 32, 32\) \(expected: \(images, 32, 32, 2\); are the channels",
    ),
    "flat": ({"X": np.zeros((10, 2048), np.float32)}, r"shape \(10, 2048\)"),
    "short_labels": ({"y": np.ones(9)}, r"`y` has the shape \(9,\) \(expected: \(10,\)"),
    "text": ({"y": np.full(10, b"e")}, r"`y` is of the type \|S1"),
    "empty": ({"X": np.zeros((0, 32, 32, 2)), "y": np.zeros(0)}, "it holds no images"),
    "other_class": ({"y": np.zeros(10)}, r"all of its labels `y` are 0 .*file of photons\?"),
    "mixed": (
        {"y": np.array([1, 1, 0, 1, 1, 2, 1, 1, 1, np.nan])},
        r"row 2: the label `y` is 0 \(expected: 1, electron\)\n.*row 5: .* is 2 .*\n.*row 9: .*nan",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_wrong_content_is_refused(tmp_path, what):
    changes, message = WRONG[what]
    write_file(tmp_path / "photon.hdf5", "photon")
    write_file(tmp_path / "electron.hdf5", "electron", **changes)
    with pytest.raises(InputError, match=message) as error:
        open_files(tmp_path)
    assert str(error.value).startswith(str(tmp_path / "electron.hdf5"))


def test_what_is_no_hdf5_file_or_cut_off_is_refused(images, tmp_path):
    path = tmp_path / "electron.hdf5"
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match="is cut off"):
        open_files(tmp_path)
    path.write_text("<html>")
    with pytest.raises(InputError, match="is no HDF5 file"):
        open_files(tmp_path)
    path.unlink()
    with pytest.raises(InputError, match="there is no such file"):
        open_files(tmp_path)


def test_the_same_file_twice_is_refused(images, tmp_path):
    with pytest.raises(InputError, match="is the file of photons and of electrons"):
        ClassFiles(tmp_path / "photon.hdf5", tmp_path / "photon.hdf5")
    (tmp_path / "electron.hdf5").unlink()
    (tmp_path / "electron.hdf5").symlink_to(tmp_path / "photon.hdf5")
    with pytest.raises(InputError, match="is the file of photons and of electrons"):
        open_files(tmp_path)


def test_classes_of_different_length_are_used_only_if_it_is_meant(tmp_path):
    write_file(tmp_path / "photon.hdf5", "photon", 12)
    write_file(tmp_path / "electron.hdf5", "electron", 5)
    with pytest.raises(InputError, match=r"12 photons\n.*5 electrons\n.*use_all"):
        open_files(tmp_path)
    files = open_files(tmp_path, unequal_classes="use_all")
    assert files.counts == {"photon": 12, "electron": 5}
    assert np.bincount(files.labels).tolist() == [12, 5]
