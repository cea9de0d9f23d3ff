"""Plots of the pages, as data that the script of the pages draws."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from showerforge.monitoring.distances import quantile
from showerforge.monitoring.summaries import Binning, Counts, borders_of
from showerforge.serving.observation import CLASSIFY, Observation
from showerforge.serving.releases import OUTPUT

Floats = NDArray[np.float64]
Content = dict[str, Any]

#: quantiles of the latency
LATENCY_QUANTILES = (0.5, 0.95, 0.99)
#: bins of a plotted distribution, and the share of expected events beyond its range at either side
N_PLOTTED_BINS, SHARE_BEYOND = 40, 0.005
#: bins of the plotted gammaness, between 0 and 1
N_SCORE_BINS = 20


def plot_latency(observation: Observation) -> Content | None:
    """Give quantiles and histogram of the time to an answer, None where none was given."""
    ends, cumulative = [], []
    for family in observation.seconds.collect():
        for sample in family.samples:
            if sample.name.endswith("_bucket") and sample.labels["route"] == CLASSIFY:
                ends.append(1000 * float(sample.labels["le"]))
                cumulative.append(sample.value)
    if not cumulative or cumulative[-1] == 0:
        return None
    n = cumulative[-1]
    begins = [0.0, *ends[:-1]]
    return {
        "n": n,
        "quantiles": {
            f"{100 * share:g} %": _quantile(share * n, begins, ends, cumulative)
            for share in LATENCY_QUANTILES
        },
        "plot": {
            "kind": "bars",
            "labels": [
                f"over {begin:g}" if math.isinf(end) else f"{begin:g}–{end:g}"
                for begin, end in zip(begins, ends, strict=True)
            ],
            "values": _rounded(100 * np.diff([0.0, *cumulative]) / n),
            "x_label": "time from request to answer [ms]",
            "y_label": "share of requests [%]",
        },
    }


def _quantile(
    wanted: float, begins: Sequence[float], ends: Sequence[float], cumulative: Sequence[float]
) -> str:
    """Time within which as many requests as wanted were answered, in words."""
    place = int(np.searchsorted(cumulative, wanted))
    begin, end = begins[place], ends[place]
    if math.isinf(end):
        return f"more than {begin:,.0f} ms"
    before = cumulative[place - 1] if place else 0.0
    value = begin + (end - begin) * (wanted - before) / (cumulative[place] - before)
    return f"{value:,.0f} ms" if value >= 1000 else f"{value:.3g} ms"


def plot_column(
    binning: Binning, column: str, unit: str, expected: Floats, counts: Counts
) -> Content:
    """Lay out served and expected distribution of a column, in bins of equal width.

    Parameters
    ----------
    binning : of the reference.
    column, unit : what is plotted.
    expected : float64[n_bins], shares of the reference.
    counts : int64[n_bins], of served events.
    """
    place = binning.columns.index(column)
    edges = _plotted_edges(binning, place, expected)
    served = _rebin(binning, place, np.asarray(counts, float), edges)
    return {
        "kind": "distribution",
        "edges": _rounded(edges),
        "expected": _rounded(100 * _rebin(binning, place, expected, edges)),
        "served": _rounded(100 * served),
        "errors": _rounded(100 * np.sqrt(served / counts.sum())),
        "x_label": f"{column} [{unit or 'no unit'}]",
        "y_label": "share of events [%]",
    }


def _plotted_edges(binning: Binning, place: int, expected: Floats) -> Floats:
    """Lay bins over nearly all of what is expected."""
    if binning.columns[place] == OUTPUT:
        return np.linspace(0.0, 1.0, N_SCORE_BINS + 1)
    low, high = (
        quantile(expected, binning.edges[place], binning.ends[place], share)
        for share in (SHARE_BEYOND, 1 - SHARE_BEYOND)
    )
    return np.linspace(low, high, N_PLOTTED_BINS + 1)


def _rebin(binning: Binning, place: int, shares: Floats, edges: Floats) -> Floats:
    """Shares in other bins, of which the outer ones take what lies beyond."""
    borders = borders_of(binning.edges[place], binning.ends[place])
    heights = np.concatenate([[0.0], np.cumsum(shares)]) / shares.sum()
    wanted = np.interp(edges, borders, heights)
    wanted[0], wanted[-1] = 0.0, 1.0
    return np.diff(wanted)


def _rounded(values: Iterable[float]) -> list[float]:
    """Values with the digits that a plot can show."""
    return [float(f"{value:.5g}") for value in values]
