"""Under which conditions the training images of each particle were taken, as a distribution."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from showerforge.errors import InputError, suggest_names
from showerforge.generators.densities import GaussianMixtures
from showerforge.generators.images.interface import PARTICLE
from showerforge.metrics.normal_scores import NormalScores

Floats = NDArray[np.float64]

#: images of a particle that its conditions can be learnt from
FEWEST_IMAGES = 20
#: images that the mixture is fitted to at the most, drawn at random: of so many simulated images a
#: classifier told drawn conditions from real ones with a ROC-AUC of 0.51
MOST_FITTED = 20_000
#: Gaussians that are tried, and what is added to their covariances
MOST_COMPONENTS, REGULARISATION = 40, 1e-3
#: after so many draws what still lies beyond the training images is put on their border
MAXIMUM_ROUNDS = 50


@dataclass(frozen=True)
class _Learnt:
    """What was learnt of one particle."""

    scores: NormalScores
    mixture: GaussianMixtures
    lowest: Floats
    highest: Floats


class ConditionDensity:
    """A density of the conditions of training images, of each particle by itself.

    Conditions become normal scores, a Gaussian mixture is learnt of these, and its samples take
    the same way back. Values of some conditions may be given; the others then follow from the
    conditional mixture. No sample lies beyond the training images.
    """

    def fit(self, conditions: pd.DataFrame, seed: int) -> Self:
        """Learn from the conditions of training images.

        Parameters
        ----------
        conditions : DataFrame[n], ``particle`` and whatever images can be asked for; nothing of
            test images.
        seed : of random starts.

        Raises
        ------
        InputError
            If a particle has fewer than `FEWEST_IMAGES`, or a condition is no finite number.
        """
        self.names_ = [str(name) for name in conditions.columns if name != PARTICLE]
        self.learnt_ = {
            str(particle): self._learn(str(particle), own[self.names_].to_numpy(float), seed)
            for particle, own in conditions.groupby(PARTICLE)
        }
        return self

    def _learn(self, particle: str, values: Floats, seed: int) -> _Learnt | None:
        if len(values) < FEWEST_IMAGES:
            raise InputError(
                f"The conditions of {particle} images cannot be learnt from {len(values)} training "
                f"images; at least {FEWEST_IMAGES} are needed. Bring more, or leave the particle "
                "out of n_images."
            )
        if not self.names_:
            return None
        wrong = np.argwhere(~np.isfinite(values))
        if len(wrong):
            row, column = wrong[0]
            raise InputError(
                f"The condition {self.names_[column]} of training image {row} of the {particle}s "
                f"is {values[row, column]}; it must be a finite number. Leave such images out."
            )
        generator = np.random.default_rng(seed)
        normal = NormalScores()
        scores = generator.permutation(normal.fit_transform(values, generator))[:MOST_FITTED]
        mixture = GaussianMixtures(
            n_components=None,
            criterion="bic",
            maximum_components=MOST_COMPONENTS,
            n_mixtures=1,
            regularisation=REGULARISATION,
            calibrate=True,
        )
        return _Learnt(normal, mixture.fit(scores, seed), values.min(axis=0), values.max(axis=0))

    def number_of(self, particle: str) -> int:
        """Number a particle, from 0.

        Raises
        ------
        InputError
            If nothing was learnt of it.
        """
        known = list(self.learnt_)
        if particle not in known:
            raise InputError(
                f"There are no training images of the particle {particle!r}"
                f"{suggest_names(particle, known)}; there are {' and '.join(known)}. Mend n_images."
            )
        return known.index(particle)

    def range_of(self, particle: str, name: str) -> tuple[float, float]:
        """Tell the lowest and highest value of a condition among the training images.

        Raises
        ------
        InputError
            If nothing was learnt of the particle, or images cannot be asked for that condition.
        """
        self.number_of(particle)
        learnt = self.learnt_[particle]
        if learnt is None or name not in self.names_:
            raise InputError(
                f"The images know nothing of {name}, only {', '.join([PARTICLE, *self.names_])}. "
                "Use the recipe like_data."
            )
        column = self.names_.index(name)
        return float(learnt.lowest[column]), float(learnt.highest[column])

    def sample(
        self,
        particle: str,
        n: int,
        generator: np.random.Generator,
        given: Mapping[str, Floats] | None = None,
    ) -> pd.DataFrame:
        """Draw conditions.

        Parameters
        ----------
        particle : whose.
        n : number of images.
        generator : source of randomness.
        given : float[n] by name, of conditions that are known already.

        Returns
        -------
        conditions : DataFrame[n], ``particle`` and the conditions.

        Raises
        ------
        InputError
            If nothing was learnt of the particle.
        """
        self.number_of(particle)
        learnt = self.learnt_[particle]
        table = pd.DataFrame({PARTICLE: np.full(n, particle)})
        if learnt is None:
            return table
        known = {self.names_.index(name): values for name, values in (given or {}).items()}
        values = _draw_inside(learnt, n, known, generator)
        return table.assign(**dict(zip(self.names_, values.T, strict=True)))


def _draw_inside(
    learnt: _Learnt, n: int, known: Mapping[int, Floats], generator: np.random.Generator
) -> Floats:
    """Draw, and draw again for what lies beyond the training images."""
    values = np.tile((learnt.lowest + learnt.highest) / 2, (n, 1))
    for column, own in known.items():
        values[:, column] = own
    # other columns do not matter to the scores of this one
    given = {column: learnt.scores.transform(values)[:, column] for column in known}
    missing = np.arange(n)
    for _ in range(MAXIMUM_ROUNDS):
        of_missing = {column: scores[missing] for column, scores in given.items()}
        scores, _ = learnt.mixture.sample(len(missing), of_missing, generator)
        values[missing] = learnt.scores.inverse_transform(scores)
        inside = (values[missing] >= learnt.lowest) & (values[missing] <= learnt.highest)
        inside[:, list(known)] = True
        missing = missing[~inside.all(axis=1)]
        if len(missing) == 0:
            break
    values = np.clip(values, learnt.lowest, learnt.highest)
    for column, own in known.items():
        values[:, column] = own
    return values
