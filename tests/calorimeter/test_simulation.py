"""Images of electrons and photons from the simulation, and their files."""

import json

import h5py
import numpy as np
import pytest
from calorimeter.toy_images import make_recipe
from pydantic import ValidationError
from scipy.stats import ks_2samp

from showerforge.calorimeter.files import ClassFiles
from showerforge.calorimeter.shapes import measure_shapes
from showerforge.calorimeter.simulation import key_of_files, simulate_block, simulate_files
from showerforge.errors import InputError

NO_EMPTY = {"empty_share": 0.0}


def shapes_of(recipe, n):
    """Shower shapes of electrons and of photons."""
    return [
        measure_shapes(simulate_block(recipe, particle, n, 0, 0))
        for particle in ("electron", "photon")
    ]


def area(electrons, photons):
    """Area under the curve by which a value tells electrons from photons, with its error."""
    statistic = np.searchsorted(np.sort(photons), electrons).mean() / len(photons)
    return statistic, np.sqrt((1 / len(electrons) + 1 / len(photons)) / 12)


def simulate(recipe, folder):
    paths = {particle: folder / f"{particle}.hdf5" for particle in ("photon", "electron")}
    simulate_files(recipe, paths)
    return ClassFiles(**paths)


def test_electrons_are_wider_than_photons_along_phi_only():
    electrons, photons = shapes_of(make_recipe(readout=NO_EMPTY), 3000)
    for name, is_wider in (("sigma_iphi_iphi", True), ("outer_phi", True), ("outer_eta", False)):
        statistic, error = area(electrons[name], photons[name])
        assert (statistic > 0.5 + 5 * error) == is_wider, name
    share = photons["r9"].median() - electrons["r9"].median()
    assert share > 0.005
    assert 1 < photons["energy"].mean() < np.cosh(1.4)


def test_without_field_and_scattering_both_are_equally_wide():
    recipe = make_recipe(readout=NO_EMPTY, tracker={"field": 0.0, "scattering": False})
    electrons, photons = shapes_of(recipe, 3000)
    for name in ("phi_width", "sigma_iphi_iphi", "r9", "outer_phi", "eta_width"):
        statistic, error = area(electrons[name], photons[name])
        assert statistic == pytest.approx(0.5, abs=4 * error), name


def test_without_material_field_and_leakage_both_are_the_same():
    recipe = make_recipe(
        readout=NO_EMPTY,
        tracker={"field": 0.0, "material": [0.0] * 8},
        crystals={"depth": 1000.0},
    )
    electrons, photons = shapes_of(recipe, 2000)
    for name in ("energy", "r9", "phi_width", "sigma_iphi_iphi", "eta_asymmetry", "n_hits"):
        assert ks_2samp(electrons[name], photons[name]).pvalue > 1e-3, name


def test_eta_and_phi_are_alike_without_a_field():
    recipe = make_recipe(readout=NO_EMPTY, tracker={"field": 0.0, "material": [0.0] * 8})
    (shapes, _) = shapes_of(recipe, 2000)
    for along_eta, along_phi in (("eta_width", "phi_width"), ("e1x5", "e5x1")):
        assert ks_2samp(shapes[along_eta], shapes[along_phi]).pvalue > 1e-3


def test_a_rotation_by_90_degrees_is_no_symmetry():
    images = simulate_block(make_recipe(readout=NO_EMPTY), "electron", 1000, 0, 0)
    shapes = measure_shapes(images)
    rotated = measure_shapes(np.rot90(images, axes=(1, 2)))
    statistic, error = area(shapes["sigma_iphi_iphi"], rotated["sigma_iphi_iphi"])
    assert statistic > 0.5 + 10 * error


def test_some_images_are_empty():
    images = simulate_block(make_recipe(readout={"empty_share": 0.3}), "photon", 1000, 0, 0)
    share = (~images.any(axis=(1, 2, 3))).mean()
    assert share == pytest.approx(0.3, abs=4 * np.sqrt(0.21 / 1000))


