"""Nodes of the monitor."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from showerforge.errors import InputError
from showerforge.serving.releases import Release

logger = logging.getLogger(__name__)


def watch_events(
    served_events: Mapping[str, Callable[[], pd.DataFrame]], release: Release
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, dict[str, float]]:
    """Look at days of served events, one after the other.

    Parameters
    ----------
    served_events : days by name, as functions that load them; see `showerforge log compact`.
    release : whose reference they are compared with.

    Returns
    -------
    drift_windows : a row for each window and column.
    drift_alarms : those that are an alarm, with what it says in words.
    drift_totals : a row for each condition and column, of all events.
    drift_metrics : number of events, windows and alarms.

    Raises
    ------
    InputError
        If no event was scored by the release.
    """
    from showerforge.monitoring.alarms import Watch, compare
    from showerforge.monitoring.tables import count_alarms, rows_of, tell_drift

    manifest = release.manifest
    watches: dict[str, Watch] = {}
    windows, alarms, drifts = [], [], []
    n_others = 0
    for day in sorted(served_events):
        events = served_events[day]()
        own = events[(events["release"] == release.name) & events["reason"].isna()]
        n_others += int((events["release"] != release.name).sum())
        for condition, rows in own.groupby("condition", sort=True):
            name = str(condition)
            watch = watches.setdefault(name, Watch(release.reference, name, manifest.alarms))
            values = release.reference.values_of(
                rows[manifest.names].to_numpy(float), rows["gammaness"].to_numpy(float)
            )
            for drift in watch.see(values):
                drifts.append(drift)
                windows += rows_of(drift, day=day)
                alarms += [
                    {
                        "day": day,
                        "condition": name,
                        "alarm": tell_drift(c, release.units[c.column], drift.n_events),
                    }
                    for c in drift.alarms
                ]
    if n_others:
        logger.info("%s events were scored by other releases, and are left out", f"{n_others:,}")
    if not watches:
        raise InputError(
            f"None of the served events was scored by release {release.name}. Write days of the "
            "prediction log with `showerforge log compact` first. Nothing has been written."
        )
    rate = manifest.alarms.false_alarm_rate
    totals = [
        row
        for name, watch in sorted(watches.items())
        for row in rows_of(compare(release.reference, name, watch.total, rate))
    ]
    metrics = count_alarms(drifts)
    metrics["events"] = float(sum(watch.total[0].sum() for watch in watches.values()))
    return (
        pd.DataFrame(windows),
        pd.DataFrame(alarms, columns=["day", "condition", "alarm"]),
        pd.DataFrame(totals),
        metrics,
    )


def draw_drift(drift_totals: pd.DataFrame, drift_windows: pd.DataFrame, release: Release) -> Any:
    """Draw the distance of each column, window after window, with what chance allows."""
    from showerforge.figures.drift import drift_figure

    return drift_figure(drift_totals, drift_windows, release.manifest.note)
