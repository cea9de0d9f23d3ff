"""Gate G1: does every synthetic event obey physics, and look like a recorded one?"""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from showerforge.errors import InputError, list_problems
from showerforge.events.constraints import Constraint, broken_constraints, of_severity

Derive = Callable[[pd.DataFrame], pd.DataFrame]

#: a value is an atom if this share of the events has exactly it, and at least so many
ATOM_SHARE = 0.002
ATOM_EVENTS = 8
#: a repeated value is missed if so many events should have it and none does
EXPECTED_EVENTS = 10
#: a table whose values need more digits than this is taken as unrounded
MOST_DECIMALS = 8


def check_rules(real: pd.DataFrame, rules: Sequence[Constraint], name: str) -> None:
    """Refuse rules that are called hard and are broken by real events.

    Raises
    ------
    InputError
        Naming the rule, how many events break it and the first of them.
    """
    broken = broken_constraints(real, of_severity(rules, "hard"))
    problems = [
        f"{rule}: broken by {int(count):,} of {len(real):,} events, the first being "
        f"{broken.index[broken[rule]][0]}"
        + (", so that no event can meet it" * (count == len(real)))
        for rule, count in broken.sum().items()
        if count
    ]
    if problems:
        raise InputError(
            f"The {name} events break rules that are called hard:\n{list_problems(problems)}\n"
            "Either the table is wrong, or the rule is soft."
        )


def count_broken_hard(events: pd.DataFrame, rules: Sequence[Constraint]) -> int:
    """Count the events that break a hard rule."""
    return int(broken_constraints(events, of_severity(rules, "hard")).any(axis=1).sum())


def count_broken_identities(events: pd.DataFrame, derive: Derive) -> int:
    """Count the events of which a derived column does not follow from the others.

    That happens when features are interpolated instead of recomputed. Derived columns that
    the table does not have are not checked.
    """
    expected = derive(events)
    expected = expected[[name for name in expected if name in events]]
    agree = np.isclose(events[expected.columns], expected, rtol=1e-6, atol=1e-9)
    return int((~agree).any(axis=1).sum())


def count_excess_decimals(events: pd.DataFrame, real: pd.DataFrame, columns: Sequence[str]) -> int:
    """Count the events with more digits after the point than any real one has."""
    excess = np.zeros(len(events), bool)
    for name in columns:
        decimals = next(
            (d for d in range(MOST_DECIMALS + 1) if _is_rounded(real[name], d).all()), None
        )
        if decimals is not None:
            excess |= ~_is_rounded(events[name], decimals)
    return int(excess.sum())


def _is_rounded(values: pd.Series, decimals: int) -> np.ndarray:
    return np.isclose(values, np.round(values, decimals), rtol=1e-12, atol=1e-10)


def find_atoms(real: pd.DataFrame, columns: Sequence[str]) -> dict[str, list[float]]:
    """Find the values that many real events have exactly, such as a width of zero."""
    atoms = {}
    for name in columns:
        counts = real[name].value_counts()
        often = counts[counts >= max(ATOM_EVENTS, ATOM_SHARE * len(real))]
        if len(often):
            atoms[name] = [float(value) for value in often.index]
    return atoms


def count_missing_values(
    events: pd.DataFrame, real: pd.DataFrame, atoms: dict[str, list[float]]
) -> int:
    """Count the repeated values of real events that the events lack, though many are expected.

    A rate of some per mille is lost in the differences between samples; that a value never
    occurs is not.
    """
    missing = 0
    for name, values in atoms.items():
        for value in values:
            expected = (real[name] == value).mean() * len(events)
            missing += int(expected >= EXPECTED_EVENTS and not (events[name] == value).any())
    return missing


def special_rates(
    events: pd.DataFrame, rules: Sequence[Constraint], atoms: dict[str, list[float]]
) -> pd.Series:
    """Share of the events that break each soft rule, and that sit on the atoms of a column.

    Returns
    -------
    rates : Series by name of the rule, or ``column: repeated values``.
    """
    rates = broken_constraints(events, of_severity(rules, "soft")).mean()
    for name, values in atoms.items():
        rates[f"{name}: repeated values"] = events[name].isin(values).mean()
    return rates.astype(float)


def largest_rate_difference(
    synthetic: pd.DataFrame,
    reference: pd.DataFrame,
    rules: Sequence[Constraint],
    atoms: dict[str, list[float]],
) -> float:
    """Largest difference between the special rates of two tables; zero without any."""
    first = special_rates(synthetic, rules, atoms)
    second = special_rates(reference, rules, atoms)
    return float((first - second).abs().max()) if len(first) else 0.0
