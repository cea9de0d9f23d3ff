"""Electron and photon images as networks see them."""

import numpy as np
import pytest
from calorimeter.toy_images import write_file

from showerforge.calorimeter.files import ClassFiles
from showerforge.calorimeter.settings import CrystalCleaning, ViewSettings
from showerforge.calorimeter.views import CalorimeterView

RAW = ViewSettings(channels=["energy", "time"])


@pytest.fixture
def files(tmp_path):
    paths = tmp_path / "photon.hdf5", tmp_path / "electron.hdf5"
    for path, particle in zip(paths, ("photon", "electron"), strict=True):
        write_file(path, particle)
    return ClassFiles(*paths)


def test_raw_images_are_the_numbers_of_the_file_in_the_order_asked_for(files):
    rows = np.array([13, 2, 2, 19, 0])
    seen = CalorimeterView(files, RAW).read(rows)
    assert seen.dtype == np.float32
    np.testing.assert_array_equal(seen.reshape(5, 32, 32, 2), files.read()[rows])


def test_channels_are_those_asked_for_in_this_order(files):
    rows = np.arange(20)
    both = CalorimeterView(files, RAW).read(rows)
    energy = CalorimeterView(files, ViewSettings(channels=["energy"])).read(rows)
    turned = CalorimeterView(files, ViewSettings(channels=["time", "energy"])).read(rows)
    np.testing.assert_array_equal(energy, both[..., :1])
    np.testing.assert_array_equal(turned, both[..., ::-1])


def test_the_scale_is_of_energies_alone_and_can_be_undone(files):
    settings = RAW.model_copy(update={"energy_scale": 0.02})
    rows = np.arange(20)
    raw, scaled = (CalorimeterView(files, own).read(rows) for own in (RAW, settings))
    np.testing.assert_allclose(0.02 * np.sinh(scaled[..., 0]), raw[..., 0], rtol=1e-5)
    np.testing.assert_array_equal(scaled[..., 1], raw[..., 1])


def test_cleaning_empties_both_channels_of_crystals_below_the_threshold(files):
    settings = RAW.model_copy(update={"cleaning": CrystalCleaning(threshold=0.01)})
    rows = np.arange(20)
    raw, cleaned = (CalorimeterView(files, own).read(rows) for own in (RAW, settings))
    is_kept = raw[..., 0] > 0.01
    assert 0.2 < is_kept.mean() < 0.5
    np.testing.assert_array_equal(cleaned[is_kept], raw[is_kept])
    assert not cleaned[~is_kept].any()


def test_crystals_lie_as_in_the_file_and_mirror_images_are_mirrored(files):
    view = CalorimeterView(files, RAW)
    layout, images = view.layout, view.read(np.arange(4))
    placed = layout.place(images)
    np.testing.assert_array_equal(placed, files.read(slice(0, 4)))
    mirrored = layout.place(layout.turn(images, np.arange(4)))
    np.testing.assert_array_equal(mirrored[0], placed[0])
    # at the crystal (16, 16); the first row and column have no partner
    np.testing.assert_array_equal(mirrored[1][1:], placed[1, :0:-1])
    np.testing.assert_array_equal(mirrored[2][:, 1:], placed[2, :, :0:-1])
    np.testing.assert_array_equal(mirrored[3][1:, 1:], placed[3, :0:-1, :0:-1])


def test_times_without_energy_are_shown_to_no_network(files):
    images = files.read(np.arange(20))
    view = CalorimeterView(files, RAW)
    shown = view.images(np.arange(20))
    has_energy = images[..., 0] != 0
    np.testing.assert_array_equal(shown[has_energy], images[has_energy])
    assert not shown[~has_energy].any()


def test_a_patch_is_a_crystal_with_its_neighbours(files):
    patches = CalorimeterView(files, RAW).patches
    rows, columns = np.divmod(patches, 32)
    middle = np.arange(1024)[:, None]
    near = np.maximum(abs(rows - middle // 32), abs(columns - middle % 32)) <= 1
    assert (near | (patches == -1)).all()
    n_near = (patches >= 0).sum(axis=1).reshape(32, 32)
    assert (n_near[1:-1, 1:-1] == 9).all()
    assert n_near[0, 0] == n_near[-1, 0] == 4
    assert n_near[0, 5] == n_near[5, -1] == 6
    assert all(len(set(patch[patch >= 0])) == (patch >= 0).sum() for patch in patches)
