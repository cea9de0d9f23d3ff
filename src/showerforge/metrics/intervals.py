"""Bootstrap intervals and paired comparisons."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """A value with its interval."""

    value: float
    lower: float
    upper: float

    @property
    def excludes_zero(self) -> bool:
        """Whether zero lies outside the interval."""
        return self.lower > 0 or self.upper < 0


def bootstrap_weights(
    is_gamma: NDArray[np.bool_],
    n_resamples: int,
    seed: int,
    group: NDArray[np.int_] | None = None,
) -> NDArray[np.float64]:
    """Draw bootstrap resamples of an event sample as weights, within each class.

    Parameters
    ----------
    is_gamma : bool[n_events]
    n_resamples : number of resamples.
    seed : seed of the draws.
    group : int[n_events], events that belong together, such as images of one shower, and are
        drawn together; each event is its own group by default.

    Returns
    -------
    weights : float[n_resamples + 1, n_events], how often each event is drawn. The first row
        is the sample itself, all ones.
    """
    generator = np.random.default_rng(seed)
    weights = np.ones((n_resamples + 1, len(is_gamma)))
    group = np.arange(len(is_gamma)) if group is None else group
    for chosen in (is_gamma, ~is_gamma):
        names, place = np.unique(group[chosen], return_inverse=True)
        n = len(names)
        times = generator.multinomial(n, np.full(n, 1 / n), size=n_resamples)
        weights[1:, chosen] = times[:, place]
    return weights


def normal_interval(
    value: float, error: float, confidence: float, smallest: float, largest: float
) -> tuple[float, float] | None:
    """Interval of a value with a standard error, cut at the ends of its range.

    Returns
    -------
    lower, upper : None if the error is no number.
    """
    from scipy.special import ndtri

    if np.isnan(error):
        return None
    half = float(ndtri((1 + confidence) / 2)) * error
    return max(smallest, value - half), min(largest, value + half)


def percentile_interval(values: Floats, confidence: float) -> Estimate:
    """Summarise a figure of merit over resamples.

    Parameters
    ----------
    values : float[n_resamples + 1], the first for the sample itself.
    confidence : coverage of the interval, such as 0.95.
    """
    tail = (1 - confidence) / 2
    # without interpolation, which would turn an infinite neighbour into no number
    lower, upper = np.quantile(values[1:], [tail, 1 - tail], method="inverted_cdf")
    return Estimate(float(values[0]), float(lower), float(upper))


def corrected_resampled_interval(
    differences: Floats,
    confidence: float,
    correlation: float | None = None,
    common_variance: float = 0.0,
) -> Estimate:
    """Interval of a mean difference over repeated trainings, such as folds.

    Repeats share training events, so their differences vary together and the ordinary t-test
    is too sure. With the correlation rho of two repeats, the variance of the mean is
    ``s^2 (1/n + rho / (1 - rho))`` instead of ``s^2 / n`` (Nadeau and Bengio 2003, Machine
    Learning 52, 239, section 3; for folds, equation 9).

    Parameters
    ----------
    differences : float[n_repeats], difference of a figure of merit in each repeat.
    confidence : coverage of the interval.
    correlation : correlation of two repeats, below 1. None is for folds of a
        cross-validation, where it is the share of the events in a fold.
    common_variance : variance that all repeats have in common and their spread does not show,
        such as that of one test set for all.
    """
    from scipy import stats

    n = len(differences)
    rho = 1 / n if correlation is None else correlation
    mean = float(np.mean(differences))
    variance = (1 / n + rho / (1 - rho)) * np.var(differences, ddof=1) + common_variance
    half = float(stats.t.ppf((1 + confidence) / 2, df=n - 1) * np.sqrt(variance))
    return Estimate(mean, mean - half, mean + half)


def finite_difference(first: Floats, second: Floats) -> Floats:
    """Subtract figures of merit; no number where one is infinite, as Q without background."""
    both = np.isfinite(first) & np.isfinite(second)
    return np.subtract(first, second, out=np.full(np.shape(first), np.nan), where=both)


def answer(change: Estimate, higher_is_better: bool) -> str:
    """Say in words whether a change of a figure of merit is one for the better."""
    if np.isnan(change.value):
        return "not defined"
    if not change.excludes_zero:
        return "no clear change"
    return "better" if (change.value > 0) == higher_is_better else "worse"
