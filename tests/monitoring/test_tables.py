import numpy as np
import pytest

from showerforge.monitoring.alarms import ColumnDrift, WindowDrift
from showerforge.monitoring.tables import (
    count_alarms,
    rows_of,
    tell_drift,
    write_apart,
    write_significance,
)


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


def test_windows_with_alarms_are_counted():
    assert count_alarms([drift_of(0.5), drift_of(1e-9, 1e-8), drift_of(np.nan)]) == {
        "windows": 3.0,
        "windows_with_alarm": 1.0,
    }


def test_a_drift_is_told_in_plain_words():
    column = ColumnDrift("fSize", 0.0431, 2.2e-7, 0.02, 0.05, 2.634, 2.681, True)
    assert tell_drift(column, "log10(photons)", 3000) == (
        "fSize: median 2.63 instead of 2.68 log10(photons), D = 0.043, p = 2e-7 in 3,000 events"
    )


@pytest.mark.parametrize(
    ("value", "other", "written"),
    [
        (28.8, 29.9, ("28.8", "29.9")),
        (0.1234, 0.1237, ("0.1234", "0.1237")),
        (3500.0, 35.0, ("3500", "35")),
        (5.0, 5.0, ("5.00", "5.00")),
        (0.0, 0.0, ("0", "0")),
    ],
)
def test_medians_are_written_with_the_decimals_that_tell_them_apart(value, other, written):
    assert write_apart(value, other) == written


@pytest.mark.parametrize(
    ("significance", "written"),
    [(0.0, "p < 1e-300"), (3e-45, "p = 3e-45"), (0.02, "p = 0.02"), (1.0, "p = 1")],
)
def test_significances_are_written_shortly(significance, written):
    assert write_significance(significance) == written
