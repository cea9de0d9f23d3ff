"""Which events are learnt from, and which are held out, by a hash.

A hash does not depend on where an event lies, on its neighbours, or on how many there are. So a
split needs no list of events, and is the same however they are cut into partitions.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
Floats = NDArray[np.float64]


class Side(IntEnum):
    """What an event is used for."""

    TEST = 0
    VALIDATION = 1
    TRAINING = 2

    @property
    def label(self) -> str:
        """Name in tables."""
        return self.name.lower()


class Purpose(IntEnum):
    """What a number is drawn for, so that no two draws have to do with each other."""

    SIDE = 0
    BLOCK = 1
    SAMPLE = 2


def hash_rows(columns: pd.DataFrame | pd.Series) -> Hashes:
    """Hash the values of each row, uint64[n_rows]."""
    hashes: Hashes = pd.util.hash_pandas_object(columns, index=False).to_numpy()
    return hashes


def hash_contents(events: Floats) -> Hashes:
    """Hash events by their parameters, so that copies have the same hash.

    Parameters
    ----------
    events : float64[n_events, n_parameters]
    """
    # minus zero is zero
    return hash_rows(pd.DataFrame(events + 0.0))


def draw_uniform(hashes: Hashes, seed: int, purpose: Purpose) -> Floats:
    """Draw a number for each hash, the same for the same one.

    Returns
    -------
    numbers : float64[n] in [0, 1).
    """
    (key,) = np.random.SeedSequence([seed, purpose]).generate_state(1, np.uint64)
    mixed = pd.util.hash_array(hashes ^ key)
    return (mixed >> np.uint64(11)) * 2.0**-53


def choose_sides(
    groups: Hashes, test_fraction: float, validation_fraction: float, seed: int
) -> NDArray[np.int8]:
    """Choose a side for each event, the same for all of a group.

    Parameters
    ----------
    groups : uint64[n_events], hash of the group of each.
    test_fraction, validation_fraction : shares of the groups that are held out.
    seed : of the split.

    Returns
    -------
    sides : int8[n_events], values of `Side`.
    """
    numbers = draw_uniform(groups, seed, Purpose.SIDE)
    borders = [test_fraction, test_fraction + validation_fraction]
    return np.searchsorted(borders, numbers, side="right").astype(np.int8)
