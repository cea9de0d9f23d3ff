"""Which training events something was found with, so that it is used with no others."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from showerforge.classifiers.cells import fingerprint_events
from showerforge.events.schema import HILLAS_PARAMETERS, WEIGHT

FINGERPRINT_DIGITS = 16


def fingerprint_of(train: pd.DataFrame) -> str:
    """Name training events by their ids, parameters, particles, weights and folds.

    Parameters
    ----------
    train : training events with the Hillas parameters, ``particle``, ``weight`` and ``fold``.
    """
    columns = [*HILLAS_PARAMETERS, "particle", WEIGHT, "fold"]
    return fingerprint_events(train, columns)[:FINGERPRINT_DIGITS]


def differences(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str]:
    """Say what differs between two provenances, entry by entry, with both values."""
    problems = []
    for name in dict.fromkeys([*wanted, *found]):
        there, here = found.get(name), wanted.get(name)
        if isinstance(there, Mapping) and isinstance(here, Mapping):
            problems += [f"{name}.{problem}" for problem in differences(there, here)]
        elif there != here:
            problems.append(f"{name}: {there!r} there, {here!r} here")
    return problems
