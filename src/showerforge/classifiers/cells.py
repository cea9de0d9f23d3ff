"""Long studies as many small cells, whose records are kept so that a stopped study goes on."""

import hashlib
import json
import logging
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pandas as pd

import showerforge

logger = logging.getLogger(__name__)

KEY_DIGITS = 12


def fingerprint_events(events: pd.DataFrame, columns: Sequence[str]) -> str:
    """Compute a checksum of the events and their ids that changes with any of their values."""
    hashes = pd.util.hash_pandas_object(events[list(columns)])
    return hashlib.sha256(hashes.to_numpy()).hexdigest()


def key_of(name: str, depends_on: Mapping[str, Any]) -> str:
    """Name a cell by what it is, and by a fingerprint of all that its numbers depend on.

    Parameters
    ----------
    name : what the cell is, for people.
    depends_on : everything that changes its numbers, of types that JSON knows.
    """
    text = json.dumps(
        {**depends_on, "version": showerforge.__version__}, sort_keys=True, default=list
    )
    fingerprint = hashlib.sha256(text.encode()).hexdigest()[:KEY_DIGITS]
    return re.sub(r"[^\w-]+", "-", f"{name}_{fingerprint}").lower()


def unfinished(plan: pd.DataFrame, finished: Collection[str]) -> pd.DataFrame:
    """Take the cells of a plan that have no record yet, and log how many there are.

    Parameters
    ----------
    plan : DataFrame, one row per cell, with ``key``.
    finished : keys of the records that are there.
    """
    to_do = plan[~plan["key"].isin(list(finished))]
    n_all = len(plan)
    logger.info("%d of %d cells are finished, %d to do", n_all - len(to_do), n_all, len(to_do))
    return to_do
