"""Training a network, and scoring images with it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from showerforge.errors import InputError
from showerforge.networks.architectures import build_network
from showerforge.networks.files import from_bytes, to_bytes
from showerforge.networks.layout import Layout
from showerforge.networks.samples import IMAGES_IN_MEMORY, Batches, Sample, weigh_classes
from showerforge.networks.settings import CosineRate, NetworkSettings, PlateauRate
from showerforge.networks.trained import TrainedNetwork

#: images that are scored together, and those in memory meanwhile
SCORED_AT_ONCE, SCORED_IN_MEMORY = 512, 20_000
#: share of the highest learning rate at the end of the cosine
LAST_RATE = 0.01

Floats = NDArray[np.float64]


def initial_network(settings: NetworkSettings, layout: Layout, n_channels: int, seed: int) -> bytes:
    """Build an untrained network; returns the content of its file."""
    return to_bytes(build_network(settings.architecture, (*layout.grid.shape, n_channels), seed))


def train_network(
    settings: NetworkSettings,
    layout: Layout,
    train: Sample,
    validation: Sample,
    seed: int,
    initial: bytes | None = None,
    images_in_memory: int = IMAGES_IN_MEMORY,
) -> TrainedNetwork:
    """Train a network, and keep the weights of the epoch with the lowest validation loss.

    Parameters
    ----------
    settings : architecture and training.
    layout : how pixels lie on the grid.
    train, validation : images; the second tell when to stop.
    seed : of weights, order and turns.
    initial : a network to begin with, see `initial_network`; a fresh one by default.
    images_in_memory : see `showerforge.networks.samples.Batches`.
    """
    n_channels = train.read(train.rows[:1]).shape[-1]
    network = from_bytes(initial or initial_network(settings, layout, n_channels, seed))
    keras.utils.set_random_seed(seed)
    batches = Batches(
        train,
        layout,
        settings.batch_size,
        settings.augmented,
        seed,
        settings.class_weights,
        images_in_memory,
    )
    network.compile(
        _optimiser(settings, len(batches)),
        keras.losses.BinaryCrossentropy(from_logits=True),
        weighted_metrics=[],
        # on others than JAX a compilation takes longer than training a small network without it
        jit_compile=keras.backend.backend() == "jax",
    )
    if len(validation) <= images_in_memory:
        validation = validation.held()
    weights = weigh_classes(train.is_signal) if settings.class_weights else np.ones(2)
    record = _Record(validation, layout, weights, min(images_in_memory, SCORED_IN_MEMORY))
    stop = keras.callbacks.EarlyStopping(
        "validation_loss",
        patience=settings.patience,
        mode="min",
        restore_best_weights=True,
    )
    begin = time.process_time()
    network.fit(
        batches,
        epochs=settings.n_epochs,
        callbacks=[record, *_reduction(settings), stop],
        # bars of Keras write control characters into log files
        verbose=0,
        shuffle=False,
    )
    return TrainedNetwork(
        content=to_bytes(network),
        curves=record.curves,
        n_parameters=int(sum(np.prod(weight.shape) for weight in network.trainable_weights)),
        cpu_seconds=time.process_time() - begin,
        n_images=len(record.curves["loss"]) * len(batches) * min(settings.batch_size, len(train)),
        epoch_cpu_seconds=record.cpu_seconds,
    )


def _optimiser(settings: NetworkSettings, n_steps: int) -> Any:
    rate = settings.rate
    if isinstance(rate, CosineRate):
        n_all = n_steps * settings.n_epochs
        n_rising = int(rate.warm_up * n_all)
        schedule = keras.optimizers.schedules.CosineDecay(
            LAST_RATE * rate.highest if n_rising else rate.highest,
            max(1, n_all - n_rising),
            alpha=LAST_RATE,
            warmup_target=rate.highest if n_rising else None,
            warmup_steps=n_rising,
        )
        return keras.optimizers.AdamW(schedule, weight_decay=settings.weight_decay)
    return keras.optimizers.AdamW(rate.highest, weight_decay=settings.weight_decay)


def _reduction(settings: NetworkSettings) -> list[Any]:
    rate = settings.rate
    if not isinstance(rate, PlateauRate):
        return []
    return [
        keras.callbacks.ReduceLROnPlateau(
            "validation_loss", factor=rate.factor, patience=rate.patience, mode="min"
        )
    ]


class _Record(keras.callbacks.Callback):
    """Validates after every epoch, and keeps the curves under our own names."""

    def __init__(
        self,
        validation: Sample,
        layout: Layout,
        weights: NDArray[np.floating],
        images_in_memory: int,
    ):
        super().__init__()
        self._validation, self._layout = validation, layout
        self._images_in_memory = images_in_memory
        self._weights = weights[validation.is_signal.astype(int)]
        self.curves: dict[str, list[float]] = {}
        self.cpu_seconds: list[float] = []

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Note the time."""
        self._begin = time.process_time()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Add what other callbacks watch to the logs."""
        from showerforge.metrics.separation import Separation

        self.cpu_seconds.append(time.process_time() - self._begin)
        assert logs is not None
        (logits,) = score_logits(
            self.model,
            self._validation,
            self._layout,
            images_in_memory=self._images_in_memory,
        )
        sign = np.where(self._validation.is_signal, -1.0, 1.0)
        losses = np.logaddexp(0, sign * logits)
        logs["validation_loss"] = float(np.average(losses, weights=self._weights))
        if not np.isfinite(logs["validation_loss"]):
            raise InputError(
                f"The training of a network went astray: its loss is {logs['validation_loss']} "
                f"after epoch {epoch + 1}. Lower the learning rate (rate.highest). Nothing has "
                "been written."
            )
        separation = Separation.unweighted(self._validation.is_signal, logits)
        numbers = {
            "loss": float(logs["loss"]),
            "validation_loss": logs["validation_loss"],
            "validation_roc_auc": float(separation.roc_auc()[0]),
            "learning_rate": float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate)),
        }
        for name, value in numbers.items():
            self.curves.setdefault(name, []).append(value)


def score_logits(
    network: keras.Model,
    sample: Sample,
    layout: Layout,
    symmetries: Sequence[int] = (0,),
    images_in_memory: int = SCORED_IN_MEMORY,
) -> Floats:
    """Score images as they are, or turned.

    Parameters
    ----------
    network : what scores.
    sample : images.
    layout : how they lie on the grid.
    symmetries : numbers of the symmetries by which all images are turned; 0 is none.
    images_in_memory : images that are read at a time.

    Returns
    -------
    logits : float[n_symmetries, n], larger for signal.
    """
    logits = np.zeros((len(symmetries), len(sample)))
    for begin in range(0, len(sample), images_in_memory):
        part = slice(begin, begin + images_in_memory)
        images = sample.read(sample.rows[part])
        for place, symmetry in enumerate(symmetries):
            turned = layout.turn(images, np.full(len(images), symmetry)) if symmetry else images
            placed = layout.place(turned)
            scores = network.predict(placed, batch_size=SCORED_AT_ONCE, verbose=0)
            logits[place, part] = scores[:, 0]
    return logits
