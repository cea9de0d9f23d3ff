"""Generators that draw images with one pass of a network, from random numbers and a condition."""

from __future__ import annotations

from abc import abstractmethod
from typing import Annotated, Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from showerforge.generators.images.interface import PARTICLE, Floats, ImageGenerator
from showerforge.generators.images.scale import LogarithmicScale
from showerforge.networks.export import open_onnx, run_onnx

#: name of the network
DECODER = "decoder"

#: options of the training: passes over the images, images in a step, and the learning rate at the
#: beginning, which falls along a cosine
Epochs = Annotated[int, Field(ge=1, le=10_000)]
BatchSize = Annotated[int, Field(ge=2, le=65_536)]
LearningRate = Annotated[float, Field(gt=0, le=1)]


class LatentGenerator(ImageGenerator):
    """Draws cleaned images with one pass of a network, from latent variables and a code.

    The code is what the network knows of the condition, a row of numbers for each image.
    """

    #: standard normal numbers that an image is made of
    n_latent: ClassVar[int]

    @abstractmethod
    def _encode(self, conditions: pd.DataFrame, arrays: dict[str, NDArray[Any]]) -> Floats:
        """Turn conditions into codes, float32[n, n_codes]."""

    def _draw(self, conditions: pd.DataFrame, generator: np.random.Generator) -> Floats:
        latent = generator.standard_normal((len(conditions), self.n_latent), np.float32)
        codes = self._encode(conditions, self.arrays_)
        scaled = run_onnx(self._open(), np.concatenate([latent, codes], axis=1))
        scaled = scaled.reshape(len(conditions), *self.detector_.shape)
        return LogarithmicScale.of(self.arrays_).unscale(scaled)

    def _open(self) -> Any:
        if not hasattr(self, "_session"):
            self._session = open_onnx(self.networks_[DECODER])
        return self._session

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_session"}


def one_hot(numbers: NDArray[np.integer], n: int) -> Floats:
    """Write numbers from 0 as rows with a one at their place, float32[..., n]."""
    return np.eye(n, dtype=np.float32)[numbers]


def number_particles(conditions: pd.DataFrame, particles: tuple[str, ...]) -> NDArray[np.intp]:
    """Give the place of the particle of each row among those of the detector."""
    return pd.Index(particles).get_indexer(conditions[PARTICLE])
