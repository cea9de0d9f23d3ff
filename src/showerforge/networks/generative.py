"""What networks that generate images are trained with: batches, a rate that falls, and curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import keras
import numpy as np
import pandas as pd

from showerforge.errors import InputError
from showerforge.networks.layout import Floats, Layout
from showerforge.networks.training import LAST_RATE


class ShuffledBatches(keras.utils.PyDataset):
    """Batches of what a network learns from, in random order.

    Rows that are too few for a whole batch wait for another epoch. A batch depends on epoch and
    number alone: backends ask in their own order, and some twice.

    Parameters
    ----------
    arrays : by the name of an input of the network, with a row for each image.
    size : images in a batch, all of them where there are fewer.
    seed : of the order.
    """

    def __init__(self, arrays: Mapping[str, Floats], size: int, seed: int):
        super().__init__()
        self._arrays, self._n = arrays, len(next(iter(arrays.values())))
        self.size, self._seed, self._epoch = min(size, self._n), seed, 0
        self._draw_epoch()

    def __len__(self) -> int:
        return self._n // self.size

    def __getitem__(self, number: int) -> tuple[dict[str, Floats]]:
        """Give a batch."""
        chosen = self._order[number * self.size : (number + 1) * self.size]
        return ({name: values[chosen] for name, values in self._arrays.items()},)

    def on_epoch_end(self) -> None:
        """Shuffle anew."""
        self._epoch += 1
        self._draw_epoch()

    def _draw_epoch(self) -> None:
        generator = np.random.default_rng([self._seed, self._epoch])
        self._order = generator.permutation(self._n)


class ConditionedBatches(ShuffledBatches):
    """Batches of ``images``, float32[size, n_pixels * n_channels], with their ``codes``.

    Parameters
    ----------
    images : float32[n, n_pixels, n_channels], scaled for a network.
    codes : float32[n, n_codes], what each image is asked for by.
    size, seed : see `ShuffledBatches`.
    layout : whose symmetries, drawn at random, turn every image; None leaves them as they are.
    """

    def __init__(
        self, images: Floats, codes: Floats, size: int, seed: int, layout: Layout | None = None
    ):
        super().__init__({"images": images, "codes": codes}, size, seed)
        self._layout = layout

    def __getitem__(self, number: int) -> tuple[dict[str, Floats]]:
        """Give a batch."""
        (batch,) = super().__getitem__(number)
        images = batch["images"]
        if self._layout is not None:
            draws = np.random.default_rng([self._seed, self._epoch, number])
            which = draws.integers(len(self._layout.symmetries), size=self.size)
            images = self._layout.turn(images, which)
        return ({**batch, "images": images.reshape(self.size, -1)},)


def start_afresh(seed: int) -> None:
    """Seed what is drawn, and count layers from one, as files of networks hold their names."""
    keras.utils.clear_session()
    keras.utils.set_random_seed(seed)


def dense_network(
    n_inputs: int,
    units: Sequence[int],
    n_outputs: int,
    name: str,
    between: str = "relu",
    **options: Any,
) -> keras.Model:
    """Build layers that are connected fully.

    Parameters
    ----------
    n_inputs, n_outputs : numbers that go in and come out.
    units : of the layers between them.
    between : their activation.
    options : of the last layer.
    """
    x = inputs = keras.Input((n_inputs,))
    for n_units in units:
        x = keras.layers.Dense(n_units, activation=between)(x)
    return keras.Model(inputs, keras.layers.Dense(n_outputs, **options)(x), name=name)


class GenerativeNetwork(keras.Model):
    """Network whose loss is a sum of parts, each with a curve of its own.

    It is called with a batch of `ShuffledBatches`.
    """

    #: names of the parts of the loss
    parts: ClassVar[tuple[str, str]]

    def __init__(self) -> None:
        super().__init__()
        self._curves = [keras.metrics.Mean(name) for name in self.parts]

    def losses_of(self, inputs: dict[str, Any], outputs: Any) -> tuple[Any, Any]:
        """Compute the parts of the loss of a batch, in the order of `parts`."""
        raise NotImplementedError

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """Add up the parts; Keras calls this."""
        losses = self.losses_of(x, y_pred)
        for curve, loss in zip(self._curves, losses, strict=True):
            curve.update_state(loss)
        return sum(losses)


def train_generative(
    network: GenerativeNetwork,
    batches: ShuffledBatches,
    n_epochs: int,
    rate: float,
    warm_up: float = 0.0,
    **options: Any,
) -> pd.DataFrame:
    """Train a network; its learning rate rises for a while, and falls along a cosine.

    Parameters
    ----------
    network : what learns.
    batches : what it learns from.
    n_epochs : passes over the images.
    rate : the highest learning rate.
    warm_up : share of the training in which it rises.
    options : others of Adam (Kingma & Ba 2015, arXiv:1412.6980).

    Returns
    -------
    curves : DataFrame[n_epochs], ``epoch`` from 1, ``loss`` and a column for each part of it.

    Raises
    ------
    InputError
        If a loss is no longer finite.
    """
    n_steps = n_epochs * len(batches)
    n_rising = round(warm_up * n_steps)
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0 if n_rising else rate,
        max(1, n_steps - n_rising),
        LAST_RATE,
        warmup_target=rate if n_rising else None,
        warmup_steps=n_rising,
    )
    # on others than JAX a compilation takes longer than the training without it
    is_compiled = keras.backend.backend() == "jax"
    network.compile(keras.optimizers.Adam(schedule, **options), jit_compile=is_compiled)
    record = _Record()
    network.fit(batches, epochs=n_epochs, callbacks=[record], verbose=0, shuffle=False)
    return pd.DataFrame(record.epochs)


class _Record(keras.callbacks.Callback):
    """Keeps the losses of every epoch, and stops when they make no sense."""

    def __init__(self) -> None:
        super().__init__()
        self.epochs: list[dict[str, float]] = []

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Add an epoch."""
        losses = {name: float(value) for name, value in (logs or {}).items()}
        for name, value in losses.items():
            if not np.isfinite(value):
                raise InputError(
                    f"The training of a generator of images went astray: its {name} is {value} "
                    f"after epoch {epoch + 1}. Lower the option learning_rate. Nothing has been "
                    "written."
                )
        self.epochs.append({"epoch": epoch + 1, **losses})
