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
    is_gamma: NDArray[np.bool_], n_resamples: int, seed: int
) -> NDArray[np.float64]:
    """Draw bootstrap resamples of an event sample as weights, within each class.

    Parameters
    ----------
    is_gamma : bool[n_events]
    n_resamples : number of resamples.
    seed : seed of the draws.

    Returns
    -------
    weights : float[n_resamples + 1, n_events], how often each event is drawn. The first row
        is the sample itself, all ones.
    """
    generator = np.random.default_rng(seed)
    weights = np.ones((n_resamples + 1, len(is_gamma)))
    for chosen in (is_gamma, ~is_gamma):
        n = int(np.count_nonzero(chosen))
        weights[1:, chosen] = generator.multinomial(n, np.full(n, 1 / n), size=n_resamples)
    return weights


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


def corrected_resampled_interval(differences: Floats, confidence: float) -> Estimate:
    """Interval of a mean difference over cross-validation folds.

    Folds share training events, so their differences vary together and the ordinary t-test
    is too sure. The variance is enlarged by ``1/n + n_test/n_train`` instead of ``1/n``
    (Nadeau and Bengio 2003, Machine Learning 52, 239, equation 9).

    Parameters
    ----------
    differences : float[n_folds], difference of a figure of merit in each fold.
    confidence : coverage of the interval.
    """
    from scipy import stats

    n = len(differences)
    test_to_train_ratio = 1 / (n - 1)
    mean = float(np.mean(differences))
    spread = np.sqrt((1 / n + test_to_train_ratio) * np.var(differences, ddof=1))
    half = float(stats.t.ppf((1 + confidence) / 2, df=n - 1) * spread)
    return Estimate(mean, mean - half, mean + half)
