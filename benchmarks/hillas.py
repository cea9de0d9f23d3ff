"""Cleaning and Hillas parameters of camera images: speed against ctapipe's functions.

Run it with ``python benchmarks/hillas.py``. Both get the same images, ellipses of light of the
usual sizes on a noisy sky in the camera of TAIGA-IACT, and do the same: two-threshold cleaning,
Hillas parameters with their uncertainties, concentration, leakage and islands. ctapipe takes them
one by one, as it is made to. Seconds are those of the processor, with one thread; each rate is the
best of several rounds, because other work on the machine only ever slows it down.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
from ctapipe.image import (
    concentration_parameters,
    hillas_parameters,
    leakage_parameters,
    morphology_parameters,
    tailcuts_clean,
)

from showerforge.cameras.camera import Camera
from showerforge.cameras.catalogue import taiga_camera
from showerforge.cameras.cleaning import clean
from showerforge.cameras.files import to_ctapipe
from showerforge.cameras.hillas import parametrise
from showerforge.cameras.settings import CleaningSettings

CLEANING = CleaningSettings()
LENGTH, WIDTH = 0.45, 0.16
MEDIAN_SIZE, SIZE_SPREAD = 145, 1.0
NIGHT_SKY, CHARGE_SPREAD = 2.6, 0.35


def draw_images(camera: Camera, n_events: int) -> np.ndarray:
    """Draw ellipses of light, p.e., float32[n_events, n_pixels]."""
    generator = np.random.default_rng(0)
    x, y = generator.uniform(-0.5, 0.5, (2, n_events, 1)) * camera.radius
    psi = generator.uniform(0, np.pi, (n_events, 1))
    size = MEDIAN_SIZE * generator.lognormal(0, SIZE_SPREAD, (n_events, 1))
    dx, dy = camera.x - x, camera.y - y
    along = (dx * np.cos(psi) + dy * np.sin(psi)) / LENGTH
    across = (dy * np.cos(psi) - dx * np.sin(psi)) / WIDTH
    light = size * camera.pixel_area / (2 * np.pi * LENGTH * WIDTH)
    number = generator.poisson(light * np.exp(-(along**2 + across**2) / 2) + NIGHT_SKY)
    noise = CHARGE_SPREAD * np.sqrt(number) * generator.standard_normal(number.shape)
    return (number + noise - NIGHT_SKY).astype(np.float32)


def measure_one_by_one(geometry, images: np.ndarray) -> list[float]:
    """Do it with ctapipe; return the lengths."""
    lengths = []
    for image in images:
        mask = tailcuts_clean(geometry, image, CLEANING.picture, CLEANING.boundary)
        if mask.sum() < CLEANING.minimum_pixels:
            continue
        selected, light = geometry[mask], image[mask]
        hillas = hillas_parameters(selected, light)
        concentration_parameters(selected, light, hillas)
        leakage_parameters(geometry, image, mask)
        morphology_parameters(geometry, mask)
        lengths.append(hillas.length.value)
    return lengths


def rate_of(work: Callable[[], object], n_events: int, n_rounds: int) -> float:
    """Measure images per second of the processor."""
    best = 0.0
    for _ in range(n_rounds):
        begin = time.process_time()
        work()
        best = max(best, n_events / (time.process_time() - begin))
    return best


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Batches of images against ctapipe.")
    parser.add_argument("--events", type=int, default=100_000, help="images; 100,000")
    parser.add_argument("--slow", type=int, default=2_000, help="of these for ctapipe; 2,000")
    parser.add_argument("--rounds", type=int, default=5, help="the best of so many counts; 5")
    arguments = parser.parse_args()

    camera = taiga_camera()
    geometry = to_ctapipe(camera)
    images = draw_images(camera, arguments.events)
    few = images[: arguments.slow]
    # what is compiled or kept at the first call is no part of the rate
    lengths = measure_one_by_one(geometry, few)
    np.testing.assert_allclose(parametrise(camera, few, CLEANING)["length"].dropna(), lengths)

    n_pixels = clean(camera, images, CLEANING).sum(axis=1).mean()
    print(f"{len(images):,} images of {camera.n_pixels} pixels, {n_pixels:.1f} after cleaning\n")
    print(f"{'':34}{'images per CPU s':>18}{'ratio':>8}")
    slow = rate_of(lambda: measure_one_by_one(geometry, few), len(few), arguments.rounds)
    print(f"{'ctapipe, one by one':34}{slow:18,.0f}{1:8.0f}")
    for name, work in (
        ("in one batch", lambda: parametrise(camera, images, CLEANING)),
        ("cleaning alone, in one batch", lambda: clean(camera, images, CLEANING)),
    ):
        rate = rate_of(work, len(images), arguments.rounds)
        print(f"{name:34}{rate:18,.0f}{rate / slow:8.0f}")


if __name__ == "__main__":
    main()
