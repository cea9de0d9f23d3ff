"""Tables of what is measured of sets of images."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from showerforge.metrics.intervals import Estimate
from showerforge.validation.images.sets import MONTE_CARLO

COLUMNS = ["generator", "particle", "metric", "value", "lower", "upper", "n_images"]
NULL = ["null", "null_lower", "null_upper"]


def tabulate(
    generator: str, particle: str, estimates: Mapping[str, Estimate], n_images: int
) -> pd.DataFrame:
    """Lay out what was measured of a set.

    Parameters
    ----------
    generator, particle : whose images.
    estimates : by name of a metric, see
        `showerforge.validation.images.metrics.IMAGE_METRICS`.
    n_images : in the set.

    Returns
    -------
    rows : one for each metric, with `COLUMNS`.
    """
    rows = [
        [generator, particle, name, value.value, value.lower, value.upper, n_images]
        for name, value in estimates.items()
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def with_null(measured: pd.DataFrame) -> pd.DataFrame:
    """Put beside each value what Monte Carlo gives for the same metric and particle.

    Parameters
    ----------
    measured : rows of `tabulate`, those of `MONTE_CARLO` among them.

    Returns
    -------
    measured : the same rows with ``null``, ``null_lower`` and ``null_upper``, NaN where Monte
        Carlo has no such value, and ``is_clear``, whether the two intervals do not meet.
    """
    keys = ["particle", "metric"]
    ends = ["value", "lower", "upper"]
    of_null = measured.loc[measured["generator"] == MONTE_CARLO, keys + ends]
    beside = measured.merge(
        of_null.rename(columns=dict(zip(ends, NULL, strict=True))), on=keys, how="left"
    )
    is_apart = (beside["lower"] > beside["null_upper"]) | (beside["upper"] < beside["null_lower"])
    return beside.assign(is_clear=is_apart)
