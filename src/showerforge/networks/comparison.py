"""One network on several backends: what each makes of it, and what it costs.

Architecture, initial weights and batches are the same for all, so that whatever differs is due to
the backend. Each training has a process of its own, and none runs beside another.
"""

from __future__ import annotations

import re
import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from showerforge.networks.backends import import_keras, run_alone, run_apart
from showerforge.networks.layout import Layout
from showerforge.networks.settings import NetworkSettings
from showerforge.progress import track

if TYPE_CHECKING:
    from showerforge.networks.samples import Sample

#: test images that the initial network scores on every backend
N_COMPARED = 512
MEGABYTE, KILOBYTE = 1e6, 1e3


@dataclass(frozen=True, eq=False)
class LabelledImages:
    """Images in memory; others than `Sample` they need no Keras.

    Attributes
    ----------
    images : float32[n, n_pixels, n_channels], scaled for a network.
    is_signal : bool[n].
    """

    images: NDArray[np.float32]
    is_signal: NDArray[np.bool_]

    def sample(self) -> Sample:
        """Make them a sample to train on."""
        from showerforge.networks.samples import Sample

        rows = np.arange(len(self.is_signal))
        return Sample(lambda chosen: self.images[chosen], rows, self.is_signal)

    def some(self, n: int) -> LabelledImages:
        """Take some from everywhere: files begin with one class and end with the other."""
        rows = np.linspace(0, len(self.is_signal) - 1, min(n, len(self.is_signal))).astype(int)
        return LabelledImages(self.images[rows], self.is_signal[rows])


@dataclass(frozen=True, eq=False)
class Exercise:
    """What every backend is given.

    Attributes
    ----------
    settings : architecture and training.
    layout : how pixels lie on the grid.
    train, validation, test : images; the second tell when to stop.
    """

    settings: NetworkSettings
    layout: Layout
    train: LabelledImages
    validation: LabelledImages
    test: LabelledImages


@dataclass(frozen=True)
class Costs:
    """What a training cost; CPU time is that of all threads of its process.

    Attributes
    ----------
    import_cpu_seconds, import_memory_mb : of Keras with the backend, and memory of the process
        afterwards; Python and the images are part of it.
    first_step_cpu_seconds : of a first step of training and a first prediction, with all that is
        loaded or compiled for them.
    first_epoch_cpu_seconds : of the first epoch, which compiles the steps once more.
    train_images_per_cpu_second : in later epochs.
    predict_images_per_cpu_second : in a second prediction of the test images.
    peak_memory_mb : largest memory of the process.
    model_file_kb : size of the ``.keras`` file.
    """

    import_cpu_seconds: float
    import_memory_mb: float
    first_step_cpu_seconds: float
    first_epoch_cpu_seconds: float
    train_images_per_cpu_second: float
    predict_images_per_cpu_second: float
    peak_memory_mb: float
    model_file_kb: float


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a backend has made of a network.

    Attributes
    ----------
    backend, seed : whose, and of which training.
    curves : see `showerforge.networks.trained.TrainedNetwork`.
    kept_epoch : epoch whose weights were kept, from 1.
    n_parameters : weights that were trained.
    initial : float[n], logits of some test images before the training.
    validation, test : float[n], logits after it.
    costs : what it cost.
    """

    backend: str
    seed: int
    curves: dict[str, list[float]]
    kept_epoch: int
    n_parameters: int
    initial: NDArray[np.float64]
    validation: NDArray[np.float64]
    test: NDArray[np.float64]
    costs: Costs


def train_on_backends(
    exercise: Exercise, backends: Sequence[str], seeds: Sequence[int]
) -> list[Outcome]:
    """Train the same networks on all backends, one after the other.

    Parameters
    ----------
    exercise : what is learnt.
    backends : names; the first makes the initial weights for all.
    seeds : of weights and of the order of images, one for each training.

    Returns
    -------
    outcomes : by seed, then by backend, so that all meet with the same changes of the machine.

    Raises
    ------
    InputError
        If a backend is not installed; see `showerforge.networks.backends.require`.
    """
    initial = run_alone(backends[0], _make_networks, exercise, seeds)
    outcomes = (
        run_apart(backend, _train, exercise, backend, content, seed)
        for seed, content in zip(seeds, initial, strict=True)
        for backend in backends
    )
    return list(track(outcomes, "Training on backends", len(seeds) * len(backends)))


def _make_networks(exercise: Exercise, seeds: Sequence[int]) -> list[bytes]:
    from showerforge.networks.training import initial_network

    n_channels = exercise.train.images.shape[-1]
    return [initial_network(exercise.settings, exercise.layout, n_channels, seed) for seed in seeds]


def _train(exercise: Exercise, backend: str, initial: bytes, seed: int) -> Outcome:
    begin = time.process_time()
    import_keras()
    import_cpu_seconds, import_memory = time.process_time() - begin, peak_memory()
    from showerforge.networks.files import from_bytes
    from showerforge.networks.training import score_logits, train_network

    settings, layout = exercise.settings, exercise.layout
    batch = exercise.train.some(settings.batch_size).sample()
    once = settings.model_copy(update={"n_epochs": 1})
    first = train_network(once, layout, batch, batch, seed, initial)
    some = exercise.test.some(N_COMPARED).sample()
    (before,) = score_logits(from_bytes(initial), some, layout)

    validation, test = exercise.validation.sample(), exercise.test.sample()
    trained = train_network(settings, layout, exercise.train.sample(), validation, seed, initial)
    network = from_bytes(trained.content)
    (validated,), (tested,) = (
        score_logits(network, sample, layout) for sample in (validation, test)
    )
    begin = time.process_time()
    score_logits(network, test, layout)
    prediction_cpu_seconds = time.process_time() - begin
    first_epoch, *later = trained.epoch_cpu_seconds
    return Outcome(
        backend,
        seed,
        trained.curves,
        trained.kept_epoch,
        trained.n_parameters,
        before,
        validated,
        tested,
        Costs(
            import_cpu_seconds=import_cpu_seconds,
            import_memory_mb=import_memory,
            first_step_cpu_seconds=first.cpu_seconds,
            first_epoch_cpu_seconds=first_epoch,
            train_images_per_cpu_second=trained.images_per_epoch / float(np.mean(later)),
            predict_images_per_cpu_second=len(test) / prediction_cpu_seconds,
            peak_memory_mb=peak_memory(),
            model_file_kb=len(trained.content) / KILOBYTE,
        ),
    )


def peak_memory() -> float:
    """Largest memory that this process has held so far, MB."""
    status = Path("/proc/self/status")
    if status.exists():
        found = re.search(r"VmHWM:\s*(\d+) kB", status.read_text())
        if found:
            return int(found[1]) * 1024 / MEGABYTE
    # on Linux a process inherits this number from the one that has started it
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / MEGABYTE
