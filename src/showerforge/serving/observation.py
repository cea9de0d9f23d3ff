"""Numbers for Prometheus."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

NAMESPACE = "showerforge"
#: path that events are scored at
CLASSIFY = "/v1/classify"
#: upper ends of the bins, s and events
SECONDS = (0.0005, 0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0)
EVENTS_PER_REQUEST = (1, 10, 100, 1000, 10_000, 100_000, 1_000_000)
#: bins of the gammaness, of even width
N_SCORE_BINS = 20


class ScoreHistogram(Collector):
    """Histogram of the gammaness that takes many scores at once.

    Attributes
    ----------
    counts : int64[`N_SCORE_BINS`]; a score on the edge of two bins counts in the lower one.
    """

    def __init__(self) -> None:
        self.counts = np.zeros(N_SCORE_BINS, dtype=np.int64)
        self._sum = 0.0

    def observe(self, scores: NDArray[np.float64]) -> None:
        """Count scores, float64[n_events] in [0, 1]."""
        # a score of 0 is at the lower edge of the first bin, and belongs to it
        lowest, *counts = np.bincount(
            np.ceil(scores * N_SCORE_BINS).astype(np.int64), minlength=N_SCORE_BINS + 1
        )
        self.counts += counts
        self.counts[0] += lowest
        self._sum += float(scores.sum())

    def collect(self) -> Iterable[Metric]:
        """Give the histogram to the registry."""
        ends = [f"{k / N_SCORE_BINS:g}" for k in range(1, N_SCORE_BINS + 1)]
        cumulative = np.cumsum(self.counts).tolist()
        buckets = [*zip(ends, cumulative, strict=True), ("+Inf", cumulative[-1])]
        yield HistogramMetricFamily(
            f"{NAMESPACE}_gammaness",
            "Gammaness of scored events",
            buckets=buckets,
            sum_value=self._sum,
        )


class Observation:
    """All numbers of a service; each has its own registry, so that several live in one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.gammaness = ScoreHistogram()
        self.registry.register(self.gammaness)
        counter, gauge, histogram = self._counter, self._gauge, self._histogram
        self.requests = counter("requests", "Requests answered", "route", "status")
        self.seconds = histogram(
            "request_seconds", "From a request to its answer", SECONDS, "route"
        )
        self.in_progress = gauge("requests_in_progress", "Requests that are worked on")
        self.batch = histogram("events_per_request", "Events of a request", EVENTS_PER_REQUEST)
        self.events = counter("events", "Events by verdict", "verdict")
        self.refused = counter("refused_events", "Refused events by reason", "reason")
        self.release = gauge("release", "Releases in use, 1", "alias", "release")
        self.ready = gauge("ready", "Whether the service is ready")
        self.lost = gauge("unlogged_events", "Events that the log could not keep")
        self.drift = gauge(
            "drift_distance",
            "Kolmogorov-Smirnov distance of the last full window of each length",
            "condition",
            "window",
            "column",
        )
        self.gamma_share = gauge(
            "gamma_share", "Share of gammas that scores speak for", "condition", "window"
        )
        self.windows = counter("drift_windows", "Windows judged", "condition", "window")
        self.alarms = counter("drift_alarms", "Alarms raised", "condition", "window", "column")
        self.compared = counter("shadow_events", "Events that the challenger scored too")
        self.disagreed = counter(
            "shadow_disagreements", "Events that the challenger calls otherwise"
        )
        self.difference = counter(
            "shadow_absolute_difference", "Sum of the differences of gammaness"
        )
        self.shadow_failures = counter("shadow_failures", "Challengers that failed")
        # each request needs these, and looking a label up costs more than counting
        self.requests_of, self.seconds_of = cache(self.requests.labels), cache(self.seconds.labels)
        self.events_of = cache(self.events.labels)

    def write(self) -> bytes:
        """Write all numbers as Prometheus reads them."""
        content: bytes = generate_latest(self.registry)
        return content

    def _counter(self, name: str, about: str, *labels: str) -> Counter:
        return Counter(name, about, labels, namespace=NAMESPACE, registry=self.registry)

    def _gauge(self, name: str, about: str, *labels: str) -> Gauge:
        return Gauge(name, about, labels, namespace=NAMESPACE, registry=self.registry)

    def _histogram(
        self, name: str, about: str, buckets: Sequence[float], *labels: str
    ) -> Histogram:
        return Histogram(
            name, about, labels, namespace=NAMESPACE, buckets=buckets, registry=self.registry
        )
