import math

import numpy as np
import pandas as pd
import pytest

from showerforge.errors import InputError
from showerforge.events.features import (
    BRIGHTEST_PIXEL,
    FEATURE_SETS,
    compute_features,
    feature_names,
    with_features,
)

EVENT = pd.DataFrame(
    {
        "fLength": [40.0],
        "fWidth": [10.0],
        "fSize": [3.0],
        "fConc": [0.4],
        "fConc1": [0.25],
        "fAsym": [-20.0],
        "fM3Long": [30.0],
        "fM3Trans": [-40.0],
        "fAlpha": [30.0],
        "fDist": [200.0],
    }
)


@pytest.mark.parametrize(
    ("name", "by_hand"),
    [
        ("ellipticity", 4.0),
        ("shower_density", 3.0 / 400),
        ("miss", 100.0),
        ("concentration_ratio", 1.6),
        ("third_moment", 50.0),
        ("size_concentration", 1.2),
        ("longitudinal_asymmetry", -0.5),
        ("log_length", math.log10(40)),
        ("axis_ratio", 0.25),
        ("log_density", 3 - math.log10(400)),
        ("distance_along_axis", 200 * math.sqrt(3) / 2),
        ("root_alpha", math.sqrt(30)),
        ("second_to_first_pixel", 0.6),
        ("log_brightest_pixel", 3 + math.log10(0.25)),
        ("relative_third_moment_cubed", 0.75**3),
        ("relative_transverse_moment", 4.0),
        ("head_to_tail", -0.5),
        ("relative_miss", 2.5),
        ("size_corrected_width", 1 - 2.25),
        ("distance_residual", 200 - 288 * 0.75),
        ("photons", 1000),
        ("photon_density", 2.5),
        ("sine_alpha", 0.5),
    ],
)
def test_formula(name, by_hand):
    features = compute_features(EVENT, list(FEATURE_SETS))
    assert features[name].item() == pytest.approx(by_hand, rel=1e-12)


def test_all_features_of_all_real_events_are_finite(magic_events):
    features = compute_features(magic_events, list(FEATURE_SETS))
    assert (magic_events["fWidth"] == 0).sum() == 98
    assert np.isfinite(features).all().all()


def test_zero_width_has_a_defined_ellipticity():
    flat = EVENT.assign(fWidth=0.0)
    assert compute_features(flat, ["engineered"])["ellipticity"].item() == 40.0


def test_names_are_unique_and_in_order():
    names = feature_names(list(FEATURE_SETS))
    assert len(set(names)) == len(names) == 7 + 23 + 3
    assert names[:2] == ["ellipticity", "shower_density"]


def test_table_keeps_what_it_had_and_the_arguments(toy_events):
    before = toy_events.copy()
    table = with_features(toy_events, ["engineered"])
    pd.testing.assert_frame_equal(toy_events, before)
    pd.testing.assert_frame_equal(table[toy_events.columns], toy_events)


def test_columns_of_the_brightest_pixel_are_all_named(magic_events):
    """Shuffling fConc1 changes these features and no others."""
    sets = list(FEATURE_SETS)
    shuffled = magic_events.assign(fConc1=magic_events["fConc1"].sample(frac=1).to_numpy())
    before, after = (compute_features(events, sets) for events in (magic_events, shuffled))
    changed = [name for name in before if not before[name].equals(after[name])]
    assert sorted(["fConc1", *changed]) == sorted(BRIGHTEST_PIXEL)


@pytest.mark.parametrize(
    ("column", "value"),
    [("fDist", 1e300), ("fM3Long", -1e200), ("fConc1", 5e-324), ("fLength", 5e-324)],
)
def test_numbers_beyond_what_models_hold_are_refused_with_their_row(toy_events, column, value):
    events = toy_events.head(50).copy()
    events.loc[events.index[7], column] = value
    with pytest.raises(InputError, match="beyond what models can hold") as error:
        with_features(events, list(FEATURE_SETS))
    assert f"row {events.index[7]}: " in str(error.value)
    assert f"row {events.index[8]}: " not in str(error.value)
