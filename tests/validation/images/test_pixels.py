"""What is measured of pixels, against scipy and counts by hand."""

import numpy as np
import pytest
from image_sets import make_set
from scipy.stats import ks_2samp, wasserstein_distance

from showerforge.validation.images.pixels import CHARGE_STEP, compare_pixels
from showerforge.validation.images.resampling import Resampling
from showerforge.validation.images.sets import ImageSet

RESAMPLING = Resampling(100)


@pytest.fixture(scope="module")
def sets():
    return make_set(600, 1, "wide spots", width=0.5), make_set(900, 2)


def test_distances_are_those_of_scipy(sets):
    estimates = compare_pixels(*sets, RESAMPLING)
    charges = [np.log10(each.charges[each.charges > 0]) for each in sets]
    numbers = [(each.charges > 0).sum(axis=1) for each in sets]
    assert estimates["charge_ks"].value == pytest.approx(ks_2samp(*charges).statistic, abs=0.01)
    assert estimates["charge_shift"].value == pytest.approx(
        wasserstein_distance(*charges), abs=CHARGE_STEP
    )
    assert estimates["lit_pixels_ks"].value == pytest.approx(ks_2samp(*numbers).statistic)
    assert estimates["lit_pixels_shift"].value == pytest.approx(wasserstein_distance(*numbers))
    occupancy = np.abs(np.subtract(*((each.charges > 0).mean(axis=0) for each in sets)))
    assert estimates["occupancy_largest"].value == pytest.approx(occupancy.max())
    assert estimates["occupancy_mean"].value == pytest.approx(occupancy.mean())


def test_the_same_law_is_not_clear_of_nothing_and_another_is(sets):
    same = compare_pixels(make_set(600, 3), sets[1], RESAMPLING)
    other = compare_pixels(*sets, RESAMPLING)
    for name, estimate in same.items():
        assert estimate.lower <= estimate.value <= estimate.upper
        assert other[name].lower > estimate.upper, name


def test_a_set_against_itself_has_no_distance(sets):
    values = compare_pixels(sets[1], sets[1], RESAMPLING)
    assert {estimate.value for estimate in values.values()} == {0.0}


def test_images_of_a_shower_are_drawn_together(sets):
    few = sets[1].take(np.repeat(np.arange(100), 10))
    lonely = ImageSet("lonely", few.table.assign(group=np.arange(1000)), few.images)
    widths = []
    for each in (few, lonely):
        shift = compare_pixels(each, sets[0], RESAMPLING)["lit_pixels_shift"]
        widths.append(shift.upper - shift.lower)
    assert widths[0] > 1.3 * widths[1]
