"""Nodes of the monitor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from showerforge.serving.releases import Release


def watch_events(
    served_events: Mapping[str, Callable[[], pd.DataFrame]], release: Release
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, dict[str, float]]:
    """Look at days of served events, one after the other.

    Returns
    -------
    drift_windows, drift_alarms, drift_totals, drift_metrics : see
        `showerforge.monitoring.days.watch_days`.
    """
    from showerforge.monitoring.days import watch_days

    return watch_days(served_events, release)


def draw_drift(drift_totals: pd.DataFrame, drift_windows: pd.DataFrame, release: Release) -> Any:
    """Draw the distance of each column, window after window, with what chance allows."""
    from showerforge.figures.drift import drift_figure

    return drift_figure(drift_totals, drift_windows, release.manifest.note)
