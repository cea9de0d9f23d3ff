"""The conditional variational autoencoder of the literature."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from showerforge.generators.images.interface import Floats, TrainingImages
from showerforge.generators.images.latent import (
    BatchSize,
    Epochs,
    LatentGenerator,
    LearningRate,
    number_particles,
    one_hot,
)
from showerforge.generators.images.scale import LogarithmicScale

#: of the encoder, as published; the decoder has them in reverse
UNITS = (384, 256, 128)
#: of a scaled pixel about what the decoder says
PIXEL_VARIANCE = 0.01
SIZE = "size"
#: mean and standard deviation of the logarithm of the size
LOG_SIZE = "log_size"


class PublishedVae(LatentGenerator):
    """Conditional variational autoencoder, as published for TAIGA.

    Polyakov et al. 2022 (arXiv:2211.12553): all pixels of cleaned images on a logarithmic scale,
    dense layers, two latent variables, and the logarithm of the size as condition. The particle is
    one more condition here; a network of its own was trained for gammas there. Where a detector
    knows no size, the particle is the only one.

    Parameters
    ----------
    n_epochs, batch_size, learning_rate : of the training, see `LatentGenerator`.
    """

    label = "conditional VAE as published"
    conditions = frozenset({"particle", SIZE})
    n_latent = 2

    def __init__(
        self,
        n_epochs: Epochs = 40,
        batch_size: BatchSize = 128,
        learning_rate: LearningRate = 0.001,
    ):
        super().__init__(n_epochs, batch_size, learning_rate)

    def _measure(self, training: TrainingImages) -> dict[str, NDArray[Any]]:
        if SIZE not in self._honoured(training.detector):
            return {}
        log_size = np.log(training.conditions[SIZE].to_numpy())
        return {LOG_SIZE: np.array([log_size.mean(), log_size.std()])}

    def _encode(self, conditions: pd.DataFrame, arrays: dict[str, NDArray[Any]]) -> Floats:
        particles = self.detector_.particles
        codes = one_hot(number_particles(conditions, particles), len(particles))
        if LOG_SIZE not in arrays:
            return codes
        mean, deviation = arrays[LOG_SIZE]
        log_size = (np.log(conditions[SIZE].to_numpy()) - mean) / deviation
        return np.column_stack([codes, log_size]).astype(np.float32)

    def _build(self, n_codes: int, scale: LogarithmicScale, seed: int) -> tuple[Any, Any]:
        from showerforge.networks.variational import VariationalAutoencoder

        n_values = math.prod(self.detector_.shape)
        network = VariationalAutoencoder(
            n_values, n_codes, self.n_latent, UNITS, PIXEL_VARIANCE, seed
        )
        return network, network.decoder
