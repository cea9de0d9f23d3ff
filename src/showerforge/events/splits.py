"""Splits that keep what belongs together on one side."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from showerforge.errors import InputError


def group_duplicates(events: pd.DataFrame, columns: Sequence[str]) -> pd.Series:
    """Give events that agree in all columns the same group number.

    Returns
    -------
    group : Series of int, in order of first appearance.
    """
    return events.groupby(list(columns), sort=False).ngroup().rename("group")


def join_groups(first: pd.Series, second: pd.Series) -> pd.Series:
    """Join two groupings: events that share a group of either are in one group of the result.

    Groups may thereby be chained: the result are the connected components of the graph whose
    nodes are the groups of both kinds, and whose edges are the events.

    Returns
    -------
    group : Series of int, in order of first appearance.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    rows, columns = pd.factorize(first)[0], pd.factorize(second)[0]
    n_first = rows.max(initial=-1) + 1
    n_nodes = n_first + columns.max(initial=-1) + 1
    edges = coo_array((np.ones(len(rows)), (rows, n_first + columns)), shape=(n_nodes, n_nodes))
    _, component = connected_components(edges, directed=False)
    return pd.Series(pd.factorize(component[rows])[0], first.index, name="group")


def split_train_test(
    events: pd.DataFrame, test_fraction: float, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split events into training and test, by group and stratified by particle.

    Parameters
    ----------
    events : DataFrame with ``group`` and ``particle``.
    test_fraction : share of the groups in the test set.
    seed : seed of the shuffle.

    Returns
    -------
    train, test : the same rows, parted, in their original order.
    """
    from sklearn.model_selection import train_test_split

    groups = events.groupby("group")["particle"].first()
    _, test_groups = train_test_split(
        groups.index.to_numpy(),
        test_size=test_fraction,
        random_state=seed,
        stratify=groups.to_numpy(),
    )
    in_test = events["group"].isin(test_groups)
    return events[~in_test], events[in_test]


def assign_folds(events: pd.DataFrame, n_folds: int, seed: int) -> pd.Series:
    """Assign every event to a cross-validation fold, by group and stratified by particle.

    Returns
    -------
    fold : Series of int from 0 to ``n_folds - 1``.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    fold = pd.Series(-1, index=events.index, name="fold")
    splitter = StratifiedGroupKFold(n_folds, shuffle=True, random_state=seed)
    for number, (_, held_out) in enumerate(
        splitter.split(events, events["particle"], events["group"])
    ):
        fold.iloc[held_out] = number
    return fold


def split_with_folds(
    events: pd.DataFrame, test_fraction: float, n_folds: int, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split events into training, with their ``fold``, and test; see the two functions above."""
    train, test = split_train_test(events, test_fraction, seed)
    return train.assign(fold=assign_folds(train, n_folds, seed)), test


def iterate_folds(fold: pd.Series | np.ndarray) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """Yield each fold's number with the masks of its training and held-out events."""
    for number in np.unique(fold):
        held_out = np.asarray(fold == number)
        yield int(number), ~held_out, held_out


def check_same_events(
    first: pd.DataFrame, second: pd.DataFrame, first_name: str, second_name: str
) -> None:
    """Refuse tables that are not about the same events in the same order.

    Raises
    ------
    InputError
        If the event ids differ, as when stages were run with different seeds.
    """
    if not first.index.equals(second.index):
        raise InputError(
            f"{first_name} and {second_name} are not about the same events: they come from runs "
            "with different data, seed or split. Run all stages again: `kedro run`."
        )


def take_sample(events: pd.DataFrame, n_events: int, seed: int) -> pd.DataFrame:
    """Draw whole groups at random until `n_events` are taken, stratified by particle.

    At least one group of each particle is taken, however large it is.
    """
    if n_events >= len(events):
        return events
    groups = events.groupby("group").agg(particle=("particle", "first"), size=("particle", "size"))
    chosen = []
    for _, of_particle in groups.groupby("particle"):
        shuffled = of_particle["size"].sample(frac=1, random_state=seed)
        wanted = n_events * shuffled.sum() / len(events)
        n_groups = 1 + np.searchsorted(shuffled.cumsum(), wanted - 0.5)
        chosen.append(shuffled.index[:n_groups])
    return events[events["group"].isin(np.concatenate(chosen))]
