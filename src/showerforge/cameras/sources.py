"""Whether images are simulated, recorded or generated, by all that is known about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from showerforge.cameras.truth import UNKNOWN
from showerforge.events.schema import TRUE_ENERGY

SIMULATED, RECORDED, GENERATED = "simulated", "recorded", "generated"
PARTLY_SIMULATED, PARTLY_GENERATED = "partly simulated", "partly generated"
NOT_STATED = "origin not stated"
SOURCES = (SIMULATED, RECORDED, GENERATED, PARTLY_SIMULATED, PARTLY_GENERATED, NOT_STATED)

#: column that names the generator of an image; empty or missing for all others
GENERATOR = "generator"


def find_source(attributes: Mapping[str, Any], table: pd.DataFrame) -> str:
    """Tell where images come from.

    Parameters
    ----------
    attributes : of the images; ``source`` is what is stated.
    table : of the images. A `GENERATOR` tells of a generated image, and what no telescope can
        know, primary or energy, of another one that is simulated, whatever is stated.

    Returns
    -------
    source : one of `SOURCES`.
    """
    stated = attributes.get("source")
    stated = stated if stated in SOURCES else NOT_STATED
    # nothing in a table speaks against a generator
    if table.empty or stated in (GENERATED, PARTLY_GENERATED):
        return stated
    known = np.where(_has_truth(table), SIMULATED, stated)
    return join_sources(np.where(is_generated(table), GENERATED, known))


def is_generated(table: pd.DataFrame) -> NDArray[np.bool_]:
    """Tell which images a generator has drawn, bool[n_images]."""
    if GENERATOR not in table:
        return np.zeros(len(table), dtype=np.bool_)
    return (table[GENERATOR].notna() & (table[GENERATOR] != "")).to_numpy()


def join_sources(sources: Iterable[str]) -> str:
    """Tell in one of `SOURCES` where images of several sources come from."""
    different = set(sources)
    if len(different) == 1:
        return different.pop()
    if different & {GENERATED, PARTLY_GENERATED}:
        return PARTLY_GENERATED
    return PARTLY_SIMULATED if different & {SIMULATED, PARTLY_SIMULATED} else NOT_STATED


def _has_truth(table: pd.DataFrame) -> NDArray[np.bool_]:
    has_truth = np.zeros(len(table), dtype=np.bool_)
    if TRUE_ENERGY in table:
        has_truth |= table[TRUE_ENERGY].notna().to_numpy()
    if "primary" in table:
        has_truth |= (table["primary"].notna() & (table["primary"] != UNKNOWN)).to_numpy()
    return has_truth
