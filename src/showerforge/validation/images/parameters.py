"""How far image parameters of generated images are from simulated ones, one by one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from showerforge.validation.images.sets import GROUP
from showerforge.validation.marginals import compare_marginals, ks_distance

#: share of the repeats between the ends of a band
BAND = 0.95


def compare_parameters(
    sample: pd.DataFrame, reference: pd.DataFrame, columns: Sequence[str]
) -> pd.DataFrame:
    """Compare each image parameter where it is known; see `compare_marginals`.

    Parameters
    ----------
    sample, reference : images of one particle.
    columns : image parameters.

    Returns
    -------
    marginals : one row per parameter that is known of both.
    """
    rows = []
    for column in columns:
        first, second = (table[[column]].dropna() for table in (sample, reference))
        if len(first) and len(second):
            rows.append(compare_marginals(first, second, [column]))
    if not rows:
        return pd.DataFrame(columns=["column", "ks_distance", "p_value", "wasserstein"])
    return pd.concat(rows, ignore_index=True)


def band_of_parameters(
    real: pd.DataFrame,
    n_sample: int,
    n_reference: int,
    columns: Sequence[str],
    n_repeats: int,
    seed: int,
) -> pd.DataFrame:
    """Compare parts of the simulated images with each other, over and over.

    Parameters
    ----------
    real : all simulated images of one particle, with ``group``; showers stay whole.
    n_sample, n_reference : images in the two parts, about.
    columns : image parameters.
    n_repeats, seed : random partitions, and their seed.

    Returns
    -------
    band : ``column``, and ``lower`` and ``upper`` end of the Kolmogorov-Smirnov distance.
    """
    generator = np.random.default_rng(seed)
    names, place = np.unique(real[GROUP], return_inverse=True)
    size = len(real) / len(names)
    ends = [round(n_sample / size), round((n_sample + n_reference) / size)]
    values = {column: real[column].to_numpy(float) for column in columns}
    distances: dict[str, list[float]] = {column: [] for column in columns}
    for _ in range(n_repeats):
        order = generator.permutation(len(names))[place]
        is_sample, is_reference = order < ends[0], (order >= ends[0]) & (order < ends[1])
        for column, of_all in values.items():
            parts = (of_all[is_sample], of_all[is_reference])
            sample, reference = (part[~np.isnan(part)] for part in parts)
            if len(sample) and len(reference):
                distances[column].append(ks_distance(sample, reference))
    tail = (1 - BAND) / 2
    rows = [
        (column, *np.quantile(found, [tail, 1 - tail]))
        for column, found in distances.items()
        if found
    ]
    return pd.DataFrame(rows, columns=["column", "lower", "upper"])
