"""Units of somebody else's table: conversion to ours, and what gives a wrong one away.

A distance in the camera plane may be given as an angle. The two are proportional,
distance = focal length x angle in radians: Hillas parameters in degrees are usually computed
with one plate scale for the whole camera. The tangent would differ by 0.1 % at 3 degrees.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from showerforge.errors import InputError, list_problems
from showerforge.events.schema import HILLAS_COLUMNS, PLAUSIBLE_RATIOS, Column

LINEAR_LIGHT = ("photons", "photoelectrons", "p.e.")
LOGARITHMIC_LIGHT = tuple(f"log10({unit})" for unit in LINEAR_LIGHT)
#: relative error of single precision, by which a converted value may miss a bound
ROUNDING = 1e-6
#: focal length in m that guesses about units are made with, that of MAGIC
GUESSED_FOCAL_LENGTH = 17.0
#: fewer events say nothing about a unit
FEWEST_EVENTS = 20


def check_unit(unit: str | None, column: Column, focal_length: float | None) -> None:
    """Refuse a unit that cannot be converted to that of the column.

    Raises
    ------
    ValueError
        Saying what is wrong with the unit.
    """
    if unit is None or column.name == "fSize":
        if unit is not None and unit not in (*LINEAR_LIGHT, *LOGARITHMIC_LIGHT):
            raise ValueError(
                f"fSize has the unit {unit!r}; known are "
                f"{', '.join((*LOGARITHMIC_LIGHT, *LINEAR_LIGHT))}. For any other, such as the "
                "charge in ADC counts, take photons and give the `factor`"
            )
        return
    conversion_factor(unit, column, focal_length)


def conversion_factor(unit: str, column: Column, focal_length: float | None) -> float:
    """Return the number that turns values of a unit into those of a column.

    Parameters
    ----------
    unit : as astropy.units writes it, such as "deg", "cm", "percent", "GeV".
    column : what the values are.
    focal_length : in m; for distances in the camera that are given as angles.

    Raises
    ------
    ValueError
        If there is no such unit, it measures something else or the focal length is missing.
    """
    from astropy import units

    try:
        given = units.Unit(unit)
    except (ValueError, TypeError):
        raise ValueError(
            f"{column.name} has the unit {unit!r}, which astropy.units does not know; write it as "
            "mm, cm, m, deg, rad, mrad, percent, GeV, TeV"
        ) from None
    wanted = units.Unit(column.unit)
    if given.is_equivalent(wanted):
        return float(given.to(wanted))
    if given.is_equivalent(units.rad) and wanted.is_equivalent(units.m):
        if focal_length is None:
            raise ValueError(
                f"{column.name} is given in {unit}, ours is in {wanted}; the layout needs the "
                "`focal_length` of the telescope in m"
            )
        return float(given.to(units.rad) * (focal_length * units.m).to_value(wanted))
    raise ValueError(
        f"{column.name} has the unit {unit!r}, which cannot be converted to "
        f"{column.unit or 'a pure number'}"
    )


def convert(
    values: pd.Series,
    column: Column,
    unit: str | None,
    factor: float = 1.0,
    fold: bool = False,
    focal_length: float | None = None,
) -> pd.Series:
    """Turn values of a file into the unit of a column.

    Parameters
    ----------
    values : float[n_events], in the unit of the file.
    column : what they are.
    unit : unit of the file; None is that of the column. Light may be linear, then its
        logarithm is taken; light of zero or less becomes missing.
    factor : multiplies the values before anything else.
    fold : fold an angle of an axis, which is the same after half a turn, into 0 to 90 degrees.
    focal_length : in m.

    Returns
    -------
    values : float[n_events], in the unit of `column`. What exceeds the allowed range by no more
        than single precision is set to its end.
    """
    values = values * factor
    if unit in LINEAR_LIGHT:
        values = np.log10(values.where(values > 0))
    elif unit is not None and unit not in LOGARITHMIC_LIGHT:
        values = values * conversion_factor(unit, column, focal_length)
    if fold:
        turned = values % 180
        values = turned.where(turned <= 90, 180 - turned)
    if math.isfinite(column.highest) and unit is not None:
        is_rounded = values.between(column.highest, column.highest * (1 + ROUNDING))
        values = values.mask(is_rounded, column.highest)
    return values


@dataclass(frozen=True)
class _Guess:
    """A unit that a column may have by mistake.

    Attributes
    ----------
    unit : its name.
    how : how its values become ours, in words.
    compute : the same for a single value; monotone.
    """

    unit: str
    how: str
    compute: Callable[[float], float]


def _multiplied(unit: str, column: Column) -> _Guess:
    factor = conversion_factor(unit, column, GUESSED_FOCAL_LENGTH)
    is_angle = column.unit == "mm" and unit in ("deg", "rad", "mrad")
    at = f" at a focal length of {GUESSED_FOCAL_LENGTH:g} m" if is_angle else ""
    return _Guess(unit, f"times {factor:.3g}{at}", lambda value: value * factor)


def _guesses(column: Column) -> list[_Guess]:
    if column.name == "fSize":
        return [
            _Guess("photons", "log10", lambda v: math.log10(v) if v > 0 else math.nan),
            _Guess("natural logarithm", "times 0.434", lambda v: v / math.log(10)),
        ]
    units = {"mm": ("deg", "m", "cm", "mrad", "rad"), "deg": ("rad",), "": ("percent",)}
    return [_multiplied(unit, column) for unit in units[column.unit]]


def find_unlikely_units(events: pd.DataFrame) -> list[str]:
    """Compare the sizes of the Hillas parameters with what any telescope records.

    Parameters
    ----------
    events : DataFrame[n_events] with the Hillas parameters in the units of ours.

    Returns
    -------
    problems : for each column that is far off, its median (or other quantile), what is expected
        and which unit would explain it; none for fewer than 20 events.
    """
    if len(events) < FEWEST_EVENTS:
        return []
    problems, sizes = [], {}
    numbers = events.select_dtypes("number")
    for column in HILLAS_COLUMNS:
        if column.name not in numbers:
            continue
        quantile = column.plausible_quantile
        size = float(events[column.name].abs().quantile(quantile))
        lowest, highest = column.plausible
        if lowest <= size <= highest:
            sizes[column.name] = size
            continue
        what = "median" if quantile == 0.5 else f"{100 * quantile:g} % quantile"
        fitting = [g for g in _guesses(column) if lowest <= g.compute(size) <= highest]
        explained = " or ".join(f"{guess.unit} ({guess.how})" for guess in fitting)
        expected = f"{lowest:g} to {highest:g} {column.unit}".strip()
        problems.append(
            f"{column.name}: {what} of the sizes {size:.3g}, expected {expected}"
            + (f"; would fit: {explained}" if explained else "")
        )
    for name, other, lowest, highest in PLAUSIBLE_RATIOS:
        if name in sizes and other in sizes:
            ratio = sizes[name] / sizes[other]
            if not lowest <= ratio <= highest:
                problems.append(
                    f"{name} and {other}: ratio of the medians {ratio:.3g}, expected {lowest:g} to "
                    f"{highest:g}; one of them is likely in another unit"
                )
    return problems


def check_units(events: pd.DataFrame) -> None:
    """Refuse a table whose numbers do not look like the units that it claims.

    Parameters
    ----------
    events : DataFrame; ``events.attrs["sources"]`` has their names in the file, if others.

    Raises
    ------
    InputError
        Naming columns, sizes and the units that would fit.
    """
    problems = find_unlikely_units(events)
    if not problems:
        return
    sources = events.attrs.get("sources", {})
    from_file = [f"{o} is {t!r}" for o, t in sources.items() if any(o in p for p in problems)]
    raise InputError(
        f"{events.attrs.get('file', 'event table')}: the unit of some columns is likely not the "
        f"one that the layout or the table's own format says:\n{list_problems(problems)}\n"
        + (f"In the file, {', '.join(from_file)}.\n" if from_file else "")
        + "Give the `unit` of each column in the layout (docs/own-data.md). If the numbers are "
        "right for your telescope, set data_processing.check_units to false. Nothing has been "
        "written."
    )
