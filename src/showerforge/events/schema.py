"""The columns of an event table, each declared once with unit, meaning and range.

Distances are in mm in the camera plane, angles in degrees, as in the table of Bock et
al. 2004 (NIM A 516, 511), whose column names are kept.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors

from showerforge.errors import InputError, list_problems


@dataclass(frozen=True)
class Column:
    """A measured quantity.

    Attributes
    ----------
    name : column name in every table.
    unit : unit of the values, empty for pure numbers.
    description : what the quantity is.
    lowest, highest : the values allowed.
    above_lowest : whether `lowest` itself is excluded.
    """

    name: str
    unit: str
    description: str
    lowest: float = -math.inf
    highest: float = math.inf
    above_lowest: bool = False

    @property
    def label(self) -> str:
        """Name with unit, as written on an axis."""
        return f"{self.name} [{self.unit}]" if self.unit else self.name

    @property
    def allowed(self) -> str:
        """The allowed range in words."""
        unit = f" {self.unit}" if self.unit else ""
        if math.isinf(self.lowest) and math.isinf(self.highest):
            return "any finite number"
        lowest = f"{'above' if self.above_lowest else 'at least'} {self.lowest:g}"
        if math.isinf(self.highest):
            return f"{lowest}{unit}"
        return f"{lowest} and at most {self.highest:g}{unit}"

    def contains(self, values: pd.Series) -> pd.Series:
        """Tell which values are finite and in the allowed range."""
        above = values > self.lowest if self.above_lowest else values >= self.lowest
        return above & (values <= self.highest) & np.isfinite(values)


HILLAS_COLUMNS = (
    Column("fLength", "mm", "major axis of the image ellipse", 0.0, above_lowest=True),
    Column("fWidth", "mm", "minor axis of the image ellipse", 0.0),
    Column("fSize", "log10(photons)", "sum of all pixels", 0.0, 10.0, above_lowest=True),
    Column("fConc", "", "share of the two brightest pixels", 0.0, 1.0, above_lowest=True),
    Column("fConc1", "", "share of the brightest pixel", 0.0, 1.0, above_lowest=True),
    Column("fAsym", "mm", "brightest pixel to centre, along the major axis"),
    Column("fM3Long", "mm", "third root of the third moment along the major axis"),
    Column("fM3Trans", "mm", "third root of the third moment along the minor axis"),
    Column("fAlpha", "deg", "angle of the major axis to the source direction", 0.0, 90.0),
    Column("fDist", "mm", "distance of the centre to the source position", 0.0),
)
HILLAS_PARAMETERS = [column.name for column in HILLAS_COLUMNS]

GAMMA = "gamma"
HADRON = "hadron"
#: how much an event counts, one on average
WEIGHT = "weight"
#: energy that an event was simulated with [TeV]; it makes weights and is never a feature
TRUE_ENERGY = "true_energy"
#: columns with the ids of the training events that a synthetic event was made from
PARENTS = ("parent", "neighbour")
PARTICLE_OF_LABEL = {"g": GAMMA, "h": HADRON}


def _in_range(column: Column) -> pa.Check:
    return pa.Check(column.contains, name="in_range", error=column.allowed)


_COLUMNS_OF_EVENTS = {
    **{
        column.name: pa.Column(
            float,
            _in_range(column),
            description=column.description,
            metadata={"unit": column.unit},
        )
        for column in HILLAS_COLUMNS
    },
    "particle": pa.Column(str, pa.Check.isin([GAMMA, HADRON]), description="true origin"),
}

_WEIGHT = pa.Column(
    float, pa.Check.in_range(0, float("inf"), include_max=False), description="how much it counts"
)

RAW_EVENTS = pa.DataFrameSchema(_COLUMNS_OF_EVENTS, strict=True, name="raw events")
EVENTS = pa.DataFrameSchema(
    {
        **_COLUMNS_OF_EVENTS,
        "group": pa.Column(int, description="events that no split may separate"),
        WEIGHT: _WEIGHT,
    },
    index=pa.Index(int, unique=True, name="event_id"),
    name="events",
)
SYNTHETIC_EVENTS = pa.DataFrameSchema(
    {
        **_COLUMNS_OF_EVENTS,
        "parent": pa.Column(
            "Int64", nullable=True, description="event_id that the row was grown from"
        ),
        "neighbour": pa.Column(
            "Int64", nullable=True, description="event_id that it was grown towards"
        ),
        WEIGHT: _WEIGHT,
    },
    name="synthetic events",
)


def validate_raw_events(events: pd.DataFrame) -> pd.DataFrame:
    """Check an event table as read from a file, and say which cells are wrong.

    Parameters
    ----------
    events : DataFrame, indexed by the row of the file; ``events.attrs["file"]`` names it.

    Returns
    -------
    events : the same table.

    Raises
    ------
    InputError
        If a value is missing, infinite or out of its range.
    """
    try:
        return RAW_EVENTS.validate(events, lazy=True)
    except SchemaErrors as errors:
        raise InputError(_describe_failures(errors.failure_cases, events)) from errors


def _describe_failures(failures: pd.DataFrame, events: pd.DataFrame) -> str:
    allowed = {column.name: column.allowed for column in HILLAS_COLUMNS}
    rows = failures.dropna(subset=["index"]).sort_values(["index", "column"])
    rows = rows.drop_duplicates(["index", "column"])
    problems = [
        f"row {row}, column {column}: {value} (allowed: {allowed.get(column, 'gamma or hadron')})"
        for row, column, value in zip(
            rows["index"], rows["column"], rows["failure_case"], strict=True
        )
    ]
    problems += [str(case) for case in failures.loc[failures["index"].isna(), "failure_case"]]
    return (
        f"{events.attrs.get('file', 'event table')}: {len(problems):,} values cannot be right:\n"
        f"{list_problems(problems)}\n"
        "Mend or remove these rows; nothing has been written."
    )
