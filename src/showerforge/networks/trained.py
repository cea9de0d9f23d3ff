"""What comes out of a training, for processes without Keras."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class TrainedNetwork:
    """A network after its training.

    Attributes
    ----------
    content : of its ``.keras`` file.
    curves : by name, a number for each epoch: ``loss``, ``validation_loss``,
        ``validation_roc_auc``, ``learning_rate``.
    n_parameters : weights that were trained.
    cpu_seconds : of the training with its validation.
    n_images : images that were seen, one in two epochs counted twice.
    epoch_cpu_seconds : of each epoch without its validation.
    """

    content: bytes
    curves: dict[str, list[float]]
    n_parameters: int
    cpu_seconds: float
    n_images: int
    epoch_cpu_seconds: list[float]

    @property
    def kept_epoch(self) -> int:
        """Epoch whose weights were kept, from 1."""
        return int(np.argmin(self.curves["validation_loss"])) + 1

    @property
    def images_per_epoch(self) -> int:
        """Images that were seen in each epoch."""
        return self.n_images // len(self.epoch_cpu_seconds)
