"""Whether images are what was asked for: with answers known beforehand."""

import numpy as np
import pandas as pd
import pytest
from image_sets import make_set

from showerforge.errors import InputError
from showerforge.validation.images.conditions import (
    energy_classes,
    fit_regressor,
    follow_energies,
    follow_sizes,
)
from showerforge.validation.images.resampling import Resampling
from showerforge.validation.images.sets import ImageSet

RESAMPLING = Resampling(200)
COLUMNS = ("size", "n_pixels")


def sizes(requested, obtained):
    table = pd.DataFrame({"requested_size": requested, "size": obtained})
    return ImageSet("toy", table, np.ones((len(table), 3), np.float32))


def test_errors_of_the_size_are_those_that_were_made():
    requested = np.linspace(50, 500, 400)
    error = np.where(np.arange(400) % 4 == 0, 0.4, 0.1)
    estimates = follow_sizes(sizes(requested, requested * (1 - error)), RESAMPLING)
    mean, median = estimates["size_error_mean"], estimates["size_error_median"]
    assert mean.value == pytest.approx(0.175)
    assert mean.upper - mean.lower == pytest.approx(2 * 1.96 * error.std() / 20, rel=0.25)
    assert median.value == pytest.approx(0.1)
    exact = follow_sizes(sizes(requested, 2 * requested**2), RESAMPLING)
    assert exact["size_log_correlation"].value == pytest.approx(1)
    assert exact["size_correlation"].value == pytest.approx(
        np.corrcoef(requested, requested**2)[0, 1]
    )


def test_lost_images_are_counted_and_not_compared():
    obtained = np.r_[np.full(30, np.nan), np.linspace(50, 500, 70)]
    requested = np.r_[np.full(30, 20.0), np.linspace(50, 500, 70)]
    estimates = follow_sizes(sizes(requested, obtained), RESAMPLING)
    lost = estimates["size_lost"]
    assert lost.value == pytest.approx(0.3)
    # Wilson 1927, by hand
    assert (lost.lower, lost.upper) == pytest.approx((0.2189, 0.3958), abs=1e-3)
    assert estimates["size_error_mean"].value == pytest.approx(0)


def test_who_was_not_asked_for_sizes_is_not_judged_by_them():
    assert list(follow_sizes(make_set(100, 1), RESAMPLING)) == ["size_lost"]


def test_one_size_for_all_has_no_correlation():
    estimates = follow_sizes(sizes(np.full(50, 100.0), np.linspace(90, 110, 50)), RESAMPLING)
    assert np.isnan(estimates["size_correlation"].value)


@pytest.fixture(scope="module")
def regressor():
    return fit_regressor(make_set(3000, 1).table, 0, COLUMNS)


@pytest.mark.parametrize(("factor", "bias"), [(1, 0.0), (2, np.log10(2))])
def test_images_of_another_energy_than_requested_are_seen(regressor, factor, bias):
    edges = energy_classes(make_set(3000, 1).table["true_energy"].to_numpy(), 3)
    truth = make_set(900, 2)
    asked = truth.table.assign(requested_true_energy=truth.table["true_energy"] / factor)
    estimates = follow_energies(ImageSet("toy", asked, truth.images), regressor, edges, RESAMPLING)
    found = estimates["energy_bias"]
    assert found.value == pytest.approx(bias, abs=0.02)
    assert found.lower <= found.value <= found.upper
    assert 0.01 < estimates["energy_resolution"].value < 0.1
    share = estimates["energy_class_share"].value
    assert share > 0.75 if factor == 1 else share < 0.6
    assert "impact_bias" not in estimates


def test_what_images_do_not_tell_is_not_reconstructed(regressor):
    truth = make_set(900, 2)
    asked = truth.table.assign(requested_impact=truth.table["impact"])
    estimates = follow_energies(
        ImageSet("toy", asked, truth.images), regressor, np.array([5.0]), RESAMPLING
    )
    # impacts are uniform between 20 and 300 m, whatever the image
    assert estimates["impact_resolution"].value == pytest.approx(0.68 * 280 / 2, rel=0.15)


def test_the_null_of_a_regressor_is_the_same_twice():
    first, second = (fit_regressor(make_set(600, 1).table, 7, COLUMNS) for _ in range(2))
    table = make_set(100, 2).table
    for name, values in first.predict(table).items():
        np.testing.assert_array_equal(values, second.predict(table)[name])


def test_without_simulated_images_nothing_is_learnt():
    with pytest.raises(InputError, match="no simulated images"):
        fit_regressor(make_set(60, 1).table.head(0), 0, COLUMNS)


def test_energy_classes_have_as_many_images_each():
    energies = np.random.default_rng(0).lognormal(1, 0.5, 1000)
    edges = energy_classes(energies, 4)
    counts = np.bincount(np.searchsorted(edges, energies))
    assert counts.tolist() == [250, 250, 250, 250]
