"""Gate G0: has the generator seen anything but the training events?"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from showerforge.events.schema import PARENTS
from showerforge.validation.memorisation import on_a_segment

#: a recipe: from events and the mask of the training events among them to synthetic events
Recipe = Callable[[pd.DataFrame, np.ndarray], pd.DataFrame]
GARBAGE_SCALE = 10.0
#: too small to change which events are neighbours, large enough to be seen
TRACER = 1e-9
#: dyed is who carries more than this share of the dye; rescaling alone moves by less
SMALLEST_STEP = 0.01


def parents_outside(synthetic: pd.DataFrame, train_ids: pd.Index) -> int:
    """Count the synthetic events with a parent that is no training event."""
    outside = pd.Series(False, index=synthetic.index)
    for column in PARENTS:
        if column in synthetic:
            ids = synthetic[column]
            outside |= ids.notna() & ~ids.isin(train_ids)
    return int(outside.sum())


def has_parents(synthetic: pd.DataFrame) -> bool:
    """Tell whether a table records what its events were made from."""
    return any(column in synthetic and synthetic[column].notna().any() for column in PARENTS)


def event_ids(events: pd.DataFrame) -> pd.Index:
    """Return the ids of events: the column ``event_id``, or else the index."""
    return pd.Index(events["event_id"]) if "event_id" in events else events.index


def groups_on_both_sides(train: pd.DataFrame, holdout: pd.DataFrame) -> int:
    """Count the groups (duplicates, showers) with events on both sides of a split."""
    if "group" not in train or "group" not in holdout:
        return 0
    return len(set(train["group"]) & set(holdout["group"]))


def is_copy(events: pd.DataFrame, real: pd.DataFrame, columns: Sequence[str]) -> np.ndarray:
    """Tell which events equal a real event in all columns, bool[n_events]."""
    known = pd.MultiIndex.from_frame(real[list(columns)])
    return np.asarray(pd.MultiIndex.from_frame(events[list(columns)]).isin(known))


def exact_copies(events: pd.DataFrame, real: pd.DataFrame, columns: Sequence[str]) -> int:
    """Count the events that equal a real event in all columns."""
    return int(is_copy(events, real, columns).sum())


def fingerprint(events: pd.DataFrame) -> str:
    """SHA-256 of a table's columns and values, to the last bit."""
    rows = pd.util.hash_pandas_object(events, index=False).to_numpy().tobytes()
    return hashlib.sha256("\n".join(events.columns).encode() + rows).hexdigest()


def with_garbage(
    events: pd.DataFrame, is_holdout: np.ndarray, columns: Sequence[str], seed: int
) -> pd.DataFrame:
    """Replace all values of held-out events by random ones, far off the real ones.

    Parameters
    ----------
    events : DataFrame of all events.
    is_holdout : bool[n_events]
    columns : columns that are filled with garbage.
    seed : seed of the garbage.
    """
    generator = np.random.default_rng(seed)
    garbage = events.copy()
    size = (np.count_nonzero(is_holdout), len(columns))
    scale = GARBAGE_SCALE * events[list(columns)].abs().to_numpy().max(axis=0)
    garbage.loc[is_holdout, list(columns)] = generator.uniform(0, 1, size) * scale
    return garbage


def is_holdout_invariant(
    recipe: Recipe, events: pd.DataFrame, is_train: np.ndarray, columns: Sequence[str], seed: int
) -> bool:
    """Replace all held-out values by garbage and see whether the synthetic table changes.

    The strongest test of leakage, for it needs no knowledge of the generator: whatever of a
    held-out event reaches a synthetic one, be it through a scaler, changes a bit.

    Parameters
    ----------
    recipe : makes synthetic events; called twice.
    events, columns, seed : as in `with_garbage`.
    is_train : bool[n_events]
    """
    garbage = with_garbage(events, ~is_train, columns, seed)
    return fingerprint(recipe(events, is_train)) == fingerprint(recipe(garbage, is_train))


def count_traced(
    recipe: Recipe, events: pd.DataFrame, is_train: np.ndarray, column: str
) -> tuple[int, int]:
    """Dye the held-out events in one column and count the synthetic events that are dyed.

    For generators that interpolate linearly: the dye is too faint to change a neighbourhood,
    but every step towards a held-out event carries it. The recipe must not round.

    Parameters
    ----------
    recipe : makes synthetic events; called twice.
    events, is_train : as in `is_holdout_invariant`.
    column : column that is dyed.

    Returns
    -------
    n_synthetic, n_dyed : synthetic events, and those of them with a held-out parent.
    """
    dye = TRACER * float(events[column].std())
    dyed = events.copy()
    dyed.loc[~is_train, column] += dye
    clean, traced = recipe(events, is_train)[column], recipe(dyed, is_train)[column]
    difference = np.abs(traced.to_numpy() - clean.to_numpy())
    return len(clean), int(np.count_nonzero(difference > SMALLEST_STEP * dye))


def share_between_training_events(
    train: pd.DataFrame, test: pd.DataFrame, columns: Sequence[str]
) -> float:
    """Share of the test events on a segment between two near training events.

    The forensic check of two finished tables, as they are handed to a classifier: recorded
    events are hardly ever on one, but where events were interpolated before the split, a
    third of the test events is.

    Parameters
    ----------
    train, test : finished tables, synthetic events included.
    columns : columns that were interpolated.
    """
    fitted = train[list(columns)].to_numpy(float)
    centre, scale = fitted.mean(axis=0), fitted.std(axis=0)
    points = (test[list(columns)].to_numpy(float) - centre) / scale
    return float(on_a_segment(points, (fitted - centre) / scale).mean())
