"""The interface that every generator of synthetic events has."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import ClassVar, Self

import pandas as pd
from sklearn.base import BaseEstimator

from showerforge.errors import InputError
from showerforge.events.schema import GAMMA, HADRON, HILLAS_PARAMETERS, PARENTS


class BaseGenerator(ABC, BaseEstimator):
    """What generators of tables and of images have in common.

    Parameters of the constructor are settings only, as in scikit-learn, so that
    ``get_params``, ``set_params`` and ``clone`` work.
    """

    #: name for people
    label: ClassVar[str]
    #: names of the conditions that `sample` honours
    conditions: ClassVar[frozenset[str]] = frozenset({"particle"})

    @abstractmethod
    def minimum_events(self) -> int:
        """Return the number of events of a particle that `fit` needs to generate it."""

    def check_names(self, conditions: Iterable[str]) -> None:
        """Refuse conditions that this generator cannot honour.

        Raises
        ------
        InputError
            If one is unknown to the generator.
        """
        unknown = sorted(set(conditions) - self.conditions)
        if unknown:
            raise InputError(
                f"{type(self).__name__} cannot generate under the conditions {unknown}; "
                f"it knows {sorted(self.conditions)}."
            )

    def check_enough(self, n: int, particle: str) -> None:
        """Refuse to learn a class from too few events.

        Raises
        ------
        InputError
            If there are fewer than `minimum_events`.
        """
        if n < self.minimum_events():
            raise InputError(
                f"{self.label} needs at least {self.minimum_events()} {particle} events, but has "
                f"{n}. Bring more events, or change the options of the generator."
            )


class Generator(BaseGenerator):
    """Learns the distribution of events in a table and draws new ones."""

    #: whether events of one class cannot be made without knowing those of the other
    needs_both_classes: ClassVar[bool] = False

    @abstractmethod
    def fit(self, events: pd.DataFrame, particle: pd.Series, seed: int = 0) -> Self:
        """Learn from training events.

        Parameters
        ----------
        events : DataFrame[n_events, 10], the Hillas parameters, indexed by event id.
        particle : "gamma" or "hadron" for each event.
        seed : seed of random starts.
        """

    @abstractmethod
    def sample(self, n: int, conditions: Mapping[str, object], seed: int) -> pd.DataFrame:
        """Draw synthetic events.

        Parameters
        ----------
        n : number of events.
        conditions : what the events shall be, such as ``{"particle": "hadron"}``.
        seed : seed of the draw.

        Returns
        -------
        synthetic : DataFrame[n, 12], the Hillas parameters, and ``parent`` and
            ``neighbour``: ids of the training events that the row was made from, missing
            where there are none.
        """

    def fit_for(self, wanted: str, events: pd.DataFrame, particle: pd.Series, seed: int) -> Self:
        """Learn what is needed to make one class, and no more; see `fit`.

        Parameters
        ----------
        wanted : "gamma" or "hadron".
        """
        if self.needs_both_classes:
            return self.fit(events, particle, seed)
        of_class = (particle == wanted).to_numpy()
        return self.fit(events[of_class], particle[of_class], seed)

    def check_conditions(self, conditions: Mapping[str, object]) -> None:
        """Refuse conditions that this generator cannot honour.

        Raises
        ------
        InputError
            If a condition is unknown to the generator, or the particle is missing or unknown.
        """
        self.check_names(conditions)
        if conditions.get("particle") not in (GAMMA, HADRON):
            raise InputError(
                f"The condition 'particle' is {conditions.get('particle')!r}, but must be "
                f"{GAMMA!r} or {HADRON!r}."
            )


def with_parents(
    events: pd.DataFrame, parent: object = pd.NA, neighbour: object = pd.NA
) -> pd.DataFrame:
    """Put the ids of the parents beside synthetic events.

    Parameters
    ----------
    events : DataFrame[n, 10], Hillas parameters.
    parent, neighbour : int[n], ids of training events, or missing.
    """
    table = events[HILLAS_PARAMETERS].reset_index(drop=True)
    for name, ids in zip(PARENTS, (parent, neighbour), strict=True):
        table[name] = pd.Series(ids, index=table.index, dtype="Int64")
    return table
