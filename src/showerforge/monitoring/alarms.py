"""When is a difference an alarm?

A stream is looked at in windows of several lengths, one after the other: short ones see gross
faults soon, long ones small faults at all. In each window every column is tested; the alarm is
raised where the smallest significance, counted for all columns, falls below the allowed rate of
false alarms of a window. So the rate that is stated holds for all columns together, and the number
of looks is part of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from showerforge.monitoring.distances import (
    kolmogorov_significance,
    kolmogorov_smirnov,
    quantile,
    stability_index,
    wasserstein,
)
from showerforge.monitoring.references import Reference
from showerforge.monitoring.summaries import Counts, Floats, add_counts


class AlarmSettings(BaseModel):
    """When an alarm is raised."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    windows: tuple[Annotated[int, Field(ge=50)], ...] = Field(
        min_length=1, description="events in a window, of each length"
    )
    false_alarm_rate: float = Field(
        gt=0, lt=0.5, description="false alarms to windows, of each length"
    )

    @property
    def false_alarms_per_million(self) -> float:
        """False alarms that a million events raise at most, on the mean."""
        return sum(1e6 / window for window in self.windows) * self.false_alarm_rate


@dataclass(frozen=True)
class ColumnDrift:
    """How one column of a window differs from what is expected.

    Attributes
    ----------
    column : name.
    distance, significance : Kolmogorov-Smirnov, for this column alone.
    stability_index, wasserstein : see `showerforge.monitoring.distances`; the latter in the unit of
        the column.
    median, expected_median : of the window and of the reference.
    is_alarm : whether the column is beyond what chance allows for all columns together.
    """

    column: str
    distance: float
    significance: float
    stability_index: float
    wasserstein: float
    median: float
    expected_median: float
    is_alarm: bool


@dataclass(frozen=True)
class WindowDrift:
    """A window of a stream.

    Attributes
    ----------
    condition : of the observation.
    window : its length.
    n_events : events in it.
    gamma_share : that explains the scores best.
    columns : each column.
    """

    condition: str
    window: int
    n_events: int
    gamma_share: float
    columns: tuple[ColumnDrift, ...]

    @property
    def alarms(self) -> list[ColumnDrift]:
        """Columns that raise an alarm, the surest first."""
        return sorted((c for c in self.columns if c.is_alarm), key=lambda c: c.significance)


def compare(
    reference: Reference,
    condition: str,
    counts: Sequence[Counts],
    false_alarm_rate: float,
    window: int | None = None,
) -> WindowDrift:
    """Compare counts with the mixture of gammas and hadrons that their scores speak for.

    Parameters
    ----------
    reference : what is expected.
    condition : of the observation.
    counts : of each column of the reference.
    false_alarm_rate : for all columns together.
    window : length of the window; None takes the number of events.
    """
    binning = reference.binning
    n = int(counts[0].sum())
    gamma_share = reference.gamma_share_of(condition, counts[-1])
    expected, n_reference = reference.expect(condition, gamma_share)
    n_effective = n * n_reference / (n + n_reference)
    allowed = false_alarm_rate / len(binning.columns)
    columns = []
    for j, name in enumerate(binning.columns):
        distance = kolmogorov_smirnov(expected[j], counts[j])
        significance = kolmogorov_significance(distance, n_effective[j])
        median, expected_median = (
            quantile(np.asarray(shares, float), binning.edges[j], binning.ends[j], 0.5)
            for shares in (counts[j], expected[j])
        )
        columns.append(
            ColumnDrift(
                name,
                distance,
                significance,
                stability_index(expected[j], counts[j]),
                wasserstein(expected[j], counts[j], binning.widths(j)),
                median,
                expected_median,
                significance < allowed,
            )
        )
    return WindowDrift(condition, window or n, n, gamma_share, tuple(columns))


@dataclass
class Watch:
    """Looks at a stream of events of one condition, window by window.

    Attributes
    ----------
    reference, condition, settings : what is expected, and when an alarm is raised.
    total : counts of all that was seen.
    n_windows : windows that were closed, by their length.
    latest : counts of the window that was closed last, by its length.
    """

    reference: Reference
    condition: str
    settings: AlarmSettings
    total: list[Counts] = field(init=False)
    n_windows: dict[int, int] = field(init=False)
    latest: dict[int, list[Counts]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.reference.check_condition(self.condition)
        self.total = self._empty()
        self.n_windows = dict.fromkeys(self.settings.windows, 0)
        self._open = {window: (0, self._empty()) for window in self.settings.windows}

    def _empty(self) -> list[Counts]:
        return [np.zeros(len(edges) + 1, dtype=np.int64) for edges in self.reference.binning.edges]

    def see(self, values: Floats) -> list[WindowDrift]:
        """Take events, and judge the windows that they fill.

        Parameters
        ----------
        values : float64[n_events, n_columns], in the order of the stream.
        """
        closed = []
        all_counts = self.reference.binning.count(values)
        self.total = add_counts(self.total, all_counts)
        for window in self.settings.windows:
            begin = 0
            n, counts = self._open[window]
            while begin < len(values):
                part = values[begin : begin + window - n]
                begin += len(part)
                n += len(part)
                is_all = len(part) == len(values)
                own = all_counts if is_all else self.reference.binning.count(part)
                counts = add_counts(counts, own)
                if n == window:
                    rate = self.settings.false_alarm_rate
                    closed.append(compare(self.reference, self.condition, counts, rate, window))
                    self.n_windows[window] += 1
                    self.latest[window] = counts
                    n, counts = 0, self._empty()
            self._open[window] = (n, counts)
        return closed