def test_a_block_is_the_same_again_and_begins_with_a_smaller_one():
    recipe = make_recipe()
    images = simulate_block(recipe, "electron", 20, 1, 0)
    np.testing.assert_array_equal(simulate_block(recipe, "electron", 5, 1, 0), images[:5])
    for other in (("photon", 20, 1, 0), ("electron", 20, 2, 0), ("electron", 20, 1, 1)):
        assert (simulate_block(recipe, *other) != images).any()


def test_the_number_of_processes_changes_nothing(tmp_path):
    (tmp_path / "two").mkdir()
    one = simulate(make_recipe(), tmp_path)
    two = simulate(make_recipe(n_jobs=2), tmp_path / "two")
    np.testing.assert_array_equal(one.read(), two.read())
    for particle, path in one.paths.items():
        assert path.read_bytes() == two.paths[particle].read_bytes()


def test_files_have_the_structure_of_the_public_ones_and_a_stamp(tmp_path):
    files = simulate(make_recipe(), tmp_path)
    assert files.counts == {"photon": 30, "electron": 30}
    for label, path in enumerate(files.paths.values()):
        with h5py.File(path) as file:
            assert file["X"].shape == (30, 32, 32, 2)
            assert file["X"].dtype == file["y"].dtype == np.float32
            assert (file["y"][:] == label).all()
            assert file.attrs["made_by"].startswith("showerforge ")
            assert json.loads(file.attrs["simulation"])["tracker"]["field"] == 3.8
    assert files.attributes["source"] == "simulated"
    assert files.attributes["simulation"]["beam"]["transverse_momentum"] == 50
    recipe = make_recipe()
    expected = [simulate_block(recipe, "photon", n, block, 0) for block, n in enumerate((20, 10))]
    np.testing.assert_array_equal(files.read(slice(0, 30)), np.concatenate(expected))


def test_one_class_simulated_and_the_other_not_is_refused(tmp_path):
    files = simulate(make_recipe(), tmp_path)
    with h5py.File(files.electron, "a") as file:
        del file.attrs["made_by"]
    with pytest.raises(InputError, match=r"photon.hdf5: simulated\n.*electron.hdf5: recorded"):
        ClassFiles(files.photon, files.electron)


def test_a_shower_that_is_too_large_leaves_nothing(tmp_path):
    recipe = make_recipe(
        beam={"transverse_momentum": 1000.0},
        tracker={"field": 0.0, "material": [10.0] * 8, "n_layers": 1},
    )
    with pytest.raises(InputError, match="more than 1,000 particles"):
        simulate(recipe, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_name_changes_with_whatever_changes_images():
    key = key_of_files(make_recipe())
    assert key_of_files(make_recipe(n_jobs=7)) == key
    for changes in ({"seed": 1}, {"n_images": 31}, {"tracker": {"field": 3.7}}):
        assert key_of_files(make_recipe(**changes)) != key


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"crystals": {"lateral_shares": [0.5, 0.4, 0.2]}}, "must add up to 1"),
        ({"crystals": {"lateral_widths": [0.5, 0.4]}}, "same length"),
        ({"tracker": {"material": [0.1]}}, "at least 2"),
        ({"tracker": {"material": [0.1, 0.2]}}, "same length"),
        ({"tracker": {"material_eta": [0.0, 0.4, 0.4, 0.8, 1.0, 1.2, 1.4, 1.5]}}, "must rise"),
        ({"tracker": {"outermost_radius": 0.01}}, "must be below"),
        ({"tracker": {"innermost": 0.01}}, "Extra inputs"),
        ({"tracker": {"outermost_radius": 1.3}}, "must be below crystals.radius"),
        ({"beam": {"highest_eta": 2.0}}, "less than or equal to 1.5"),
    ],
)
def test_settings_that_cannot_be_are_refused(changes, message):
    with pytest.raises(ValidationError, match=message):
        make_recipe(**changes)
