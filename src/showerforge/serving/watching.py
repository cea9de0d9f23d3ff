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
            self.seen.append(SeenWindow(datetime.now(UTC), drift))
            window = str(drift.window)
            self._observation.windows.labels(condition, window).inc()
            for alarm in drift.alarms:
                self._observation.alarms.labels(condition, window, alarm.column).inc()

    def now(self) -> list[WindowDrift]:
        """Compare all that was seen with what is expected, a window for each condition."""
        with self._lock:
            for condition in list(self._gathered):
                self._count(condition)
            totals = {name: list(watch.total) for name, watch in self._watches.items()}
        rate = self._release.manifest.alarms.false_alarm_rate
        drifts = [
            compare(self._release.reference, condition, counts, rate)
            for condition, counts in sorted(totals.items())
            if counts[0].sum() >= FEWEST_TOLD
        ]
        for drift in drifts:
            self._observation.gamma_share.labels(drift.condition).set(drift.gamma_share)
            for column in drift.columns:
                labels = (drift.condition, column.column)
                self._observation.drift.labels(*labels).set(column.distance)
        return drifts

    def totals(self) -> dict[str, list[NDArray[np.int64]]]:
        """Give the counts of all that was seen, for each condition."""
        with self._lock:
            return {name: list(watch.total) for name, watch in self._watches.items()}
