"""Generators of known faults: what every certificate must refuse."""

from collections.abc import Mapping
from typing import Self

import numpy as np
import pandas as pd

from showerforge.generators.interface import Generator, with_parents


class _Resampler(Generator):
    """Base of the generators that only hand out what they were given."""

    def minimum_events(self) -> int:
        """Return the number of events of a particle that `fit` needs to generate it."""
        return 1

    def fit(self, events: pd.DataFrame, particle: pd.Series, seed: int = 0) -> Self:
        """Keep the events; see `Generator.fit`."""
        self.events_ = events
        self.particle_ = np.asarray(particle)
        return self

    def _events_of(self, conditions: Mapping[str, object]) -> pd.DataFrame:
        self.check_conditions(conditions)
        particle = str(conditions["particle"])
        events = self.events_[self.particle_ == particle]
        self.check_enough(len(events), particle)
        return events


class BootstrapCopy(_Resampler):
    """Draws training events with replacement: perfect in every distribution, and no news.

    It is random oversampling, the control of memorisation.
    """

    label = "bootstrap copy"

    def sample(self, n: int, conditions: Mapping[str, object], seed: int) -> pd.DataFrame:
        """Draw copies; see `Generator.sample`."""
        copies = self._events_of(conditions).sample(n, replace=True, random_state=seed)
        return with_parents(copies, copies.index.to_numpy())


class ColumnShuffle(_Resampler):
    """Draws every parameter by itself: each distribution is right, and no relation holds.

    It is the control of dependence.
    """

    label = "column shuffle"

    def sample(self, n: int, conditions: Mapping[str, object], seed: int) -> pd.DataFrame:
        """Draw columns one by one; see `Generator.sample`."""
        events = self._events_of(conditions)
        generator = np.random.default_rng(seed)
        return with_parents(
            pd.DataFrame({name: generator.choice(events[name], n) for name in events.columns})
        )
