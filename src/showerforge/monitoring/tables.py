"""What a monitor has found, as rows of tables and in words."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from showerforge.monitoring.alarms import ColumnDrift, WindowDrift

#: significances below are not told apart
LEAST_SIGNIFICANCE = 1e-300
#: digits behind the decimal point at most
MOST_DECIMALS = 6


def rows_of(drift: WindowDrift, **about: Any) -> list[dict[str, Any]]:
    """Write a window as rows, one for each column.

    Parameters
    ----------
    drift : the window.
    about : entries of every row, such as the time.
    """
    head = {
        **about,
        "condition": drift.condition,
        "window": drift.window,
        "n_events": drift.n_events,
        "gamma_share": drift.gamma_share,
    }
    return [{**head, **vars(column)} for column in drift.columns]


def tell_drift(column: ColumnDrift, unit: str, n_events: int) -> str:
    """Say in words how a column differs.

    Such as "fSize: median 2.63 instead of 2.68 log10(photons), D = 0.043, p = 2e-7 in 3,000
    events".

    Parameters
    ----------
    column : what was found.
    unit : of the column.
    n_events : in the window.
    """
    median, expected = write_apart(column.median, column.expected_median)
    unit = f" {unit}" if unit else ""
    return (
        f"{column.column}: median {median} instead of {expected}{unit}, "
        f"D = {column.distance:.3f}, {write_significance(column.significance)} "
        f"in {n_events:,} events"
    )


def write_apart(value: float, other: float) -> tuple[str, str]:
    """Write two numbers with as many decimals as it takes to tell them apart, and three digits."""
    sizes = [abs(number) for number in (value - other, 0.01 * max(abs(value), abs(other)))]
    smallest = min((size for size in sizes if size > 0), default=1.0)
    decimals = min(max(0, -math.floor(math.log10(smallest))), MOST_DECIMALS)
    return f"{value:.{decimals}f}", f"{other:.{decimals}f}"


def write_significance(significance: float) -> str:
    """Write a significance such as "p = 2e-7"."""
    if significance < LEAST_SIGNIFICANCE:
        return f"p < {LEAST_SIGNIFICANCE:.0e}"
    if significance >= 0.001:
        return f"p = {significance:.2g}"
    mantissa, exponent = f"{significance:.0e}".split("e")
    return f"p = {mantissa}e{int(exponent)}"


def count_alarms(drifts: Iterable[WindowDrift]) -> dict[str, float]:
    """Count windows and alarms, as metrics of a run."""
    drifts = list(drifts)
    return {
        "windows": float(len(drifts)),
        "windows_with_alarm": float(sum(bool(drift.alarms) for drift in drifts)),
    }
