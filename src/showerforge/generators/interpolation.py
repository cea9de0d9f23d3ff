"""The SMOTE family of imbalanced-learn, with a record of the parents of every event.

These generators interpolate between recorded events. Their events therefore lie on segments
between training events, which the certificate shows as memorisation.
"""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
import pandas as pd
from pydantic import Field
from sklearn.preprocessing import StandardScaler

from showerforge.errors import InputError
from showerforge.generators.interface import Generator, with_parents

NumberOfNeighbours = Annotated[int, Field(ge=1, le=1000)]


class InterpolatingGenerator(Generator):
    """Base of the SMOTE family: interpolates between neighbours.

    Distances are taken in the Hillas parameters scaled to unit variance.
    """

    needs_both_classes: ClassVar[bool] = True
    #: neighbours of any class that are looked at, and the option that says so
    _neighbours_of_any_class: ClassVar[str] = ""

    k_neighbours: int

    @abstractmethod
    def _sampler(self, strategy: dict[str, int], seed: int) -> Any:
        """Build the recording sampler of imbalanced-learn."""

    def _n_drawn(self, n: int, n_class: int) -> int:
        """Return how many events are drawn for `n` that are wanted."""
        return n

    def minimum_events(self) -> int:
        """Return the number of events of a particle that are needed to generate it."""
        return self.k_neighbours + 1

    def fit(self, events: pd.DataFrame, particle: pd.Series, seed: int = 0) -> Self:
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
            If there are too few events of the particle, or none that can be grown from.
        """
        self.check_conditions(conditions)
        particle = str(conditions["particle"])
        n_class = int(np.count_nonzero(self.particle_ == particle))
        self.check_enough(n_class, particle)
        option = self._neighbours_of_any_class
        if option and len(self.events_) <= getattr(self, option):
            raise InputError(
                f"{self.label} looks at {getattr(self, option)} neighbours of an event "
                f"({option}), but there are only {len(self.events_)} events."
            )
        sampler = self._sampler({particle: n_class + self._n_drawn(n, n_class)}, seed)
        scaled = self.scaler_.transform(self.events_)
        try:
            drawn = sampler.fit_resample(scaled, self.particle_)[0][len(scaled) :]
        except (ValueError, RuntimeError) as error:
            raise InputError(self._nothing_to_grow_from(particle, str(error))) from error
        if len(drawn) == 0:
            raise InputError(self._nothing_to_grow_from(particle, "no event is in danger"))
        ids = dict(zip(map(bytes, scaled), self.events_.index, strict=True))
        bases, neighbours = (np.concatenate(rows) for rows in zip(*sampler.pairs_, strict=True))
        synthetic = with_parents(
            pd.DataFrame(self.scaler_.inverse_transform(drawn), columns=self.events_.columns),
            [ids[bytes(row)] for row in bases],
            [ids[bytes(row)] for row in neighbours],
        )
        if len(synthetic) <= n:
            return synthetic
        return synthetic.sample(n, random_state=seed).reset_index(drop=True)

    def _nothing_to_grow_from(self, particle: str, reason: str) -> str:
        return (
            f"{self.label} finds no {particle} event near the border of the classes that it could "
            f"grow from ({reason}). Use another generator, or other numbers of neighbours."
        )


class Smote(InterpolatingGenerator):
    """Interpolates between an event and its neighbours (Chawla et al. 2002, JAIR 16, 321).

    Parameters
    ----------
    k_neighbours : neighbours of the same class towards which events are grown.
    """

    label = "SMOTE"

    def __init__(self, k_neighbours: NumberOfNeighbours = 5):
        self.k_neighbours = k_neighbours

    def _sampler(self, strategy: dict[str, int], seed: int) -> Any:
        from showerforge.generators.recording import RecordingSMOTE

        return RecordingSMOTE(
            sampling_strategy=strategy, k_neighbors=self.k_neighbours, random_state=seed
        )


class BorderlineSmote(InterpolatingGenerator):
    """Interpolates between events near the border of the classes (Han et al. 2005).

    An event is *in danger*, and becomes a parent, when at least half but not all of its
    nearest neighbours belong to the other class. Being an interpolation between a few events
    near the border, the result is no sample of the class: the certificate shows by how much.

    Parameters
    ----------
    k_neighbours : neighbours towards which events are grown: of the same class by variant 1,
        of any class by variant 2.
    m_neighbours : neighbours of any class that decide whether an event is in danger.
    variant : 1 or 2, as in the paper.
    """

    label = "Borderline-SMOTE"
    _neighbours_of_any_class = "m_neighbours"

    def __init__(
        self,
        k_neighbours: NumberOfNeighbours = 5,
        m_neighbours: NumberOfNeighbours = 10,
        variant: Literal[1, 2] = 1,
    ):
        self.k_neighbours = k_neighbours
        self.m_neighbours = m_neighbours
        self.variant = variant

    def _sampler(self, strategy: dict[str, int], seed: int) -> Any:
        from showerforge.generators.recording import RecordingBorderlineSMOTE

        return RecordingBorderlineSMOTE(
            sampling_strategy=strategy,
            k_neighbors=self.k_neighbours,
            m_neighbors=self.m_neighbours,
            kind=f"borderline-{self.variant}",
            random_state=seed,
        )


class SvmSmote(InterpolatingGenerator):
    """Grows events from support vectors of a machine that parts the classes.

    Nguyen, Cooper and Kamei 2011, IJKESDP 3, 4. Between foreign neighbours it interpolates,
    elsewhere it extrapolates, so that its events may break the constraints.

    Parameters
    ----------
    k_neighbours : neighbours of the same class towards which events are grown.
    m_neighbours : neighbours of any class that decide whether an event is in danger.
    """

    label = "SVM-SMOTE"
    _neighbours_of_any_class = "m_neighbours"

    def __init__(self, k_neighbours: NumberOfNeighbours = 5, m_neighbours: NumberOfNeighbours = 10):
        self.k_neighbours = k_neighbours
        self.m_neighbours = m_neighbours

    def _sampler(self, strategy: dict[str, int], seed: int) -> Any:
        from showerforge.generators.recording import RecordingSVMSMOTE

        return RecordingSVMSMOTE(
            sampling_strategy=strategy,
            k_neighbors=self.k_neighbours,
            m_neighbors=self.m_neighbours,
            random_state=seed,
        )


class Adasyn(InterpolatingGenerator):
    """Interpolates most where most neighbours are foreign (He et al. 2008, IJCNN, 1322).

    Parameters
    ----------
    k_neighbours : neighbours that decide how many events are grown, and towards which.
    """

    label = "ADASYN"

    def __init__(self, k_neighbours: NumberOfNeighbours = 5):
        self.k_neighbours = k_neighbours

    def _n_drawn(self, n: int, n_class: int) -> int:
        """Draw one for each event at least: the rounded shares of few come to nothing."""
        return max(n, n_class)

    def _sampler(self, strategy: dict[str, int], seed: int) -> Any:
        from showerforge.generators.recording import RecordingADASYN

        return RecordingADASYN(
            sampling_strategy=strategy, n_neighbors=self.k_neighbours, random_state=seed
        )
