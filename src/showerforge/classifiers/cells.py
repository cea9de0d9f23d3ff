"""Long studies as many small cells, whose records are kept so that a stopped study goes on."""

import hashlib
import logging
from collections.abc import Collection, Sequence

import pandas as pd

logger = logging.getLogger(__name__)


def fingerprint_events(events: pd.DataFrame, columns: Sequence[str]) -> str:
    """Compute a checksum of the events and their ids that changes with any of their values."""
    hashes = pd.util.hash_pandas_object(events[list(columns)])
    return hashlib.sha256(hashes.to_numpy()).hexdigest()


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
