"""Intervals of what is measured of images; images of one shower are drawn together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from showerforge.metrics.efficiency import effective_number, wilson_interval
from showerforge.metrics.intervals import (
    Estimate,
    bootstrap_weights,
    normal_interval,
    percentile_interval,
)

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]


@dataclass(frozen=True)
class Resampling:
    """How intervals are made.

    Attributes
    ----------
    n_resamples : of the bootstrap.
    confidence : coverage of the intervals.
    seed : of the draws.
    """

    n_resamples: int = 200
    confidence: float = 0.95
    seed: int = 0

    def of_pair(
        self, group: NDArray[np.int_], reference_group: NDArray[np.int_]
    ) -> tuple[NDArray[np.bool_], Floats]:
        """Draw two samples anew, each for itself.

        Parameters
        ----------
        group, reference_group : int, events of either sample that are drawn together.

        Returns
        -------
        is_sample : bool[n_events], which of the events, put one behind the other, are of the
            first sample.
        weights : float[n_resamples + 1, n_events]; see `bootstrap_weights`.
        """
        both = np.concatenate([group, reference_group])
        is_sample = np.arange(len(both)) < len(group)
        return is_sample, bootstrap_weights(is_sample, self.n_resamples, self.seed, both)

    def over_rows(
        self, statistic: Callable[[Rows], Mapping[str, float]], group: NDArray[np.int_]
    ) -> dict[str, Estimate]:
        """Compute figures of one sample, and of resamples of it.

        Parameters
        ----------
        statistic : gives figures by name of the events of some rows, of which some come twice.
        group : int[n], events that are drawn together.
        """
        generator = np.random.default_rng(self.seed)
        _, place = np.unique(group, return_inverse=True)
        n_groups = place.max() + 1
        rows = np.arange(len(group))
        values = [statistic(rows)]
        for _ in range(self.n_resamples):
            times = np.bincount(generator.integers(n_groups, size=n_groups), minlength=n_groups)
            values.append(statistic(np.repeat(rows, times[place])))
        return {
            name: self.percentiles(np.array([figures[name] for figures in values]))
            for name in values[0]
        }

    def percentiles(self, values: Floats) -> Estimate:
        """Take the interval from the resamples; see `percentile_interval`."""
        return percentile_interval(values, self.confidence)

    def of_distance(self, values: Floats) -> Estimate:
        """Take the width of the interval of a distance from the resamples.

        Resamples are farther from each other than their parents are, so that of a distance that
        is nearly zero all percentiles lie above the value.

        Parameters
        ----------
        values : float[n_resamples + 1], not negative, the first for the sample itself.
        """
        return self.with_error(float(values[0]), float(np.std(values[1:], ddof=1)))

    def with_error(self, value: float, error: float, lowest: float = 0.0) -> Estimate:
        """Make an interval from a standard error, cut at the lowest possible value."""
        interval = normal_interval(value, error, self.confidence, lowest, np.inf)
        return Estimate(value, *(interval or (np.nan, np.nan)))

    def share(self, passed: NDArray[np.bool_], group: NDArray[np.int_]) -> Estimate:
        """Measure the share of images that pass, with the interval of Wilson.

        Parameters
        ----------
        passed : bool[n].
        group : int[n], images of one shower, which pass or fail together.
        """
        if len(passed) == 0:
            return Estimate(np.nan, np.nan, np.nan)
        value = float(passed.mean())
        number = effective_number(passed, group)
        return Estimate(value, *wilson_interval(value, number, self.confidence))
