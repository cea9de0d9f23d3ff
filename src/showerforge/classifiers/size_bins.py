"""What classifiers are worth in bins of image size, the table's only hint at the energy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from showerforge.classifiers.names import Candidate
from showerforge.classifiers.operating_points import Rules, count_surviving_hadrons, summarise
from showerforge.metrics.separation import Separation

Floats = NDArray[np.float64]
#: the acceptance that is shown in bins of size
SIZE_BACKGROUND = 0.1
#: figures in bins of size, as functions of the separation in a bin and the threshold
SIZE_FIGURES: dict[str, Callable[[Separation, float], Floats]] = {
    "roc_auc": lambda s, threshold: s.roc_auc(),
    f"acceptance_{SIZE_BACKGROUND:g}": lambda s, threshold: s.acceptance(SIZE_BACKGROUND),
    "gamma_efficiency": lambda s, threshold: s.at_threshold(threshold)[0],
    "hadron_efficiency": lambda s, threshold: s.at_threshold(threshold)[1],
    "quality_factor": lambda s, threshold: s.quality_factor(threshold),
}


def size_bin_edges(size: Floats, n_bins: int) -> Floats:
    """Edges of bins with equal numbers of training events.

    Parameters
    ----------
    size : float[n_events], log10 of the photon count of training events.
    n_bins : number of bins.

    Returns
    -------
    edges : float[n_bins + 1]; other events beyond the ends belong to the outermost bins.
    """
    return np.quantile(size, np.linspace(0, 1, n_bins + 1))


def judge_size_bins(
    test_scores: pd.DataFrame,
    is_gamma: NDArray[np.bool_],
    size: Floats,
    weights: Floats,
    thresholds: Mapping[str, float],
    edges: Floats,
    rules: Rules,
) -> pd.DataFrame:
    """Judge candidates in bins of image size, which goes with the energy of a gamma.

    The one threshold of each candidate holds for all bins.

    Parameters
    ----------
    test_scores : DataFrame[n_events, n_candidates], gammaness.
    is_gamma : bool[n_events]
    size : float[n_events], log10 of the photon count.
    weights : float[n_weightings, n_events], the first for the sample itself.
    thresholds : threshold of each candidate that is judged.
    edges : float[n_bins + 1], see `size_bin_edges`.
    rules : what is said, and when.

    Returns
    -------
    table : DataFrame, one row per candidate, bin and figure: ``candidate``, ``model``,
        ``training``, ``threshold``, ``bin``, ``size_lower``, ``size_upper``;
        ``size_median``, ``n_gammas``, ``n_hadrons`` and ``surviving_hadrons`` (test events);
        ``figure``, ``test``, ``test_lower``, ``test_upper``, and ``remark``. Nothing is said
        of bins that hold fewer gammas or hadrons than a cut must leave; figures at the
        threshold that rest on fewer surviving hadrons have a remark, and no number where none
        survives.
    """
    bins = np.searchsorted(edges[1:-1], size, side="right")
    fewest = rules.minimum_test_hadrons
    rows = []
    for name, threshold in thresholds.items():
        candidate = Candidate.parse(name)
        scores = test_scores[name].to_numpy()
        for number in range(len(edges) - 1):
            inside = bins == number
            separation = Separation(is_gamma[inside], scores[inside], weights[:, inside])
            n_gammas = int(np.count_nonzero(is_gamma[inside]))
            n_hadrons = int(np.count_nonzero(~is_gamma[inside]))
            n_surviving = count_surviving_hadrons(separation, threshold)
            head: dict[str, Any] = {
                "candidate": name,
                "model": candidate.model,
                "training": str(candidate.training),
                "threshold": threshold,
                "bin": number,
                "size_lower": edges[number],
                "size_upper": edges[number + 1],
                "size_median": np.median(size[inside]) if inside.any() else np.nan,
                "n_gammas": n_gammas,
                "n_hadrons": n_hadrons,
                "surviving_hadrons": n_surviving,
            }
            for figure, compute in SIZE_FIGURES.items():
                needs_survivors = figure in ("hadron_efficiency", "quality_factor")
                if min(n_gammas, n_hadrons) < fewest or (needs_survivors and n_surviving == 0):
                    row = summarise(figure, np.array([np.nan]), rules.confidence, False)
                else:
                    row = summarise(figure, compute(separation, threshold), rules.confidence)
                    if needs_survivors and n_surviving < fewest:
                        row["remark"] = f"only {n_surviving} hadrons left"
                rows.append({**head, **row})
    return pd.DataFrame(rows)
