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
    plausible : where the quantile `plausible_quantile` of the sizes lies for any telescope,
        generously; outside of it, the unit is likely another one.
    plausible_quantile : the quantile that `plausible` is about.
    """

    name: str
    unit: str
    description: str
    lowest: float = -math.inf
    highest: float = math.inf
    above_lowest: bool = False
    plausible: tuple[float, float] = (0.0, math.inf)
    plausible_quantile: float = 0.5

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


# Plausible medians: those of the MAGIC table, and of cameras from 37 mm per degree (small
# telescopes with two mirrors) to 490 mm per degree (the largest), with room on both sides.
HILLAS_COLUMNS = (
    Column(
        "fLength",
        "mm",
        "major axis of the image ellipse",
        0.0,
        above_lowest=True,
        plausible=(5.0, 300.0),
    ),
    Column("fWidth", "mm", "minor axis of the image ellipse", 0.0, plausible=(2.5, 150.0)),
    Column(
        "fSize",
        "log10(photons)",
        "sum of all pixels",
        0.0,
        10.0,
        above_lowest=True,
        plausible=(1.2, 6.0),
    ),
    Column(
        "fConc",
        "",
        "share of the two brightest pixels",
        0.0,
        1.0,
        above_lowest=True,
        plausible=(0.02, 1.0),
    ),
    Column(
        "fConc1",
        "",
        "share of the brightest pixel",
        0.0,
        1.0,
        above_lowest=True,
        plausible=(0.01, 1.0),
    ),
    Column(
        "fAsym", "mm", "brightest pixel to centre, along the major axis", plausible=(3.0, 300.0)
    ),
    Column(
        "fM3Long",
        "mm",
        "third root of the third moment along the major axis",
        plausible=(3.0, 300.0),
    ),
    Column(
        "fM3Trans",
        "mm",
        "third root of the third moment along the minor axis",
        plausible=(1.5, 150.0),
    ),
    # gammas gather at small angles, so that the median says little about the unit
    Column(
        "fAlpha",
        "deg",
        "angle of the major axis to the source direction",
        0.0,
        90.0,
        plausible=(10.0, 90.0),
        plausible_quantile=0.95,
    ),
    Column(
        "fDist",
        "mm",
        "distance of the centre to the source position",
        0.0,
        plausible=(25.0, 1500.0),
    ),
)
HILLAS_PARAMETERS = [column.name for column in HILLAS_COLUMNS]

#: ratio of the medians of two columns, whatever the telescope: (column, column, lowest, highest)
PLAUSIBLE_RATIOS = (
    ("fWidth", "fLength", 0.1, 1.0),
    ("fDist", "fLength", 0.7, 50.0),
    ("fAsym", "fLength", 0.1, 3.0),
    ("fM3Long", "fLength", 0.1, 3.0),
    ("fM3Trans", "fLength", 0.03, 3.0),
)

#: how much an event counts, one on average
WEIGHT = "weight"
#: energy that an event was simulated with; it makes weights
TRUE_ENERGY = "true_energy"
#: what a table may say about its events beside the Hillas parameters; never a feature
OPTIONAL_COLUMNS = (
    Column(WEIGHT, "", "how much the event counts", 0.0),
    Column(TRUE_ENERGY, "TeV", "energy of the simulated particle", 0.0, above_lowest=True),
)

GAMMA = "gamma"
HADRON = "hadron"
#: columns with the ids of the training events that a synthetic event was made from
PARENTS = ("parent", "neighbour")
PARTICLE_OF_LABEL = {"g": GAMMA, "h": HADRON}


def _in_range(column: Column) -> pa.Check:
    return pa.Check(column.contains, name="in_range", error=column.allowed)


def check_column(
    column: Column, required: bool = True, nullable: bool = False, coerce: bool = False
) -> pa.Column:
    """Say what a schema checks of a column of numbers.

    Parameters
    ----------
    column : unit, meaning and range.
    required : whether a table must have it.
    nullable : whether NaN is allowed.
    coerce : whether numbers of other types are turned into float64 first.
    """
    return pa.Column(
        float,
        _in_range(column),
        required=required,
        nullable=nullable,
        coerce=coerce,
        description=column.description,
        metadata={"unit": column.unit},
    )


_COLUMNS_OF_EVENTS = {
    **{column.name: check_column(column) for column in HILLAS_COLUMNS},
    "particle": pa.Column(str, pa.Check.isin([GAMMA, HADRON]), description="true origin"),
}
_OPTIONAL = {column.name: check_column(column, required=False) for column in OPTIONAL_COLUMNS}
_WEIGHT = check_column(OPTIONAL_COLUMNS[0])

RAW_EVENTS = pa.DataFrameSchema(
    {
        **_COLUMNS_OF_EVENTS,
        **_OPTIONAL,
        "group": pa.Column(int, required=False, description="events that no split may separate"),
    },
    strict=True,
    name="raw events",
)
EVENTS = pa.DataFrameSchema(
    {
        **_COLUMNS_OF_EVENTS,
        **_OPTIONAL,
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
    events : DataFrame, indexed by the row of the file; ``events.attrs`` names it, see
        `place_of`.

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


def place_of(events: pd.DataFrame, event_id: int) -> str:
    """Tell where an event was read: its row, and the file where there are several.

    Parameters
    ----------
    events : DataFrame; ``events.attrs["files"]``, if there is such a thing, lists ``path`` and
        ``offset`` of each file, and the ``event_id`` is the sum of offset and row.
    event_id : index of the event.
    """
    files = events.attrs.get("files", [])
    if len(files) < 2:
        return f"row {event_id}"
    file = max((f for f in files if f["offset"] < event_id), key=lambda f: f["offset"])
    return f"{file['path']}, row {event_id - file['offset']}"


def _describe_failures(failures: pd.DataFrame, events: pd.DataFrame) -> str:
    allowed = {column.name: column.allowed for column in (*HILLAS_COLUMNS, *OPTIONAL_COLUMNS)}
    rows = failures.dropna(subset=["index"]).sort_values(["index", "column"])
    rows = rows.drop_duplicates(["index", "column"])
    problems = [
        f"{place_of(events, row)}, column {column}: {value} "
        f"(allowed: {allowed.get(column, 'gamma or hadron')})"
        for row, column, value in zip(
            rows["index"], rows["column"], rows["failure_case"], strict=True
        )
    ]
    problems += [str(case) for case in failures.loc[failures["index"].isna(), "failure_case"]]
    # units are built on this module
    from showerforge.events.units import find_unlikely_units

    doubts = find_unlikely_units(events)
    hint = f"Is a unit another one?\n{list_problems(doubts)}\n" if doubts else ""
    return (
        f"{events.attrs.get('file', 'event table')}: {len(problems):,} values cannot be right:\n"
        f"{list_problems(problems)}\n{hint}"
        "Mend or remove these rows; nothing has been written."
    )
