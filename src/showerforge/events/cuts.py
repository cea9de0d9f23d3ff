"""Quality cuts: which events are good enough, and how many are lost to each cut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from showerforge.events.constraints import Constraint, broken_constraints


def apply_cuts(
    events: pd.DataFrame, cuts: Sequence[Constraint]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Part events that pass all cuts from those that do not.

    Parameters
    ----------
    events : DataFrame, one row per event. What is not a number passes no cut.
    cuts : in order.

    Returns
    -------
    kept, rejected : the same rows, parted; `rejected` names the first cut that was not passed in
        ``reason``.
    """
    broken = broken_constraints(events, cuts)
    is_rejected = broken.any(axis=1)
    if not is_rejected.any():
        return events, events[is_rejected].assign(reason=pd.Series(dtype=str))
    return events[~is_rejected], events[is_rejected].assign(
        reason=broken[is_rejected].idxmax(axis=1).astype(str)
    )


def tabulate_cut_flow(
    events: pd.DataFrame,
    cuts: Sequence[Constraint],
    before: Mapping[str, Mapping[str, int]],
) -> pd.DataFrame:
    """Count by particle what each cut leaves.

    Parameters
    ----------
    events : DataFrame with ``particle``, before the first cut.
    cuts : in order.
    before : numbers of events by step and particle, of the steps that led to `events`.

    Returns
    -------
    cut_flow : DataFrame, one row per particle and step, with

        - ``particle`` and ``step``, the name of the cut;
        - ``n_alone``, the events that pass this cut, whatever the others say;
        - ``n_left``, those that pass it and all before;
        - ``share_of_last``, the share of them in what the step before left;
        - ``share_left``, their share in what there was at first.
    """
    passed = ~broken_constraints(events, cuts)
    tables = []
    for particle, own in passed.groupby(events["particle"]):
        n_before = [counts[particle] for counts in before.values()]
        table = pd.DataFrame(
            {
                "particle": particle,
                "step": [*before, *own.columns],
                "n_alone": [*n_before, *own.sum()],
                "n_left": [*n_before, *own.cummin(axis=1).sum()],
            }
        )
        table["share_of_last"] = (table["n_left"] / table["n_left"].shift()).fillna(1.0)
        table["share_left"] = table["n_left"] / table["n_left"].iloc[0]
        tables.append(table)
    return pd.concat(tables, ignore_index=True)
