"""Gate G0: has the generator seen anything but the training events?"""

from collections.abc import Sequence

import pandas as pd


def parents_outside(synthetic: pd.DataFrame, train_ids: pd.Index) -> int:
    """Count the synthetic events with a parent that is no training event."""
    outside = pd.Series(False, index=synthetic.index)
    for column in ("parent", "neighbour"):
        ids = synthetic[column]
        outside |= ids.notna() & ~ids.isin(train_ids)
    return int(outside.sum())


def groups_on_both_sides(train: pd.DataFrame, test: pd.DataFrame) -> int:
    """Count the groups (duplicates, showers) with events on both sides of a split."""
    return len(set(train["group"]) & set(test["group"]))


def exact_copies(synthetic: pd.DataFrame, real: pd.DataFrame, columns: Sequence[str]) -> int:
    """Count the synthetic events that equal a real event in all columns."""
    known = pd.MultiIndex.from_frame(real[list(columns)])
    return int(pd.MultiIndex.from_frame(synthetic[list(columns)]).isin(known).sum())
