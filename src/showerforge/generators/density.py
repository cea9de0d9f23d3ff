"""Generators that learn a density in physics coordinates."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from showerforge.errors import InputError
from showerforge.events.schema import HILLAS_COLUMNS, HILLAS_PARAMETERS
from showerforge.generators.coordinates import OWN_COORDINATE, from_coordinates, to_coordinates
from showerforge.generators.densities import (
    Density,
    GaussianCopula,
    GaussianMixtures,
    KernelDensity,
    Learner,
    TreeChain,
)
from showerforge.generators.interface import Generator, with_parents
from showerforge.generators.refinement import DensityRatio
from showerforge.metrics.normal_scores import NormalScores

Floats = NDArray[np.float64]

FEWEST_EVENTS = 20


@dataclass
class _Class:
    """What was learnt of one class."""

    ids: pd.Index
    scores: NormalScores
    learner: Learner
    ratio: DensityRatio | None = None

    def draw(
        self, n: int, given: Mapping[int, Floats], generator: np.random.Generator
    ) -> tuple[pd.DataFrame, NDArray[np.intp] | None]:
        """Draw events, and the rows of the events that they grew from."""
        drawn, origins = self.learner.sample(n, given, generator)
        is_negative = generator.random(n) < 0.5
        return from_coordinates(self.scores.inverse_transform(drawn), is_negative), origins


class CoordinateGenerator(Generator):
    """Base of the generators that learn in physics coordinates.

    Hillas parameters become physics coordinates, in which no value breaks a constraint, and
    these become normal scores; a distribution is learnt there, and its samples take the same
    way back.
    """

    #: classifiers and trees of the refinement; none by default
    refinement_classifiers: int = 0
    refinement_trees: int = 0
    refinement_minimum: int = 0

    @abstractmethod
    def _learner(self) -> Learner:
        """Build what learns the distribution."""

    def minimum_events(self) -> int:
        """Return the number of events of a particle that `fit` needs to generate it."""
        return FEWEST_EVENTS

    def fit(self, events: pd.DataFrame, particle: pd.Series, seed: int = 0) -> Self:
        """Learn every class by itself; see `Generator.fit`.

        Raises
        ------
        InputError
            If a class has too few events, or a parameter is the same in all of them.
        """
        self.classes_ = {
            str(name): self._fit_class(events[(particle == name).to_numpy()], str(name), seed)
            for name in pd.unique(particle)
        }
        return self

    def _fit_class(self, events: pd.DataFrame, particle: str, seed: int) -> _Class:
        self.check_enough(len(events), particle)
        constant = [name for name in HILLAS_PARAMETERS if events[name].nunique() == 1]
        if constant:
            raise InputError(
                f"{self.label} cannot learn {particle} events in which {', '.join(constant)} "
                "never changes. Bring the right columns, or leave this generator out."
            )
        generator = np.random.default_rng(seed)
        normal = NormalScores()
        scores = normal.fit_transform(to_coordinates(events), generator)
        learnt = _Class(events.index, normal, self._learner().fit(scores, seed))
        if self.refinement_classifiers and len(events) >= self.refinement_minimum:
            ratio = DensityRatio(self.refinement_classifiers, self.refinement_trees)
            generated, _ = learnt.draw(ratio.n_generated(len(events)), {}, generator)
            learnt.ratio = ratio.fit(events, generated, seed)
        return learnt

    def sample(self, n: int, conditions: Mapping[str, object], seed: int) -> pd.DataFrame:
        """Draw synthetic events; see `Generator.sample`.

        Parameters
        ----------
        conditions : ``particle``, and for densities that can: values of other parameters, one
            for all events or one for each, such as ``{"fSize": 3.2}``.
        """
        self.check_conditions(conditions)
        particle = str(conditions["particle"])
        if particle not in self.classes_:
            raise InputError(f"{self.label} has not learnt {particle} events.")
        learnt = self.classes_[particle]
        wanted = {name: value for name, value in conditions.items() if name != "particle"}
        given = {
            OWN_COORDINATE[name]: self._score_of(learnt, name, value, n)
            for name, value in wanted.items()
        }
        generator = np.random.default_rng(seed)
        if learnt.ratio is None:
            events, origins = learnt.draw(n, given, generator)
        else:
            events, origins = self._draw_accepted(learnt, learnt.ratio, n, given, generator), None
        for name, value in wanted.items():
            events[name] = np.broadcast_to(np.asarray(value, float), n)
        return with_parents(events, pd.NA if origins is None else learnt.ids[origins])

    def _score_of(self, learnt: _Class, name: str, value: object, n: int) -> Floats:
        """Turn the condition on a parameter into normal scores, float[n]."""
        column = next(column for column in HILLAS_COLUMNS if column.name == name)
        values = np.broadcast_to(np.asarray(value, float), n)
        if not column.contains(pd.Series(values)).all():
            raise InputError(f"The condition {name} = {value} is not allowed: {column.allowed}.")
        any_event = {other: np.ones(n) for other in HILLAS_PARAMETERS} | {name: values}
        coordinates = to_coordinates(pd.DataFrame(any_event))
        return learnt.scores.transform(coordinates)[:, OWN_COORDINATE[name]]

    def _draw_accepted(
        self,
        learnt: _Class,
        ratio: DensityRatio,
        n: int,
        given: Mapping[int, Floats],
        generator: np.random.Generator,
    ) -> pd.DataFrame:
        """Draw, and draw again for those that the refinement refuses, until none is missing."""
        missing = np.arange(n)
        parts: list[pd.DataFrame] = []
        while len(missing):
            events, _ = learnt.draw(
                len(missing), {j: x[missing] for j, x in given.items()}, generator
            )
            accepted = ratio.accept(events, generator)
            parts.append(events[accepted].set_axis(missing[accepted]))
            missing = missing[~accepted]
        return pd.concat(parts).sort_index()


class DensityGenerator(CoordinateGenerator):
    """Base of the generators that learn a density."""

    @abstractmethod
    def _learner(self) -> Density:
        """Build the density that is to be learnt."""

    def score_samples(self, events: pd.DataFrame, particle: str) -> Floats:
        """Natural logarithm of the density of events in the space of normal scores.

        Useful to compare densities learnt from the same events, and to find events unlike
        those that were learnt.

        Parameters
        ----------
        events : DataFrame[n_events, 10], Hillas parameters.
        particle : class whose density is asked for.

        Returns
        -------
        log_density : float[n_events]
        """
        learnt = self.classes_[particle]
        scores = learnt.scores.transform(to_coordinates(events))
        density = learnt.learner
        assert isinstance(density, Density)
        log_density = density.log_density(scores)
        if learnt.ratio is not None:
            log_density = log_density + learnt.ratio.log_correction(events)
        return log_density


class MixtureGenerator(DensityGenerator):
    """Gaussian mixtures in physics coordinates, calibrated and refined.

    Parameters
    ----------
    n_components : Gaussians in each mixture; null chooses by the criterion.
    criterion : "likelihood" of held-out events, or "bic".
    maximum_components : largest number that is tried.
    n_mixtures : mixtures that are averaged, each from another random start.
    regularisation : added to the diagonal of the covariances.
    calibrate : make the marginals right; see `GaussianMixtures`.
    refinement_classifiers : classifiers that correct what is left; see `DensityRatio`. Zero
        leaves the mixture as it is.
    refinement_trees : trees of each.
    refinement_minimum : fewest events of a class from which a correction is learnt.
    """

    label = "Gaussian mixture"
    conditions = frozenset({"particle", *OWN_COORDINATE})

    def __init__(
        self,
        n_components: Annotated[int, Field(ge=1, le=200)] | None = None,
        criterion: Literal["likelihood", "bic"] = "likelihood",
        maximum_components: Annotated[int, Field(ge=1, le=200)] = 40,
        n_mixtures: Annotated[int, Field(ge=1, le=50)] = 5,
        regularisation: Annotated[float, Field(gt=0, le=1)] = 0.001,
        calibrate: bool = True,
        refinement_classifiers: Annotated[int, Field(ge=0, le=20)] = 2,
        refinement_trees: Annotated[int, Field(ge=1, le=2000)] = 150,
        refinement_minimum: Annotated[int, Field(ge=200)] = 1000,
    ):
        self.n_components = n_components
        self.criterion = criterion
        self.maximum_components = maximum_components
        self.n_mixtures = n_mixtures
        self.regularisation = regularisation
        self.calibrate = calibrate
        self.refinement_classifiers = refinement_classifiers
        self.refinement_trees = refinement_trees
        self.refinement_minimum = refinement_minimum

    def minimum_events(self) -> int:
        """Return the number of events of a particle that `fit` needs to generate it."""
        return max(FEWEST_EVENTS, self.n_components or 0)

    def _learner(self) -> GaussianMixtures:
        return GaussianMixtures(
            self.n_components,
            self.criterion,
            self.maximum_components,
            self.n_mixtures,
            self.regularisation,
            self.calibrate,
        )


class KernelDensityGenerator(DensityGenerator):
    """A kernel around every event in physics coordinates.

    Parameters
    ----------
    bandwidth : width of the kernel in standard deviations; null takes the one of the largest
        cross-validated likelihood.
    """

    label = "kernel density"

    def __init__(self, bandwidth: Annotated[float, Field(gt=0, le=10)] | None = None):
        self.bandwidth = bandwidth

    def _learner(self) -> KernelDensity:
        return KernelDensity(self.bandwidth)


class CopulaGenerator(DensityGenerator):
    """A Gaussian copula in physics coordinates."""

    label = "Gaussian copula"

    def __init__(self) -> None:
        pass

    def _learner(self) -> GaussianCopula:
        return GaussianCopula()


class TreeChainGenerator(CoordinateGenerator):
    """Sequential CART in physics coordinates: one column after another, by trees.

    Parameters
    ----------
    minimum_leaf : training events in each leaf.
    """

    label = "sequential CART"

    def __init__(self, minimum_leaf: Annotated[int, Field(ge=2, le=10_000)] = 20):
        self.minimum_leaf = minimum_leaf

    def minimum_events(self) -> int:
        """Return the number of events of a particle that `fit` needs to generate it."""
        return max(FEWEST_EVENTS, 2 * self.minimum_leaf)

    def _learner(self) -> TreeChain:
        return TreeChain(self.minimum_leaf)
