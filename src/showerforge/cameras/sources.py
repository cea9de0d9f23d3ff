"""Whether images are simulated or recorded, by all that is known about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from showerforge.cameras.truth import UNKNOWN
from showerforge.events.schema import TRUE_ENERGY

SIMULATED, RECORDED = "simulated", "recorded"
PARTLY_SIMULATED, NOT_STATED = "partly simulated", "origin not stated"
SOURCES = (SIMULATED, RECORDED, PARTLY_SIMULATED, NOT_STATED)


def find_source(attributes: Mapping[str, Any], table: pd.DataFrame) -> str:
    """Tell where images come from.

    Parameters
    ----------
    attributes : of the images; ``source`` is what is stated.
    table : of the images. What no telescope can know, primary or energy, tells of a simulation,
        whatever is stated.

    Returns
    -------
    source : one of `SOURCES`.
    """
    stated = attributes.get("source")
    stated = stated if stated in SOURCES else NOT_STATED
    if table.empty:
        return stated
    return join_sources(np.where(_has_truth(table), SIMULATED, stated))


def join_sources(sources: Iterable[str]) -> str:
    """Tell in one of `SOURCES` where images of several sources come from."""
    different = set(sources)
    if len(different) == 1:
        return different.pop()
    return PARTLY_SIMULATED if different & {SIMULATED, PARTLY_SIMULATED} else NOT_STATED


def _has_truth(table: pd.DataFrame) -> NDArray[np.bool_]:
    has_truth = np.zeros(len(table), dtype=np.bool_)
    if TRUE_ENERGY in table:
        has_truth |= table[TRUE_ENERGY].notna().to_numpy()
    if "primary" in table:
        has_truth |= (table["primary"].notna() & (table["primary"] != UNKNOWN)).to_numpy()
    return has_truth
