"""The conditional generative adversarial network of the literature, with what was learnt since."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from showerforge.generators.images.interface import PARTICLE, Floats, TrainingImages
from showerforge.generators.images.latent import (
    BatchSize,
    Epochs,
    LatentGenerator,
    LearningRate,
    number_particles,
    one_hot,
)
from showerforge.generators.images.scale import LogarithmicScale

#: of the layers of the networks
GENERATOR_UNITS = (128, 256, 256)
DISCRIMINATOR_UNITS = (256, 256)
#: of Adam, for networks that learn against each other: shorter memories than Keras' own. What draws
#: is the running mean of the weights, of which a step leaves so much as it is
ADAM = {"beta_1": 0.5, "beta_2": 0.99, "use_ema": True, "ema_momentum": 0.99}


class ConditionalGan(LatentGenerator):
    """Conditional generative adversarial network of classes of energy and distance.

    Dubenskaya et al. 2025 (arXiv:2503.03982): images are asked for by class, 10 of energy times 10
    of distance for each particle, and in a class they are as they come. The network is told both
    classes side by side. Where a detector knows neither, the class is the particle. Layers are
    dense ones, the loss and the discriminator are newer: see `showerforge.networks.adversarial`.

    Parameters
    ----------
    n_energies, n_distances : classes, each with equally many training images, whatever the other.
    n_epochs, batch_size, learning_rate : of the training, see `LatentGenerator`.
    """

    label = "conditional GAN"
    conditions = frozenset({"particle", "true_energy", "impact"})
    n_latent = 64
    turned = True
    adam = ADAM

    def __init__(
        self,
        n_energies: Annotated[int, Field(ge=1, le=100)] = 10,
        n_distances: Annotated[int, Field(ge=1, le=100)] = 10,
        n_epochs: Epochs = 50,
        batch_size: BatchSize = 64,
        learning_rate: LearningRate = 0.0004,
    ):
        self.n_energies = n_energies
        self.n_distances = n_distances
        super().__init__(n_epochs, batch_size, learning_rate)

    def _measure(self, training: TrainingImages) -> dict[str, NDArray[Any]]:
        """Part the images of each particle into classes, float[n_particles, n_classes - 1]."""
        numbers = {"true_energy": self.n_energies, "impact": self.n_distances}
        by_particle = training.conditions.groupby(PARTICLE)
        return {
            name: np.stack(
                [
                    np.quantile(
                        by_particle.get_group(particle)[name], shares_between(numbers[name])
                    )
                    for particle in training.detector.particles
                ]
            )
            for name in self._honoured(training.detector)
        }

    def _encode(self, conditions: pd.DataFrame, arrays: dict[str, NDArray[Any]]) -> Floats:
        """Mark the particle, and its class of each other condition."""
        particles = self.detector_.particles
        numbers = number_particles(conditions, particles)
        marks = [one_hot(numbers, len(particles))]
        for name in self._honoured(self.detector_):
            edges = arrays[name]
            classes = (conditions[name].to_numpy()[:, None] >= edges[numbers]).sum(axis=1)
            n_classes = edges.shape[1] + 1
            marks.append(one_hot(numbers * n_classes + classes, len(particles) * n_classes))
        return np.concatenate(marks, axis=1)

    def _build(self, n_codes: int, scale: LogarithmicScale, seed: int) -> tuple[Any, Any]:
        from showerforge.networks.adversarial import AdversarialNetwork

        network = AdversarialNetwork(
            *self.detector_.shape,
            n_codes,
            self.n_latent,
            GENERATOR_UNITS,
            DISCRIMINATOR_UNITS,
            scale.threshold,
            float(scale.span[0]),
            seed,
        )
        return network, network.generator


def shares_between(n_classes: int) -> NDArray[np.float64]:
    """Give the quantiles that part equally populated classes."""
    return np.linspace(0, 1, n_classes + 1)[1:-1]
