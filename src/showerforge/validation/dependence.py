"""Gate G3: do the parameters depend on each other in the right way?"""

from collections.abc import Sequence

import numpy as np
import pandas as pd


def rank_correlations(events: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Spearman rank correlations between columns.

    Returns
    -------
    correlations : DataFrame[n_columns, n_columns]
    """
    return events[list(columns)].corr(method="spearman")


def largest_correlation_difference(
    first: pd.DataFrame, second: pd.DataFrame, columns: Sequence[str]
) -> float:
    """Largest absolute difference between the rank correlations of two tables."""
    difference = rank_correlations(first, columns) - rank_correlations(second, columns)
    return float(np.abs(difference.to_numpy()).max())
