"""Generators that draw images with one pass of a network, from random numbers and a condition."""

from __future__ import annotations

from abc import abstractmethod
from typing import Annotated, Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from showerforge.generators.images.interface import PARTICLE, Floats, ImageGenerator, TrainingImages
from showerforge.generators.images.scale import LogarithmicScale
from showerforge.networks.export import open_onnx, run_onnx, to_onnx

#: name of the network
DECODER = "decoder"

#: options of the training
Epochs = Annotated[int, Field(ge=1, le=10_000)]
BatchSize = Annotated[int, Field(ge=2, le=65_536)]
LearningRate = Annotated[float, Field(gt=0, le=1)]


class LatentGenerator(ImageGenerator):
    """Draws cleaned images with one pass of a network, from latent variables and a code.

    The code is what the network knows of the condition, a row of numbers for each image.

    Parameters
    ----------
    n_epochs : passes over the training images.
    batch_size : images in a step.
    learning_rate : at the beginning; it falls along a cosine.
    """

    #: standard normal numbers that an image is made of
    n_latent: ClassVar[int]
    #: whether images are turned by the symmetries of the detector in training
    turned: ClassVar[bool] = False
    #: options of Adam beside the rate
    adam: ClassVar[dict[str, Any]] = {}

    def __init__(self, n_epochs: Epochs, batch_size: BatchSize, learning_rate: LearningRate):
        self.n_epochs = n_epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate

    @abstractmethod
    def _measure(self, training: TrainingImages) -> dict[str, NDArray[Any]]:
        """Measure what codes are made with."""

    @abstractmethod
    def _encode(self, conditions: pd.DataFrame, arrays: dict[str, NDArray[Any]]) -> Floats:
        """Turn conditions into codes, float32[n, n_codes]."""

    @abstractmethod
    def _build(self, n_codes: int, scale: LogarithmicScale, seed: int) -> tuple[Any, Any]:
        """Build the network that is trained, and give the part of it that draws."""

    def _learn(
        self, training: TrainingImages, seed: int
    ) -> tuple[dict[str, bytes], dict[str, NDArray[Any]], pd.DataFrame]:
        from showerforge.networks.generative import (
            ConditionedBatches,
            start_afresh,
            train_generative,
        )

        detector = training.detector
        scale = LogarithmicScale.learn(training.cleaned, detector.channels)
        arrays = scale.arrays() | self._measure(training)
        codes = self._encode(training.conditions, arrays)
        start_afresh(seed)
        network, decoder = self._build(codes.shape[1], scale, seed)
        layout = detector.layout if self.turned else None
        images = scale.scale(training.cleaned)
        batches = ConditionedBatches(images, codes, self.batch_size, seed, layout)
        curves = train_generative(network, batches, self.n_epochs, self.learning_rate, **self.adam)
        return {DECODER: to_onnx(decoder, seed)}, arrays, curves

    def _draw(self, conditions: pd.DataFrame, generator: np.random.Generator) -> Floats:
        latent = generator.standard_normal((len(conditions), self.n_latent), np.float32)
        codes = self._encode(conditions, self.arrays_)
        network = self._once(DECODER, lambda: open_onnx(self.networks_[DECODER]))
        scaled = run_onnx(network, np.concatenate([latent, codes], axis=1))
        scaled = scaled.reshape(len(conditions), *self.detector_.shape)
        return LogarithmicScale.of(self.arrays_).unscale(scaled)


def one_hot(numbers: NDArray[np.integer], n: int) -> Floats:
    """Write numbers from 0 as rows with a one at their place, float32[..., n]."""
    return np.eye(n, dtype=np.float32)[numbers]


def number_particles(conditions: pd.DataFrame, particles: tuple[str, ...]) -> NDArray[np.intp]:
    """Give the place of the particle of each row among those of the detector."""
    return pd.Index(particles).get_indexer(conditions[PARTICLE])
