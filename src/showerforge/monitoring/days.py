"""Days of served events, compared with what the release that scored them expects."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import pandas as pd

from showerforge.errors import InputError
from showerforge.monitoring.alarms import Watch, compare
from showerforge.monitoring.tables import count_alarms, rows_of, tell_drift

if TYPE_CHECKING:
    from showerforge.serving.releases import Release

logger = logging.getLogger(__name__)


def watch_days(
    days: Mapping[str, Callable[[], pd.DataFrame]], release: Release
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, dict[str, float]]:
    """Look at days of served events, one after the other.

    Parameters
    ----------
    days : by name, as functions that load them; see `showerforge log compact`.
    release : whose reference they are compared with.

    Returns
    -------
    windows : a row for each window and column.
    alarms : those that are an alarm, with what it says in words.
    totals : a row for each condition and column, of all events.
    metrics : number of events, windows and alarms.

    Raises
    ------
    InputError
        If no event was scored by the release.
    """
    manifest = release.manifest
    watches: dict[str, Watch] = {}
    windows, alarms, drifts = [], [], []
    n_others = 0
    for day in sorted(days):
        events = days[day]()
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
