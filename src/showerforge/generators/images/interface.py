"""The interface that every generator of images has."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from showerforge.errors import InputError, list_problems, suggest_names
from showerforge.generators.images.detectors import Detector
from showerforge.generators.interface import BaseGenerator

Floats = NDArray[np.float32]
Made = TypeVar("Made")

PARTICLE = "particle"
#: images that are drawn together
DRAWN_AT_ONCE = 2048


@dataclass(frozen=True, eq=False)
class TrainingImages:
    """What generators of images learn from.

    Attributes
    ----------
    detector : that took the images.
    images : float32[n, n_pixels, n_channels], as recorded, in the units of the channels.
    cleaned : float32[n, n_pixels, n_channels], zero in all pixels without signal.
    expected : float32[n, n_pixels], what of the first channel was expected before any noise; None
        where only the images are known.
    conditions : DataFrame[n], ``particle`` and the conditions of the detector.
    """

    detector: Detector
    images: Floats
    cleaned: Floats
    expected: Floats | None
    conditions: pd.DataFrame

    def __len__(self) -> int:
        return len(self.conditions)


@dataclass(frozen=True, eq=False)
class DrawnImages:
    """Generated images.

    Attributes
    ----------
    images : float32[n, n_pixels, n_channels], in the units of the channels.
    conditions : DataFrame[n], what was asked for: ``particle`` and the conditions that the
        generator honours; ``extrapolated`` tells which of them lie beyond the training images.
    """

    images: Floats
    conditions: pd.DataFrame


class ImageGenerator(BaseGenerator):
    """Learns the distribution of images and draws new ones.

    Networks are trained with Keras, in a process of its own
    (`showerforge.networks.backends.run_alone`), and kept as ONNX, so that images are drawn
    without Keras. See `showerforge.generators.images.files` for files of fitted generators.
    """

    #: whether images are drawn as the detector records them, with noise in every pixel; others
    #: draw the pixels that the cleaning leaves
    draws_noise: ClassVar[bool] = False

    #: what `fit` leaves behind: the detector, the trained range of each condition (DataFrame
    #: indexed by particle, columns (condition, "lowest" or "highest")), networks as ONNX, arrays,
    #: and a row for each epoch of the training
    detector_: Detector
    ranges_: pd.DataFrame
    networks_: dict[str, bytes]
    arrays_: dict[str, NDArray[Any]]
    curves_: pd.DataFrame

    def minimum_events(self) -> int:
        """Return the number of images of a particle that `fit` needs to generate it."""
        return 100

    def fit(self, training: TrainingImages, seed: int = 0) -> Self:
        """Learn from training images, with Keras.

        Parameters
        ----------
        training : images, and nothing of test images.
        seed : of weights, order and noise.

        Raises
        ------
        InputError
            If a particle has too few images, or the training goes astray.
        """
        for particle in training.detector.particles:
            n = int((training.conditions[PARTICLE] == particle).sum())
            self.check_enough(n, particle)
        self._made: dict[str, Any] = {}
        self.detector_ = training.detector
        self.ranges_ = _find_ranges(training.conditions, self._honoured(training.detector))
        self.networks_, self.arrays_, self.curves_ = self._learn(training, seed)
        return self

    @abstractmethod
    def _learn(
        self, training: TrainingImages, seed: int
    ) -> tuple[dict[str, bytes], dict[str, NDArray[Any]], pd.DataFrame]:
        """Train; returns networks as ONNX, arrays, and ``epoch`` with the losses of each."""

    @abstractmethod
    def _draw(self, conditions: pd.DataFrame, generator: np.random.Generator) -> Floats:
        """Draw an image for each row, float32[n, n_pixels, n_channels]."""

    def _once(self, name: str, make: Callable[[], Made]) -> Made:
        """Make something for all draws, when it is first asked for; it is not kept in files."""
        made = self.__dict__.setdefault("_made", {})
        if name not in made:
            made[name] = make()
        return made[name]

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what is made when it is needed."""
        return {name: value for name, value in vars(self).items() if name != "_made"}

    def _honoured(self, detector: Detector) -> list[str]:
        return [column.name for column in detector.conditions if column.name in self.conditions]

    def honoured_of(self, table: pd.DataFrame) -> dict[str, NDArray[Any]]:
        """Take of a table of conditions those that the generator honours, for `sample`."""
        return {
            str(name): values.to_numpy()
            for name, values in table.items()
            if name in self.conditions
        }

    def sample(
        self, n: int, conditions: Mapping[str, object], seed: int, extrapolate: bool = False
    ) -> DrawnImages:
        """Draw images.

        Parameters
        ----------
        n : number of images.
        conditions : ``particle`` and values of all conditions that the generator honours, one for
            all images or one for each, such as ``{"particle": "gamma", "true_energy": 10.0, ...}``.
        seed : seed of the draw.
        extrapolate : whether values beyond those of the training images are allowed; they are
            flagged.

        Raises
        ------
        InputError
            If nothing is asked for, a condition is missing, unknown, no finite number, impossible
            or beyond the training images, or a particle is unknown.
        """
        wanted = self.check_conditions(n, conditions, extrapolate)
        generator = np.random.default_rng(seed)
        parts = [
            self._draw(wanted.iloc[begin : begin + DRAWN_AT_ONCE], generator)
            for begin in range(0, n, DRAWN_AT_ONCE)
        ]
        return DrawnImages(np.concatenate(parts), wanted)

    def check_conditions(
        self, n: int, conditions: Mapping[str, object], extrapolate: bool
    ) -> pd.DataFrame:
        """Refuse what cannot be generated, and give each image its conditions; see `sample`."""
        if n < 1:
            raise InputError(f"{n} images are asked for; there must be at least one.")
        self.check_names(conditions)
        names = [PARTICLE, *self._honoured(self.detector_)]
        unknown = sorted(set(conditions) - set(names))
        if unknown:
            raise InputError(
                f"Images of the {self.detector_.name} cannot be asked for by {', '.join(unknown)}, "
                f"only by {', '.join(names)}."
            )
        missing = [name for name in names if name not in conditions]
        if missing:
            raise InputError(
                f"{self.label} needs the conditions {', '.join(names)}; missing: "
                f"{', '.join(missing)}."
            )
        try:
            table = pd.DataFrame(
                {name: np.broadcast_to(np.asarray(conditions[name]), n) for name in names}
            )
        except ValueError as error:
            raise InputError(
                f"Conditions must be single values or {n:,} values, one for each image."
            ) from error
        self._check_particles(table[PARTICLE])
        outside = self._check_values(table)
        if outside and not extrapolate:
            problems = [line for lines in outside.values() for line in lines]
            raise InputError(
                f"{self.label} has learnt nothing about:\n{list_problems(problems)}\nAsk for "
                "values in the trained range, or pass extrapolate=True (parameter extrapolate) "
                "and mind the flag. Nothing has been written."
            )
        return table.assign(extrapolated=table.index.isin(list(outside)))

    def _check_particles(self, particles: pd.Series) -> None:
        known = list(self.ranges_.index)
        wrong = particles[~particles.isin(known)]
        if len(wrong):
            name = str(wrong.iloc[0])
            raise InputError(
                f"{self.label} has not learnt the particle {name!r}{suggest_names(name, known)}; "
                f"it knows {' and '.join(known)}."
            )

    def _check_values(self, table: pd.DataFrame) -> dict[int, list[str]]:
        """List by row what is beyond the training images; refuse what cannot be at all."""
        outside: dict[int, list[str]] = {}
        for column in self.detector_.conditions:
            if column.name not in table:
                continue
            values = pd.to_numeric(table[column.name], errors="coerce")
            unit = f" {column.unit}" if column.unit else ""
            wrong = values[~column.contains(values)]
            if len(wrong):
                row = wrong.index[0]
                raise InputError(
                    f"The condition {column.label} of image {row} is "
                    f"{str(table.loc[row, column.name])!r}; it must be a number, "
                    f"{column.allowed}."
                )
            table[column.name] = values.astype(float)
            ranges = self.ranges_[column.name].loc[table[PARTICLE]]
            lowest, highest = ranges["lowest"].to_numpy(), ranges["highest"].to_numpy()
            for row in np.flatnonzero((values < lowest) | (values > highest)):
                outside.setdefault(int(row), []).append(
                    f"image {row}, {column.name}: {values[row]:g}{unit} (trained on "
                    f"{table[PARTICLE][row]}s of {lowest[row]:g} to {highest[row]:g}{unit})"
                )
        return outside


def _find_ranges(conditions: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Lowest and highest value of each condition by particle; see `ImageGenerator.ranges_`."""
    by_particle = conditions.groupby(PARTICLE)
    ends = {
        (name, end): by_particle[name].agg(how)
        for name in names
        for end, how in (("lowest", "min"), ("highest", "max"))
    }
    return pd.DataFrame(ends, index=pd.Index(sorted(by_particle.groups), name=PARTICLE))
