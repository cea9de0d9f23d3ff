"""Physical relations between the parameters of an event, as data.

A *hard* relation holds for every image that a camera can record; a *soft* one holds for
most, at a rate that synthetic events must reproduce.
"""

import logging
import operator
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from showerforge.errors import InputError, list_settings
from showerforge.events.schema import HILLAS_COLUMNS

logger = logging.getLogger(__name__)

_RELATIONS = {"<=": operator.le, "<": operator.lt, ">=": operator.ge, ">": operator.gt}


class Constraint(BaseModel):
    """A relation ``left (relation) factor * right`` between columns, or to a number.

    Attributes
    ----------
    name : short name, used as the reason in the quarantine table.
    left, right : column names; `right` may be a number.
    relation : one of <=, <, >=, >.
    factor : multiplies `right`.
    tolerance : slack for the rounding of the table, in the unit of `left`.
    severity : "hard" or "soft".
    because : the physics behind it.

    Examples
    --------
    >>> rule = Constraint(name="slim", left="width", relation="<=", right="length", because="axes")
    >>> rule.holds(pd.DataFrame({"width": [1.0, 3.0], "length": [2.0, 2.0]})).tolist()
    [True, False]
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    left: str
    relation: Literal["<=", "<", ">=", ">"]
    right: str | float
    factor: float = 1.0
    tolerance: float = Field(0.0, ge=0)
    severity: Literal["hard", "soft"] = "hard"
    because: str

    @property
    def text(self) -> str:
        """The relation as a formula."""
        factor = "" if self.factor == 1.0 else f"{self.factor:g} "
        right = self.right if isinstance(self.right, str) else f"{self.right:g}"
        return f"{self.left} {self.relation} {factor}{right}"

    def holds(self, events: pd.DataFrame) -> pd.Series:
        """Tell for each event whether the relation holds.

        Raises
        ------
        InputError
            If the table has no such column.
        """
        for side in (self.left, self.right):
            if isinstance(side, str) and side not in events:
                raise InputError(
                    f"Constraint {self.name!r} names the column {side!r}, which the table does "
                    f"not have. Columns: {', '.join(map(str, events.columns))}."
                )
        right = events[self.right] if isinstance(self.right, str) else self.right
        slack = self.tolerance if self.relation.startswith("<") else -self.tolerance
        return _RELATIONS[self.relation](events[self.left], self.factor * right + slack)


#: relations between Hillas parameters in the table of Bock et al. 2004; those of the experiment
#: stand in the parameters too, `data_processing.constraints`
HILLAS_RELATIONS = (
    Constraint(
        name="width not above length",
        left="fWidth",
        relation="<=",
        right="fLength",
        because="the minor axis of an ellipse is not longer than the major one",
    ),
    Constraint(
        name="one pixel not above two",
        left="fConc1",
        relation="<=",
        right="fConc",
        because="the brightest pixel is one of the two brightest",
    ),
    Constraint(
        name="one pixel at least half of two",
        left="fConc1",
        relation=">=",
        factor=0.5,
        right="fConc",
        # both columns are rounded to four decimals
        tolerance=0.0001,
        severity="soft",
        because="the brighter of two pixels holds at least half of their light; yet 9 % of the "
        "recorded hadrons say otherwise, a flaw of the table that must be reproduced, not hidden",
    ),
)


def check_columns(
    rules: Iterable[Constraint], columns: Collection[str], kind: str, fault: str
) -> None:
    """See whether relations are between known columns.

    Parameters
    ----------
    rules : the relations.
    columns : what they may name.
    kind : what they are called, such as "cut".
    fault : what is said of another name, such as "no recorded parameter".

    Raises
    ------
    ValueError
        Naming the first relation that names something else.
    """
    for rule in rules:
        for side in (rule.left, rule.right):
            if isinstance(side, str) and side not in columns:
                raise ValueError(
                    f"{kind} {rule.name!r} names {side!r}, which is {fault} ({', '.join(columns)})"
                )


def read_constraints(path: Path) -> list[Constraint]:
    """Read relations from a file in YAML: a list of them, each with the entries of `Constraint`.

    Raises
    ------
    InputError
        If it cannot be read, or an entry is unknown, missing or wrong.
    """
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))
        return TypeAdapter(list[Constraint]).validate_python(entries)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(f"{path}: cannot be read as YAML: {error}") from error
    except ValidationError as error:
        raise InputError(
            f"{path}: is no list of relations:\n{list_settings(error.errors())}"
        ) from error


def range_constraints() -> list[Constraint]:
    """Write the allowed range of every Hillas parameter as hard constraints."""
    constraints = []
    for column in HILLAS_COLUMNS:
        bounds = [
            (">" if column.above_lowest else ">=", column.lowest),
            ("<=", column.highest),
        ]
        constraints += [
            Constraint(
                name=f"{column.name} {relation} {bound:g}",
                left=column.name,
                relation=relation,
                right=bound,
                because=f"range of the {column.description}",
            )
            for relation, bound in bounds
            if np.isfinite(bound)
        ]
    return constraints


def of_severity(
    constraints: Sequence[Constraint], severity: Literal["hard", "soft"]
) -> list[Constraint]:
    """Return the constraints that every event must obey, or those that hold for most."""
    return [c for c in constraints if c.severity == severity]


def hard(constraints: Sequence[Constraint]) -> list[Constraint]:
    """Return the constraints that every event must obey, ranges included."""
    return [*range_constraints(), *of_severity(constraints, "hard")]


def broken_constraints(events: pd.DataFrame, constraints: Sequence[Constraint]) -> pd.DataFrame:
    """Tell which constraint is broken by which event.

    Returns
    -------
    broken : DataFrame of bool, one row per event, one column per constraint.
    """
    return pd.DataFrame({c.name: ~c.holds(events) for c in constraints}, index=events.index)


def quarantine(
    events: pd.DataFrame, constraints: Sequence[Constraint]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Part events that obey physics from those that do not.

    Parameters
    ----------
    events : DataFrame, one row per event, Hillas parameters as columns.
    constraints : physical relations; only the hard ones part events.

    Returns
    -------
    valid, quarantined : the same rows, parted; `quarantined` names the first broken
        relation in ``reason``.
    """
    broken = broken_constraints(events, hard(constraints))
    is_broken = broken.any(axis=1)
    quarantined = events[is_broken].assign(reason=broken[is_broken].idxmax(axis=1).astype(str))
    return events[~is_broken], quarantined


def check_quarantined_fraction(
    valid: pd.DataFrame, quarantined: pd.DataFrame, maximum_fraction: float
) -> None:
    """Refuse a table of which too much breaks the hard constraints.

    Then either the table is not what it claims to be, or a rule is called hard that
    nature does not obey.

    Raises
    ------
    InputError
        If more than `maximum_fraction` of the events is quarantined.
    """
    total = len(valid) + len(quarantined)
    if len(quarantined) <= maximum_fraction * total:
        for reason, count in quarantined["reason"].value_counts().items():
            logger.info("Quarantined %d events that break %s", count, reason)
        return
    counts = ", ".join(
        f"{reason}: {count:,}" for reason, count in quarantined["reason"].value_counts().items()
    )
    raise InputError(
        f"{len(quarantined):,} of {total:,} events break a hard constraint ({counts}), more than "
        f"the allowed share of {maximum_fraction:g}; first rows {list(quarantined.index[:5])}. "
        "Either the table is wrong, or the rule is not hard: see `constraints` in the parameters. "
        "Nothing has been written."
    )
