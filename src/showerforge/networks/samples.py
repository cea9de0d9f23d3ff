"""What a network is trained on and what it scores, read as it is needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from showerforge.errors import InputError
from showerforge.networks.layout import Floats, Layout

Rows = NDArray[np.integer]
#: images in memory at a time; more are read part by part, in another order in every epoch
IMAGES_IN_MEMORY = 60_000
#: images that are read together, so that a file is not read in ten thousand places
BLOCK = 1_000


@dataclass(frozen=True, eq=False)
class Sample:
    """Labelled images.

    Attributes
    ----------
    read : gives the images of some rows, float32[n, n_pixels, n_channels], scaled for a network.
    rows : int[n], which images.
    is_signal : bool[n].
    """

    read: Callable[[Rows], Floats]
    rows: Rows
    is_signal: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.rows)

    def held(self) -> Sample:
        """Read all images once, for those who want them often."""
        images = self.read(self.rows)
        return Sample(lambda rows: images[rows], np.arange(len(self)), self.is_signal)


def weigh_classes(is_signal: NDArray[np.bool_]) -> Floats:
    """Weigh background and signal so that both count alike, and an image one on the mean.

    Returns
    -------
    weights : float32[2], of background and of signal.

    Raises
    ------
    InputError
        If there is one class only.
    """
    share = is_signal.mean()
    if share in (0, 1):
        raise InputError("Networks cannot be trained on images of one class only.")
    return np.array([0.5 / (1 - share), 0.5 / share], np.float32)


class Batches(keras.utils.PyDataset):
    """Batches of a sample in random order, for the training.

    What is in memory is shuffled event by event; a larger sample is read in parts, each put
    together from blocks of the file drawn at random. Images that are too few for a whole batch
    wait for another epoch. A batch depends on epoch and number alone: backends ask in their own
    order, and some twice.

    Parameters
    ----------
    sample : images with labels.
    layout : how they lie on the grid.
    size : images in a batch.
    augmented : whether every image is turned by a symmetry drawn at random.
    seed : of order and turns.
    class_weights : whether both classes count alike in all.
    images_in_memory : size of a part.
    """

    def __init__(
        self,
        sample: Sample,
        layout: Layout,
        size: int,
        augmented: bool,
        seed: int,
        class_weights: bool = False,
        images_in_memory: int = IMAGES_IN_MEMORY,
    ):
        super().__init__()
        self._sample, self._layout, self._augmented = sample, layout, augmented
        self._seed, self._epoch = seed, 0
        self._weights = weigh_classes(sample.is_signal) if class_weights else np.ones(2, np.float32)
        # sorted, so that a block is one place of the file
        order = np.argsort(sample.rows, kind="stable")
        size = min(size, len(sample))
        n_parts = min(-(-len(sample) // max(images_in_memory, size)), len(sample) // size)
        per_part = max(1, len(sample) // (n_parts * BLOCK))
        self._blocks = np.array_split(order, n_parts * per_part)
        smallest = per_part * (len(sample) // len(self._blocks))
        self.n_parts, self._size = n_parts, min(size, smallest)
        self._per_part = smallest // self._size
        self._read: tuple[Any, Floats] | None = None
        self._draw_epoch()

    def __len__(self) -> int:
        return self.n_parts * self._per_part

    def __getitem__(self, number: int) -> tuple[Floats, Floats, Floats]:
        """Give a batch: images on the grid, labels and weights."""
        part, place = divmod(number, self._per_part)
        chosen = slice(place * self._size, (place + 1) * self._size)
        events, images = self._read_part(part)
        order = self._orders[part][chosen]
        batch, is_signal = images[order], self._sample.is_signal[events[order]]
        if self._augmented:
            draws = np.random.default_rng([self._seed, self._epoch, number])
            which = draws.integers(len(self._layout.symmetries), size=len(batch))
            batch = self._layout.turn(batch, which)
        labels = is_signal.astype(np.float32)[:, None]
        return self._layout.place(batch), labels, self._weights[is_signal.astype(int)]

    def on_epoch_end(self) -> None:
        """Shuffle anew."""
        self._epoch += 1
        self._draw_epoch()

    def _draw_epoch(self) -> None:
        generator = np.random.default_rng([self._seed, self._epoch])
        numbers = np.arange(len(self._blocks))
        if self.n_parts > 1:
            numbers = generator.permutation(numbers)
        self._parts = [
            np.concatenate([self._blocks[number] for number in chosen])
            for chosen in np.array_split(numbers, self.n_parts)
        ]
        self._orders = [generator.permutation(len(part)) for part in self._parts]

    def _read_part(self, part: int) -> tuple[Rows, Floats]:
        events = self._parts[part]
        if self._read is None or not np.array_equal(self._read[0], events):
            # before there are two
            self._read = None
            self._read = events, self._sample.read(self._sample.rows[events])
        return self._read
