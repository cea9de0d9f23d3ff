import numpy as np
import pytest

from showerforge.monitoring.alarms import ColumnDrift, WindowDrift
from showerforge.monitoring.tables import count_alarms, rows_of, tell


def drift_of(*significances):
    """Write a window whose columns are alarms where chance is small."""
    columns = tuple(
        ColumnDrift(f"column {k}", 0.2, p, 0.1, 3.0, 11.0, 8.0, p < 1e-3)
        for k, p in enumerate(significances)
    )
    return WindowDrift("any", 300, 300, 0.25, columns)


def test_rows_are_columns():
    rows = rows_of(drift_of(0.5, 1e-9), day="2026-11-27")
    assert [row["column"] for row in rows] == ["column 0", "column 1"]
    assert {row["day"] for row in rows} == {"2026-11-27"}
    assert {row["window"] for row in rows} == {300}
    assert [row["is_alarm"] for row in rows] == [False, True]
    assert rows[0]["gamma_share"] == 0.25


def test_surest_alarm_is_first():
    assert [c.column for c in drift_of(1e-4, 0.5, 1e-9).alarms] == ["column 2", "column 0"]


@pytest.mark.parametrize(("units", "unit"), [({"column 0": "mm"}, " mm"), ({}, "")])
def test_words(units, unit):
    drift = drift_of(1e-9)
    assert tell(drift, drift.columns[0], units) == (
        f"column 0: median 11 instead of 8{unit}, D = 0.200, p = 1e-09 in 300 events"
    )


def test_windows_with_alarms_are_counted():
    assert count_alarms([drift_of(0.5), drift_of(1e-9, 1e-8), drift_of(np.nan)]) == {
        "windows": 3.0,
        "windows_with_alarm": 1.0,
    }
