"""Memory and time of training a network, and scoring with it, by the number of images in the file.

Run it with ``python benchmarks/networks.py``. Files of noise of a camera of 560 pixels are written,
and a network is trained on them for one epoch and scores them all, each in a process of its own.
Its memory is the largest that it has had, less what it had when all was imported; seconds are those
of the CPU. What is read at a time is the shipped number of images, and, for comparison, all.
"""

from __future__ import annotations

import argparse
import re
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from showerforge.cameras.catalogue import build_camera
from showerforge.cameras.images import EventImages
from showerforge.cameras.settings import CleaningSettings, ViewSettings
from showerforge.cameras.storage import ImageFile, write_images
from showerforge.cameras.views import CameraView
from showerforge.networks.backends import run_alone
from showerforge.networks.settings import CosineRate, NetworkSettings, ResNetSettings

BATCH = 10_000
SETTINGS = NetworkSettings(
    architecture=ResNetSettings(name="resnet", widths=[4, 8, 8]),
    rate=CosineRate(kind="cosine", highest=0.003, warm_up=0.1),
    weight_decay=0.0001,
    batch_size=128,
    n_epochs=1,
    patience=1,
    augmented=False,
)


def draw_images(n_images: int) -> Iterator[EventImages]:
    """Draw noise, batch by batch."""
    camera = build_camera("taiga")
    generator = np.random.default_rng(0)
    for first in range(0, n_images, BATCH):
        numbers = np.arange(first, min(n_images, first + BATCH))
        images = generator.normal(0, 5, (len(numbers), camera.n_pixels)).astype(np.float32)
        table = pd.DataFrame({"particle": "gamma"}, index=pd.Index(numbers, name="event_id"))
        yield EventImages(camera, table, images)


def megabytes() -> float:
    """Tell the largest memory of this process so far, MiB (Linux)."""
    # not ru_maxrss, which begins with what the parent had
    (line,) = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(line) / 1024


def train(path: Path, in_memory: int | None) -> tuple[float, float, float]:
    """Train, and score; gives MiB, and seconds of either."""
    from showerforge.networks.files import from_bytes
    from showerforge.networks.samples import IMAGES_IN_MEMORY, Sample
    from showerforge.networks.training import score_logits, train_network

    view = CameraView(
        ImageFile(path), CleaningSettings(), ViewSettings(cleaned=False, charge_scale=4.0)
    )
    n_images = len(view.source)
    is_signal = np.random.default_rng(1).random(n_images) < 0.5
    train, validation = (
        Sample(view.read, rows, is_signal[rows])
        for rows in (np.arange(1000, n_images), np.arange(1000))
    )
    before, begin = megabytes(), time.process_time()
    network = train_network(
        SETTINGS, view.layout, train, validation, 0, images_in_memory=in_memory or IMAGES_IN_MEMORY
    )
    trained = time.process_time() - begin
    score_logits(from_bytes(network.content), train, view.layout)
    return megabytes() - before, trained, time.process_time() - begin - trained


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Memory of the training of networks.")
    parser.add_argument(
        "--images", type=int, nargs="+", default=[60_000, 120_000, 240_000], help="in the file"
    )
    arguments = parser.parse_args()
    print(f"{'images':>10}{'read':>10}{'MiB':>8}{'train, CPU µs':>15}{'score, CPU µs':>15}")
    with tempfile.TemporaryDirectory() as folder:
        for n in arguments.images:
            path = Path(folder) / f"{n}.h5"
            write_images(path, draw_images(n))
            for name, in_memory in (("in parts", None), ("whole", n)):
                memory, trained, scored = run_alone("torch", train, path, in_memory)
                costs = f"{1e6 * trained / n:15.0f}{1e6 * scored / n:15.0f}"
                print(f"{n:10,}{name:>10}{memory:8.0f}{costs}", flush=True)


if __name__ == "__main__":
    main()
