"""Borderline-SMOTE with a record of the parents of every synthetic event."""

from collections.abc import Mapping
from typing import Annotated, Any, Self

import numpy as np
import pandas as pd
from imblearn.over_sampling import BorderlineSMOTE
from pydantic import Field
from sklearn.preprocessing import StandardScaler

from showerforge.errors import InputError
from showerforge.generators.interface import Generator

NumberOfNeighbours = Annotated[int, Field(ge=1, le=1000)]


class _RecordingBorderlineSMOTE(BorderlineSMOTE):
    """Keep the rows between which each sample was interpolated.

    imbalanced-learn does not tell (its issue 772); `_generate_samples` is the one place
    where the pairs are known.
    """

    def _generate_samples(
        self,
        X: np.ndarray,
        nn_data: np.ndarray,
        nn_num: np.ndarray,
        rows: np.ndarray,
        cols: np.ndarray,
        *args: Any,
        **kwargs: Any,
    ) -> np.ndarray:
        self.pairs_ = (rows, nn_num[rows, cols])
        return super()._generate_samples(X, nn_data, nn_num, rows, cols, *args, **kwargs)


class BorderlineSmote(Generator):
    """Interpolates between events near the border of the classes (Han et al. 2005).

    An event is *in danger*, and becomes a parent, when at least half but not all of its
    nearest neighbours belong to the other class. Distances are taken in the Hillas
    parameters scaled to unit variance. Being an interpolation between a few events near the
    border, the result is no sample of the class: the certificate shows by how much.

    Parameters
    ----------
    k_neighbours : neighbours of the same class towards which events are grown.
    m_neighbours : neighbours of any class that decide whether an event is in danger.
    """

    label = "Borderline-SMOTE"

    def __init__(self, k_neighbours: NumberOfNeighbours = 5, m_neighbours: NumberOfNeighbours = 10):
        self.k_neighbours = k_neighbours
        self.m_neighbours = m_neighbours

    def minimum_events(self) -> int:
        """Return the number of events of a particle that `fit` needs to generate it."""
        return self.k_neighbours + 1

    def fit(self, events: pd.DataFrame, particle: pd.Series) -> Self:
        """Learn from training events of both classes; see `Generator.fit`."""
        self.events_ = events
        self.particle_ = np.asarray(particle)
        self.scaler_ = StandardScaler().set_output(transform="default").fit(events)
        return self

    def sample(self, n: int, conditions: Mapping[str, object], seed: int) -> pd.DataFrame:
        """Draw synthetic events; see `Generator.sample`.

        Raises
        ------
        InputError
            If there are too few events of the particle, or none is in danger.
        """
        self.check_conditions(conditions)
        particle = str(conditions["particle"])
        if len(self.events_) <= self.m_neighbours:
            raise InputError(
                f"Borderline-SMOTE looks at {self.m_neighbours} neighbours of an event "
                f"(m_neighbours), but there are only {len(self.events_)} events."
            )
        of_particle = np.flatnonzero(self.particle_ == particle)
        if len(of_particle) < self.minimum_events():
            raise InputError(
                f"Borderline-SMOTE needs at least {self.minimum_events()} {particle} events for "
                f"k_neighbours = {self.k_neighbours}, but has {len(of_particle)}. "
                "Lower k_neighbours or bring more events."
            )
        smote = _RecordingBorderlineSMOTE(
            sampling_strategy={particle: len(of_particle) + n},
            k_neighbors=self.k_neighbours,
            m_neighbors=self.m_neighbours,
            random_state=seed,
        )
        scaled, _ = smote.fit_resample(self.scaler_.transform(self.events_), self.particle_)
        in_danger = smote.in_danger_indices.get(particle)
        if in_danger is None:
            raise InputError(
                f"Borderline-SMOTE finds no {particle} event near the border of the classes "
                f"(m_neighbours = {self.m_neighbours}), so there is nothing to grow from."
            )
        bases, neighbours = smote.pairs_
        ids = self.events_.index.to_numpy()
        synthetic = pd.DataFrame(
            self.scaler_.inverse_transform(scaled[len(self.events_) :]),
            columns=self.events_.columns,
        )
        return synthetic.assign(
            parent=pd.array(ids[in_danger[bases]], dtype="Int64"),
            neighbour=pd.array(ids[of_particle[neighbours]], dtype="Int64"),
        )
