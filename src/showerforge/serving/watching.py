"""The stream of served events, watched while it flows."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from showerforge.monitoring.alarms import Watch, WindowDrift, compare
from showerforge.serving.observation import Observation
from showerforge.serving.releases import Release

Floats = NDArray[np.float64]

#: events that are gathered before they are counted
GATHERED = 256
#: windows that are remembered, the latest ones
MOST_REMEMBERED = 500
#: no drift is told of fewer events
FEWEST_TOLD = 100


@dataclass(frozen=True)
class SeenWindow:
    """A window that was judged.

    Attributes
    ----------
    time : when it was full.
    drift : what was found.
    """

    time: datetime
    drift: WindowDrift


@dataclass(frozen=True, eq=False)
class Shown:
    """Events that are shown beside what is expected.

    Attributes
    ----------
    drift : what was found.
    counts : of each column of the reference.
    full_at : when the window was full; None for all events so far.
    """

    drift: WindowDrift
    counts: list[NDArray[np.int64]]
    full_at: datetime | None


class LiveWatch:
    """Watches the events that a release scores, each condition for itself.

    Parameters
    ----------
    release : whose reference events are compared with.
    observation : where numbers go.
    """

    def __init__(self, release: Release, observation: Observation):
        self._release = release
        self._observation = observation
        self._lock = threading.Lock()
        self._watches: dict[str, Watch] = {}
        self._gathered: dict[str, list[tuple[Floats, Floats]]] = {}
        self._n_gathered: dict[str, int] = {}
        self._latest: dict[tuple[str, int], SeenWindow] = {}
        self.seen: deque[SeenWindow] = deque(maxlen=MOST_REMEMBERED)

    def see(self, condition: str, events: Floats, scores: Floats) -> None:
        """Take scored events.

        Parameters
        ----------
        condition : of the observation, known to the reference.
        events : float64[n_events, n_parameters].
        scores : float64[n_events].
        """
        if len(events) == 0:
            return
        with self._lock:
            self._gathered.setdefault(condition, []).append((events, scores))
            n = self._n_gathered.get(condition, 0) + len(events)
            self._n_gathered[condition] = n
            if n >= GATHERED:
                self._count(condition)

    def _count(self, condition: str) -> None:
        gathered = self._gathered.pop(condition, [])
        self._n_gathered[condition] = 0
        if not gathered:
            return
        manifest, reference = self._release.manifest, self._release.reference
        watch = self._watches.setdefault(condition, Watch(reference, condition, manifest.alarms))
        events, scores = map(np.concatenate, zip(*gathered, strict=True))
        for drift in watch.see(reference.values_of(events, scores)):
            seen = SeenWindow(datetime.now(UTC), drift)
            self.seen.append(seen)
            self._latest[condition, drift.window] = seen
            window = str(drift.window)
            self._observation.gamma_share.labels(condition, window).set(drift.gamma_share)
            for column in drift.columns:
                labels = (condition, window, column.column)
                self._observation.drift.labels(*labels).set(column.distance)
            self._observation.windows.labels(condition, window).inc()
            for alarm in drift.alarms:
                self._observation.alarms.labels(condition, window, alarm.column).inc()

    def count(self) -> None:
        """Count what was gathered."""
        with self._lock:
            for condition in list(self._gathered):
                self._count(condition)

    def shown(self) -> list[Shown]:
        """Give for each condition the last full window of one length, or all events so far.

        It is the longest length, or the longest of those whose last window raised an alarm: a long
        window may have been full before the trouble began. Conditions with too few events are left
        out.
        """
        totals = self.totals()
        with self._lock:
            full = {name: dict(watch.latest) for name, watch in self._watches.items()}
            judged = dict(self._latest)
        told = []
        for condition, counts in sorted(totals.items()):
            windows = full[condition]
            if windows:
                of_all = [judged[condition, window] for window in windows]
                seen = max(of_all, key=lambda seen: (bool(seen.drift.alarms), seen.drift.window))
                told.append(Shown(seen.drift, windows[seen.drift.window], seen.time))
            else:
                told += self._compare(condition, counts)
        return told

    def so_far(self) -> list[Shown]:
        """Compare all that was seen with what is expected, each condition for itself."""
        return [
            shown
            for condition, counts in sorted(self.totals().items())
            for shown in self._compare(condition, counts)
        ]

    def _compare(self, condition: str, counts: list[NDArray[np.int64]]) -> list[Shown]:
        """Compare all events of a condition, if they are enough."""
        if counts[0].sum() < FEWEST_TOLD:
            return []
        rate = self._release.manifest.alarms.false_alarm_rate
        drift = compare(self._release.reference, condition, counts, rate)
        return [Shown(drift, counts, None)]

    def totals(self) -> dict[str, list[NDArray[np.int64]]]:
        """Give the counts of all that was seen, for each condition."""
        self.count()
        with self._lock:
            return {name: list(watch.total) for name, watch in self._watches.items()}
