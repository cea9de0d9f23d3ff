"""What a service checks of every event, from the schema and the constraints of the training."""

from __future__ import annotations

import math
from collections.abc import Sequence

from showerforge.events.constraints import Constraint, of_severity
from showerforge.events.schema import HILLAS_COLUMNS
from showerforge.serving.manifest import Parameter, Relation


def describe_columns() -> list[Parameter]:
    """Describe the Hillas parameters, in the order in which models take them."""
    return [
        Parameter(
            name=column.name,
            unit=column.unit,
            description=column.description,
            lowest=None if math.isinf(column.lowest) else column.lowest,
            highest=None if math.isinf(column.highest) else column.highest,
            above_lowest=column.above_lowest,
        )
        for column in HILLAS_COLUMNS
    ]


def hard_relations(constraints: Sequence[Constraint]) -> list[Relation]:
    """Take the hard constraints as relations that every recorded image obeys."""
    return [
        Relation(**constraint.model_dump(exclude={"severity"}))
        for constraint in of_severity(constraints, "hard")
    ]
