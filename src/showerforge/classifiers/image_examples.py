"""Images that a classifier judges right and wrong, for people to look at."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

#: what becomes of an event at a threshold: signal and background, each right and wrong
KEPT, LOST = "signal kept", "signal lost"
REJECTED, MISTAKEN = "background rejected", "background kept"


def choose_examples(
    test: pd.DataFrame,
    scores: NDArray[np.float64],
    is_signal: NDArray[np.bool_],
    threshold: float,
    n_examples: int,
) -> pd.DataFrame:
    """Choose typical events among the right ones, and the worst among the wrong ones.

    Parameters
    ----------
    test : events with ``row``, the number of the image.
    scores : float[n_events].
    is_signal : bool[n_events].
    threshold : what scores at least this is kept.
    n_examples : of each kind, fewer where there are fewer.

    Returns
    -------
    examples : DataFrame, one row per event: ``row``, ``particle``, ``score``, ``verdict``, and
        ``true_energy``, where it is known.
    """
    kept = scores >= threshold
    chosen = []
    for verdict, of_kind, worst_first in (
        (KEPT, is_signal & kept, None),
        (LOST, is_signal & ~kept, scores),
        (REJECTED, ~is_signal & ~kept, None),
        (MISTAKEN, ~is_signal & kept, -scores),
    ):
        places = np.flatnonzero(of_kind)
        if worst_first is not None:
            places = places[np.argsort(worst_first[places], kind="stable")][:n_examples]
        else:
            # about the median of their kind
            places = places[np.argsort(scores[places], kind="stable")]
            middle = max(0, (len(places) - n_examples) // 2)
            places = places[middle : middle + n_examples]
        events = test.iloc[places]
        columns = [name for name in ("row", "particle", "true_energy") if name in test]
        chosen.append(events[columns].assign(score=scores[places], verdict=verdict))
    return pd.concat(chosen)
