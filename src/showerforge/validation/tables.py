"""Tables as users bring them: which columns are compared, and what cannot be judged."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from showerforge.errors import InputError, list_problems
from showerforge.events.schema import OPTIONAL_COLUMNS, PARENTS

#: columns of a table that are no measured quantities
BOOKKEEPING = (
    "particle",
    "group",
    "fold",
    "event_id",
    *PARENTS,
    *(column.name for column in OPTIONAL_COLUMNS),
)


def has_class(events: pd.DataFrame) -> bool:
    """Tell whether events name their class."""
    return "particle" in events and len(events) > 0


def shared_columns(*tables: pd.DataFrame) -> list[str]:
    """List the numeric columns that all tables have and that are measured quantities."""
    first = tables[0].select_dtypes("number")
    return [
        name
        for name in first
        if name not in BOOKKEEPING
        and all(name in t and pd.api.types.is_numeric_dtype(t[name]) for t in tables)
    ]


def check_table(events: pd.DataFrame, columns: Sequence[str], name: str) -> None:
    """Refuse a table that cannot be judged.

    Raises
    ------
    InputError
        If it is empty, lacks columns, or has values that are missing or infinite.
    """
    if len(events) == 0:
        raise InputError(f"There are no {name} events.")
    if not columns:
        raise InputError("The tables share no numeric column, so that there is nothing to compare.")
    missing = [column for column in columns if column not in events]
    if missing:
        raise InputError(
            f"The table of {name} events has no columns {missing}. "
            f"Columns: {', '.join(map(str, events.columns))}."
        )
    values = events[list(columns)].apply(pd.to_numeric, errors="coerce")
    wrong = ~np.isfinite(values.to_numpy(float))
    problems = [
        f"row {events.index[row]}, column {columns[column]}: "
        f"{events.iloc[row][columns[column]]} (allowed: any finite number)"
        for row, column in np.argwhere(wrong)
    ]
    if problems:
        raise InputError(
            f"The table of {name} events has {len(problems):,} values that are no finite "
            f"numbers:\n{list_problems(problems)}"
        )


def check_class(synthetic: pd.DataFrame, particle: str) -> None:
    """Refuse synthetic events of another class, or of several.

    Raises
    ------
    InputError
        Naming the classes found.
    """
    if particle and has_class(synthetic):
        found = sorted(map(str, synthetic["particle"].unique()))
        if found != [particle]:
            raise InputError(
                f"The synthetic events are {' and '.join(found)}, but {particle} events are "
                "judged. Certify one class at a time."
            )


def check_changing(events: pd.DataFrame, columns: Sequence[str]) -> None:
    """Refuse columns by which nothing can be compared.

    Raises
    ------
    InputError
        If a column has the same value in all events.
    """
    constant = [column for column in columns if events[column].nunique() == 1]
    if constant:
        raise InputError(
            f"The columns {', '.join(constant)} have the same value in all training events, so "
            "that nothing can be learnt about them. Leave them out (argument `columns`)."
        )
