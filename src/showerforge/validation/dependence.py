"""Gate G3: do the columns depend on each other in the right way?"""

from collections.abc import Sequence

import numpy as np
import pandas as pd


def rank_correlations(events: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Spearman rank correlations between columns; zero with a column that never changes.

    Returns
    -------
    correlations : DataFrame[n_columns, n_columns]
    """
    return events[list(columns)].corr(method="spearman").fillna(0.0)


def correlation_differences(
    first: pd.DataFrame, second: pd.DataFrame, columns: Sequence[str]
) -> tuple[float, float]:
    """Differences between the rank correlations of two tables.

    Returns
    -------
    largest, root_mean_square : over all pairs of different columns.
    """
    if len(columns) < 2:
        return 0.0, 0.0
    difference = rank_correlations(first, columns) - rank_correlations(second, columns)
    pairs = difference.to_numpy()[np.triu_indices(len(columns), 1)]
    return float(np.abs(pairs).max()), float(np.sqrt(np.mean(pairs**2)))


def compare_correlations(
    synthetic: pd.DataFrame, reference: pd.DataFrame, columns: Sequence[str]
) -> pd.DataFrame:
    """List the rank correlations of two tables side by side.

    Returns
    -------
    correlations : DataFrame, one row per ordered pair of columns: ``first``, ``second``,
        ``real``, ``synthetic`` and ``difference``.
    """
    pairs = pd.DataFrame(
        {
            "real": rank_correlations(reference, columns).stack(),
            "synthetic": rank_correlations(synthetic, columns).stack(),
        }
    )
    pairs["difference"] = pairs["synthetic"] - pairs["real"]
    return pairs.rename_axis(["first", "second"]).reset_index()
