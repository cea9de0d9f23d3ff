"""Gate G1: does every synthetic event obey physics, and look like a recorded one?"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from showerforge.events.constraints import Constraint, broken_constraints, hard, soft
from showerforge.events.features import compute_features


def count_broken_hard(events: pd.DataFrame, constraints: Sequence[Constraint]) -> int:
    """Count the events that break a hard constraint."""
    return int(broken_constraints(events, hard(constraints)).any(axis=1).sum())


def count_broken_identities(events: pd.DataFrame, sets: Sequence[str]) -> int:
    """Count the events of which an engineered feature does not follow from its parameters.

    That happens when features are interpolated instead of recomputed.
    """
    expected = compute_features(events, sets)
    given = events[expected.columns]
    agree = np.isclose(given, expected, rtol=1e-6, atol=1e-9)
    return int((~agree).any(axis=1).sum())


def soft_rate_differences(
    synthetic: pd.DataFrame, reference: pd.DataFrame, constraints: Sequence[Constraint]
) -> pd.DataFrame:
    """Compare how often soft constraints are broken.

    Returns
    -------
    rates : DataFrame, one row per soft constraint: ``constraint``, ``synthetic``,
        ``reference`` (shares of the events) and ``difference``.
    """
    rules = soft(constraints)
    rates = pd.DataFrame(
        {
            "synthetic": broken_constraints(synthetic, rules).mean(),
            "reference": broken_constraints(reference, rules).mean(),
        }
    )
    rates["difference"] = (rates["synthetic"] - rates["reference"]).abs()
    return rates.rename_axis("constraint").reset_index()


def largest_soft_rate_difference(
    synthetic: pd.DataFrame, reference: pd.DataFrame, constraints: Sequence[Constraint]
) -> float:
    """Largest difference between the rates at which soft constraints are broken."""
    rates = soft_rate_differences(synthetic, reference, constraints)
    return float(rates["difference"].max()) if len(rates) else 0.0
