"""Gate G2: does every single parameter have the right distribution?"""

from collections.abc import Sequence

import numpy as np
import pandas as pd


def ks_distance(first: pd.Series, second: pd.Series) -> float:
    """Largest distance between two empirical distribution functions (Kolmogorov-Smirnov)."""
    a, b = np.sort(first.to_numpy()), np.sort(second.to_numpy())
    both = np.concatenate([a, b])
    cdf_a = np.searchsorted(a, both, side="right") / len(a)
    cdf_b = np.searchsorted(b, both, side="right") / len(b)
    return float(np.abs(cdf_a - cdf_b).max())


def largest_ks_distance(first: pd.DataFrame, second: pd.DataFrame, columns: Sequence[str]) -> float:
    """Largest Kolmogorov-Smirnov distance over several columns."""
    return max(ks_distance(first[column], second[column]) for column in columns)


def compare_marginals(
    synthetic: pd.DataFrame, reference: pd.DataFrame, columns: Sequence[str]
) -> pd.DataFrame:
    """Compare each column of two tables.

    Returns
    -------
    marginals : DataFrame, one row per column: ``ks_distance``, ``p_value`` of the two-sample
        test, and ``wasserstein``, the mean shift in units of the reference's interquartile
        range.
    """
    from scipy import stats

    rows = []
    for column in columns:
        a, b = synthetic[column].to_numpy(), reference[column].to_numpy()
        distance, p_value = stats.ks_2samp(a, b, method="asymp")
        interquartile_range = float(np.subtract(*np.quantile(b, [0.75, 0.25])))
        rows.append(
            {
                "column": column,
                "ks_distance": float(distance),
                "p_value": float(p_value),
                "wasserstein": float(stats.wasserstein_distance(a, b)) / interquartile_range,
            }
        )
    return pd.DataFrame(rows)


def quantile_pairs(
    synthetic: pd.Series, reference: pd.Series, n_quantiles: int
) -> tuple[np.ndarray, np.ndarray]:
    """Quantiles of two samples at the same probabilities, for a QQ plot.

    Returns
    -------
    synthetic_quantiles, reference_quantiles : float[n_quantiles]
    """
    probabilities = (np.arange(n_quantiles) + 0.5) / n_quantiles
    return np.quantile(synthetic, probabilities), np.quantile(reference, probabilities)
