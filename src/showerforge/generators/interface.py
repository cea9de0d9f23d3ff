"""The interface that every generator of synthetic events has."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar, Self

import pandas as pd
from sklearn.base import BaseEstimator

from showerforge.errors import InputError
from showerforge.events.schema import GAMMA, HADRON


class Generator(ABC, BaseEstimator):
    """Learns the distribution of events and draws new ones.

    Parameters of the constructor are settings only, as in scikit-learn, so that
    ``get_params``, ``set_params`` and ``clone`` work.
    """

    #: name for people
    label: ClassVar[str]
    #: names of the conditions that `sample` honours
    conditions: ClassVar[frozenset[str]] = frozenset({"particle"})

    @abstractmethod
    def fit(self, events: pd.DataFrame, particle: pd.Series) -> Self:
        """Learn from training events.

        Parameters
        ----------
        events : DataFrame[n_events, 10], the Hillas parameters, indexed by event id.
        particle : "gamma" or "hadron" for each event.
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
            ``neighbour``: ids of the training events between which the row lies, missing
            where the generator has no parents.
        """

    @abstractmethod
    def minimum_events(self) -> int:
        """Return the number of events of a particle that `fit` needs to generate it."""

    def check_conditions(self, conditions: Mapping[str, object]) -> None:
        """Refuse conditions that this generator cannot honour.

        Raises
        ------
        InputError
            If a condition is unknown to the generator, or the particle is missing or unknown.
        """
        unknown = sorted(set(conditions) - self.conditions)
        if unknown:
            raise InputError(
                f"{type(self).__name__} cannot generate under the conditions {unknown}; "
                f"it knows {sorted(self.conditions)}."
            )
        if conditions.get("particle") not in (GAMMA, HADRON):
            raise InputError(
                f"The condition 'particle' is {conditions.get('particle')!r}, but must be "
                f"{GAMMA!r} or {HADRON!r}."
            )
