"""Electron and photon images through the catalog: recorded files, a mirror, or a simulation."""

import base64
import inspect
import logging

import numpy as np
import pytest
from calorimeter.toy_images import shipped_recipe, write_file
from kedro.io import DataCatalog

from showerforge.datasets.calorimeter import FILE_NAMES, ClassFilesDataset
from showerforge.errors import InputError, find_input_error

CAPITALS = "SIMULATING ELECTRONS AND PHOTONS: no recorded data are used"


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "calorimeter"


@pytest.fixture
def mirror(tmp_path):
    return tmp_path / "mirror"


def put(folder, *particles, n=10):
    """Put files of the public names into a folder."""
    folder.mkdir()
    for particle in particles:
        write_file(folder / FILE_NAMES[particle], particle, n)


@pytest.fixture
def catalog(folder, mirror):
    entry = {
        "type": "showerforge.datasets.calorimeter.ClassFilesDataset",
        "folder": str(folder),
        "mirror": str(mirror),
        "recipe": shipped_recipe(),
    }
    return DataCatalog.from_config({"calorimeter.raw_images": entry})


@pytest.fixture
def log(caplog):
    with caplog.at_level(logging.INFO):
        yield caplog


def test_files_of_the_user_come_first(catalog, folder, mirror, log):
    put(folder, "photon", "electron", n=3)
    put(mirror, "photon", "electron", n=5)
    assert catalog.exists("calorimeter.raw_images")
    files = catalog.load("calorimeter.raw_images")
    assert files.n_images == 6
    assert files.attributes["source"] == "recorded"
    assert CAPITALS not in log.text


def test_the_mirror_comes_next(catalog, folder, mirror, log):
    put(mirror, "photon", "electron")
    files = catalog.load("calorimeter.raw_images")
    assert files.photon.parent == mirror
    assert not folder.exists()
    assert CAPITALS not in log.text


@pytest.mark.parametrize("particle", ["photon", "electron"])
def test_one_file_without_the_other_is_never_completed_by_a_simulation(
    catalog, folder, mirror, particle
):
    put(folder, particle)
    put(mirror, "photon", "electron")
    with pytest.raises(Exception, match="is there, but") as error:
        catalog.load("calorimeter.raw_images")
    message = str(find_input_error(error.value))
    assert message.startswith(str(folder / FILE_NAMES[particle]))
    assert list(folder.iterdir()) == [folder / FILE_NAMES[particle]]


def test_nothing_is_simulated_silently_or_twice(catalog, folder, log):
    assert not catalog.exists("calorimeter.raw_images")
    files = catalog.load("calorimeter.raw_images")
    assert CAPITALS in log.text
    assert files.attributes["source"] == "simulated"
    assert files.counts == {"photon": 30, "electron": 30}
    assert catalog.exists("calorimeter.raw_images")
    stamps = {path: path.stat().st_mtime_ns for path in folder.rglob("*.hdf5")}
    assert len(stamps) == 2
    log.clear()
    again = catalog.load("calorimeter.raw_images")
    assert CAPITALS not in log.text
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*.hdf5")} == stamps
    np.testing.assert_array_equal(again.read(), files.read())


def test_what_a_killed_simulation_left_is_completed(catalog, folder):
    files = catalog.load("calorimeter.raw_images")
    images = files.read()
    files.electron.unlink()
    assert not catalog.exists("calorimeter.raw_images")
    np.testing.assert_array_equal(catalog.load("calorimeter.raw_images").read(), images)


def test_another_recipe_is_another_simulation(catalog, folder):
    catalog.load("calorimeter.raw_images")
    other = ClassFilesDataset(str(folder), recipe=shipped_recipe() | {"seed": 1})
    assert not other.exists()
    more_processes = ClassFilesDataset(str(folder), recipe=shipped_recipe() | {"n_jobs": 2})
    assert more_processes.exists()


def test_without_a_recipe_nothing_is_simulated(folder, mirror):
    dataset = ClassFilesDataset(str(folder), str(mirror))
    assert not dataset.exists()
    with pytest.raises(Exception, match="not there") as error:
        dataset.load()
    message = str(find_input_error(error.value))
    assert str(mirror / FILE_NAMES["electron"]) in message
    assert "docs/calorimeter.md" in message


def test_classes_of_different_length(folder):
    folder.mkdir()
    write_file(folder / FILE_NAMES["photon"], "photon", 7)
    write_file(folder / FILE_NAMES["electron"], "electron", 4)
    with pytest.raises(Exception, match="different numbers"):
        ClassFilesDataset(str(folder)).load()
    assert ClassFilesDataset(str(folder), unequal_classes="use_all").load().n_images == 11
    with pytest.raises(InputError, match="allowed: refuse, use_all"):
        ClassFilesDataset(str(folder), unequal_classes="cut")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"n_images": 0}, "n_images: is 0"),
        ({"magnet": 3.8}, "magnet: there is no such parameter"),
        ({"seed": None}, "seed: is None"),
    ],
)
def test_wrong_recipe_is_refused(folder, changes, message):
    with pytest.raises(InputError, match=message):
        ClassFilesDataset(str(folder), recipe=shipped_recipe() | changes)


def test_images_are_seen_in_the_graph(catalog):
    dataset = catalog.get("calorimeter.raw_images")
    assert base64.b64decode(dataset.preview()).startswith(b"\x89PNG")
    annotation = inspect.signature(dataset.preview, eval_str=True).return_annotation
    assert annotation.__name__ == "ImagePreview"


def test_raw_data_are_read_only(catalog):
    with pytest.raises(Exception, match="read only"):
        catalog.save("calorimeter.raw_images", 1)
