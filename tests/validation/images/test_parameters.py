"""Image parameters one by one, where not all are known of every image."""

import numpy as np
import pandas as pd
import pytest
from image_sets import make_set
from scipy.stats import ks_2samp, kstwo

from showerforge.validation.images.parameters import band_of_parameters, compare_parameters

NAMES = ["size", "length"]


def test_unknown_values_are_left_out_of_a_comparison():
    reference = make_set(600, 2).table
    table = reference.assign(length=lambda t: t["length"].where(t.index % 2 == 0))
    rows = compare_parameters(table, reference, NAMES).set_index("column")
    expected = ks_2samp(table["length"].dropna(), reference["length"]).statistic
    assert rows.loc["length", "ks_distance"] == pytest.approx(expected)
    nothing = compare_parameters(table.assign(length=np.nan), reference, NAMES)
    assert nothing["column"].tolist() == ["size"]


def test_the_band_is_that_of_two_samples_of_one_law():
    values = np.random.default_rng(0).normal(size=3000)
    real = pd.DataFrame({"size": values, "group": np.arange(3000)})
    band = band_of_parameters(real, 400, 800, ["size"], 300, 0).iloc[0]
    # Smirnov's law of two samples is about that of one of the harmonic size
    lower, upper = kstwo.ppf([0.025, 0.975], 400 * 800 // 1200)
    assert band["lower"] == pytest.approx(lower, rel=0.15)
    assert band["upper"] == pytest.approx(upper, rel=0.15)


def test_images_of_one_shower_widen_the_band():
    values = np.repeat(np.random.default_rng(0).normal(size=500), 6)
    showers = pd.DataFrame({"size": values, "group": np.arange(3000) // 6})
    lonely = showers.assign(group=np.arange(3000))
    wide, narrow = (
        band_of_parameters(real, 600, 600, ["size"], 60, 0).iloc[0]["upper"]
        for real in (showers, lonely)
    )
    assert wide > 1.5 * narrow
