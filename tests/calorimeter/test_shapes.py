"""Shower shapes of images of which they are known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import erf

from showerforge.calorimeter.columns import SHAPE_COLUMNS, SHAPES
from showerforge.calorimeter.shapes import measure_shapes
from showerforge.calorimeter.symmetries import crystal_symmetries
from showerforge.errors import InputError


def image_of(energies):
    """Make an image of crystals, (row, column): energy."""
    image = np.zeros((1, 32, 32, 2), dtype=np.float32)
    for place, energy in energies.items():
        image[0, *place, 0] = energy
    return image


def shapes_of(energies):
    return measure_shapes(image_of(energies)).iloc[0]


def gaussian(eta_width, phi_width, row=16.5, column=16.5):
    """Energy of a Gaussian in each crystal, integrated."""
    edges = np.arange(33)

    def shares(centre, width):
        return np.diff(0.5 * erf((edges - centre) / width / np.sqrt(2)))

    image = np.zeros((1, 32, 32, 2))
    image[0, ..., 0] = np.outer(shares(row, eta_width), shares(column, phi_width))
    return image


def draw_showers(n, seed, reach=8):
    """Draw images of some crystals, up to so many rows and columns off the middle."""
    generator = np.random.default_rng(seed)
    images = np.zeros((n, 32, 32, 2), dtype=np.float32)
    inner = images[:, 16 - reach : 16 + reach, 16 - reach : 16 + reach]
    inner[..., 0] = generator.exponential(1, inner.shape[:-1]) ** 4
    inner[..., 0][generator.random(inner.shape[:-1]) < 0.6] = 0
    inner[:, reach, reach, 0] += 1
    images[..., 1] = generator.normal(size=images.shape[:-1])
    return images


@pytest.mark.parametrize(("eta_width", "phi_width"), [(1.0, 1.0), (0.8, 2.5), (3.0, 1.2)])
def test_a_gaussian_has_its_widths(eta_width, phi_width):
    shapes = measure_shapes(gaussian(eta_width, phi_width)).iloc[0]
    # sums over crystals add the variance of a uniform distribution (Sheppard's correction)
    assert shapes["eta_width"] == pytest.approx(np.sqrt(eta_width**2 + 1 / 12), rel=1e-3)
    assert shapes["phi_width"] == pytest.approx(np.sqrt(phi_width**2 + 1 / 12), rel=1e-3)
    assert shapes["energy"] == pytest.approx(1, rel=1e-3)
    assert shapes["phi_skewness"] == pytest.approx(0, abs=1e-6)
    assert shapes["phi_kurtosis"] == pytest.approx(3, abs=0.15)
    assert shapes["correlation"] == pytest.approx(0, abs=1e-6)
    for name, reach in (("r9", 1.5), ("share_5x5", 2.5)):
        inside = erf(reach / eta_width / np.sqrt(2)) * erf(reach / phi_width / np.sqrt(2))
        assert shapes[name] == pytest.approx(inside, rel=1e-3)


def test_one_crystal():
    shapes = shapes_of({(3, 30): 0.5})
    is_one = ["share_1", "share_2x2", "r9", "share_5x5", "e1x5", "e2x5", "e5x1", "e5x2"]
    is_one += ["n_hits", "eta_kurtosis", "phi_kurtosis"]
    assert (shapes[is_one] == 1).all()
    assert shapes["energy"] == 0.5
    assert (shapes.drop([*is_one, "energy"]) == 0).all()


def test_two_crystals():
    shapes = shapes_of({(16, 16): 3, (16, 20): 1})
    expected = {
        "energy": 4,
        "n_hits": 2,
        "share_1": 0.75,
        "share_2": 0.25,
        "r9": 0.75,
        "share_5x5": 0.75,
        "e1x5": 1,
        "eta_width": 0,
        # of a choice between two places: d sqrt(p q)
        "phi_width": 4 * np.sqrt(3 / 16),
        "phi_skewness": 0.5 / np.sqrt(3 / 16),
        "phi_kurtosis": 1 + 0.5**2 / (3 / 16),
        "sigma_iphi_iphi": 0,
        "phi_asymmetry": 0.25,
        "eta_asymmetry": 0,
        "offset": 1,
        "outer_phi": 0.25,
        "outer_eta": 0,
    }
    np.testing.assert_allclose(shapes[list(expected)], list(expected.values()), atol=1e-12)


def test_logarithmic_weights_by_hand():
    energies = {(16, 16): 10.0, (16, 17): 4.0, (15, 16): 1.0, (16, 14): 0.1, (10, 10): 5.0}
    shapes = shapes_of(energies)
    # 0.1 of 15.1 is below exp(-4.7) and has no weight, but moves the mean
    total = 15.1
    mean_eta, mean_phi = (16 * 14.1 + 15) / total, (16 * 11 + 17 * 4 + 14 * 0.1) / total
    weights = 4.7 + np.log(np.array([10, 4, 1]) / total)
    d_eta, d_phi = np.array([16, 16, 15]) - mean_eta, np.array([16, 17, 16]) - mean_phi
    expected = np.sqrt(np.average([d_eta**2, d_phi**2], axis=1, weights=weights))
    np.testing.assert_allclose(shapes[["sigma_ieta_ieta", "sigma_iphi_iphi"]], expected, rtol=1e-6)
    covariance = abs(np.average(d_eta * d_phi, weights=weights))
    assert shapes["covariance_ieta_iphi"] == pytest.approx(covariance, rel=1e-5)


def test_strips_know_eta_from_phi():
    along_phi = shapes_of({(16, 15): 1, (16, 16): 2, (16, 17): 1})
    assert along_phi[["e1x5", "e2x5", "e5x1", "e5x2"]].tolist() == [1, 1, 0.5, 0.75]
    along_eta = shapes_of({(15, 16): 1, (16, 16): 2, (17, 16): 1})
    assert along_eta[["e1x5", "e2x5", "e5x1", "e5x2"]].tolist() == [0.5, 0.75, 1, 1]


def test_times_count_by_their_energy():
    image = image_of({(16, 16): 3, (16, 17): 1})
    image[..., 1] = 1000
    image[0, 16, 16, 1], image[0, 16, 17, 1] = 1, 5
    shapes = measure_shapes(image).iloc[0]
    assert shapes["mean_time"] == 2
    assert shapes["time_spread"] == pytest.approx(np.sqrt(3))


def test_moments_agree_with_numpy():
    images = draw_showers(20, 5)
    shapes = measure_shapes(images)
    places = np.arange(32)
    for energy, (_, row) in zip(images[..., 0].astype(float), shapes.iterrows(), strict=True):
        for name, weights in (("eta", energy.sum(axis=1)), ("phi", energy.sum(axis=0))):
            distance = places - np.average(places, weights=weights)
            variance = np.average(distance**2, weights=weights)
            third, fourth = (np.average(distance**n, weights=weights) for n in (3, 4))
            assert row[f"{name}_width"] == pytest.approx(np.sqrt(variance))
            assert row[f"{name}_skewness"] == pytest.approx(abs(third) / variance**1.5)
            assert row[f"{name}_kurtosis"] == pytest.approx(fourth / variance**2)


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6), which=st.integers(1, 3))
def test_mirror_images_have_the_same_shapes(seed, which):
    images = draw_showers(3, seed)
    sources = crystal_symmetries()[which]
    mirrored = images.reshape(-1, 1024, 2)[:, sources].reshape(images.shape)
    expected = measure_shapes(images)
    np.testing.assert_allclose(measure_shapes(mirrored), expected, rtol=1e-6, atol=1e-6)


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6), rows=st.integers(-6, 6), columns=st.integers(-6, 6))
def test_shapes_do_not_know_where_the_shower_is(seed, rows, columns):
    images = draw_showers(3, seed)
    moved = np.roll(images, (rows, columns), axis=(1, 2))
    expected = measure_shapes(images)
    np.testing.assert_allclose(measure_shapes(moved), expected, rtol=1e-6, atol=1e-6)


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6), factor=st.floats(1e-3, 1e3))
def test_only_the_energy_knows_the_unit(seed, factor):
    images = draw_showers(3, seed).astype(float)
    expected = measure_shapes(images)
    expected["energy"] *= factor
    images[..., 0] *= factor
    np.testing.assert_allclose(measure_shapes(images), expected, rtol=1e-9, atol=1e-9)


@settings(max_examples=50)
@given(seed=st.integers(0, 10**6), reach=st.integers(1, 16))
def test_all_values_are_in_their_ranges(seed, reach):
    shapes = measure_shapes(draw_showers(5, seed, reach))
    for column in SHAPE_COLUMNS:
        assert column.contains(shapes[column.name]).all(), column.name


def test_negative_energy_is_none_and_an_image_without_has_no_shape():
    images = np.concatenate([image_of({(16, 16): 1, (16, 20): -5}), image_of({(16, 16): -1})])
    shapes = measure_shapes(images)
    np.testing.assert_array_equal(shapes.iloc[0], shapes_of({(16, 16): 1}))
    assert shapes.iloc[1].isna().all()
    assert measure_shapes(images[:0]).columns.tolist() == SHAPES


def test_other_images_are_refused():
    with pytest.raises(InputError, match=r"\(2, 28, 28, 1\)"):
        measure_shapes(np.zeros((2, 28, 28, 1)))
