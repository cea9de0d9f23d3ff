import numpy as np
import pandas as pd
import pytest
from astropy import units
from hypothesis import given
from hypothesis import strategies as st

from showerforge.errors import InputError
from showerforge.events.schema import HILLAS_COLUMNS, validate_raw_events
from showerforge.events.units import check_units, conversion_factor, convert, find_unlikely_units

COLUMN = {column.name: column for column in HILLAS_COLUMNS}
LENGTHS = [name for name, column in COLUMN.items() if column.unit == "mm"]
MAGIC_FOCAL_LENGTH_MM = 17_000.0

#: what the values of a column become in a wrong unit
WRONG = {
    **{
        (name, unit): lambda mm, unit=unit: mm * units.rad.to(unit) / MAGIC_FOCAL_LENGTH_MM
        for name in LENGTHS
        for unit in ("deg", "rad", "mrad")
    },
    **{
        (name, unit): lambda mm, unit=unit: mm * units.mm.to(unit)
        for name in LENGTHS
        for unit in ("m", "cm")
    },
    ("fSize", "photons"): lambda size: 10**size,
    ("fSize", "natural logarithm"): lambda size: size * np.log(10),
    ("fConc", "percent"): lambda share: 100 * share,
    ("fConc1", "percent"): lambda share: 100 * share,
    ("fAlpha", "rad"): np.deg2rad,
}


@pytest.mark.parametrize(
    ("name", "unit", "factor"),
    [
        # 17 m times the tangent of 1 degree is 296.74 mm, times the angle 296.71 mm
        ("fDist", "deg", 296.706),
        ("fDist", "mrad", 17.0),
        ("fDist", "cm", 10.0),
        ("fAlpha", "rad", 57.29578),
        ("fConc", "percent", 0.01),
    ],
)
def test_factors_are_those_of_the_textbook(name, unit, factor):
    assert conversion_factor(unit, COLUMN[name], 17.0) == pytest.approx(factor, rel=1e-5)


@given(st.floats(-1e4, 1e4), st.floats(0, 90))
def test_half_turns_and_signs_of_an_axis_mean_nothing(turns, alpha):
    turned = pd.Series([alpha + 180 * round(turns), -alpha + 180 * round(turns)])
    folded = convert(turned, COLUMN["fAlpha"], None, fold=True)
    np.testing.assert_allclose(folded, alpha, atol=1e-6)


def test_right_angle_in_single_precision_stays_allowed():
    right_angle = pd.Series(np.float32([np.pi / 2]).astype(float))
    assert convert(right_angle, COLUMN["fAlpha"], "rad").tolist() == [90.0]
    assert convert(right_angle * 1.001, COLUMN["fAlpha"], "rad").item() > 90


@pytest.mark.parametrize(("name", "unit"), WRONG, ids=str)
def test_every_wrong_unit_is_found_and_named(magic_events, name, unit):
    wrong = magic_events.assign(**{name: WRONG[name, unit](magic_events[name])})
    wrong.attrs = magic_events.attrs
    with pytest.raises(InputError) as error:
        check_units(wrong)
    (line,) = [line for line in str(error.value).splitlines() if f"- {name}: " in line]
    assert f"would fit: {unit} (" in line or f" or {unit} (" in line
    assert "expected" in line


@pytest.mark.parametrize(
    "case", [("fConc", "percent"), ("fSize", "photons")], ids=lambda case: case[0]
)
def test_a_unit_that_breaks_the_range_is_explained_as_well(magic_events, case):
    name, unit = case
    wrong = magic_events.assign(**{name: WRONG[case](magic_events[name])})
    wrong.attrs = magic_events.attrs
    with pytest.raises(InputError) as error:
        validate_raw_events(wrong)
    assert "allowed" in str(error.value)
    assert f"would fit: {unit}" in str(error.value)


@given(seed=st.integers(0, 2**32 - 1), case=st.sampled_from(list(WRONG)))
def test_a_few_hundred_events_are_enough_to_find_a_wrong_unit(magic_events, seed, case):
    name, _ = case
    events = magic_events.sample(300, random_state=seed)
    problems = find_unlikely_units(events.assign(**{name: WRONG[case](events[name])}))
    assert any(problem.startswith(f"{name}: ") for problem in problems)


@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, 3000))
def test_samples_of_the_real_table_raise_no_doubt(magic_events, seed, n):
    n = n if n < 20 else max(n, 200)
    assert find_unlikely_units(magic_events.sample(n, random_state=seed)) == []


@pytest.mark.parametrize("plate_scale", [37.5, 85.0, 209.0, 262.0, 297.0, 489.0])
def test_other_cameras_raise_no_doubt(magic_events, plate_scale):
    """From small two-mirror telescopes to the largest; images are alike in degrees."""
    scaled = magic_events[LENGTHS] * plate_scale / 297.0
    # the images of small telescopes are of higher energies and longer in degrees
    scaled *= 2 if plate_scale < 100 else 1
    assert find_unlikely_units(magic_events.assign(**scaled)) == []


def test_one_length_in_another_unit_is_found_by_its_neighbours(magic_events):
    """A camera so large that centimetres look like millimetres."""
    large = magic_events.assign(**magic_events[LENGTHS] * 3)
    (problem,) = find_unlikely_units(large.assign(fDist=large["fDist"] / 10))
    assert problem.startswith("fDist and fLength: ratio of the medians")


def test_the_name_in_the_file_is_told(magic_events):
    wrong = magic_events.assign(fLength=magic_events["fLength"] / 297)
    wrong.attrs = {"file": "theirs.h5", "sources": {"fLength": "hillas_length"}}
    with pytest.raises(InputError, match=r"theirs\.h5: .*\n.*fLength.*(.|\n)*'hillas_length'"):
        check_units(wrong)
