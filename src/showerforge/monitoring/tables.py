"""What a monitor has found, as rows of tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from showerforge.monitoring.alarms import ColumnDrift, WindowDrift


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


def tell(drift: WindowDrift, column: ColumnDrift, units: Mapping[str, str]) -> str:
    """Say in words how a column differs.

    Parameters
    ----------
    drift, column : the window and its column.
    units : of the columns.
    """
    unit = f" {units[column.column]}" if units.get(column.column) else ""
    return (
        f"{column.column}: median {column.median:.4g} instead of "
        f"{column.expected_median:.4g}{unit}, D = {column.distance:.3f}, "
        f"p = {column.significance:.1g} in {drift.n_events:,} events"
    )


def count_alarms(drifts: Iterable[WindowDrift]) -> dict[str, float]:
    """Count windows and alarms, as metrics of a run."""
    drifts = list(drifts)
    return {
        "windows": float(len(drifts)),
        "windows_with_alarm": float(sum(bool(drift.alarms) for drift in drifts)),
    }
