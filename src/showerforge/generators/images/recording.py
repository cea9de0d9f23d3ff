"""What a camera records of drawn light, under the condition of an image of some size.

The size of an image is what the cleaning leaves of light and noise. Images of a wanted size are
therefore those, among all that the noise could make of the light, whose size is the wanted one.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from showerforge.cameras.camera import Camera
from showerforge.cameras.cleaning import Thresholds, clean_image
from showerforge.cameras.islands import make_workspace, unsigned_neighbours
from showerforge.cameras.settings import CleaningSettings
from showerforge.compiled import compiled
from showerforge.showers.detector import is_triggered
from showerforge.showers.settings import DetectorSettings

Floats = NDArray[np.float32]

#: pixels of less light are drawn once for each image, photo-electrons: noise alone decides on them
LEAST_LIGHT = 0.2
#: as good as no image, or none that triggers, in units of the logarithm of a size
_LOST = 100.0


class _Noise(NamedTuple):
    background: float
    spread: float
    electronic: float
    threshold: float
    n_wanted: int


def record_sized(
    camera: Camera,
    light: Floats,
    sizes: NDArray[np.float64],
    cleaning: CleaningSettings,
    detector: DetectorSettings,
    generator: np.random.Generator,
    n_draws: int,
    tolerance: float,
) -> Floats:
    """Draw noise until the image triggers and its size is the wanted one.

    Noise is that of `showerforge.showers.detector.draw_images`. Where no draw comes near enough,
    the nearest is taken.

    Parameters
    ----------
    camera : whose pixels they are.
    light : float32[n, n_pixels], expected photo-electrons.
    sizes : float64[n], wanted sizes after cleaning, p.e.
    cleaning : which pixels make the image.
    detector : noise and trigger.
    generator : random numbers.
    n_draws : draws for each image, at most.
    tolerance : of the logarithm of the size.

    Returns
    -------
    images : float32[n, n_pixels], charge, p.e.
    """
    images = np.empty_like(light)
    noise = _Noise(
        detector.night_sky_background,
        detector.single_photo_electron_spread,
        detector.electronic_noise,
        detector.trigger_threshold,
        detector.trigger_pixels,
    )
    _record(
        generator,
        light,
        np.log(sizes),
        noise,
        unsigned_neighbours(camera),
        camera.neighbours,
        camera.cluster,
        Thresholds.of(cleaning, images),
        cleaning.minimum_pixels,
        n_draws,
        tolerance,
        images,
    )
    return images


@compiled
def _draw_charge(generator: np.random.Generator, light: float, noise: _Noise) -> float:
    n = generator.poisson(light + noise.background)
    width = np.sqrt(n * noise.spread**2 + noise.electronic**2)
    return n - noise.background + width * generator.standard_normal()


@compiled
def _record(
    generator: np.random.Generator,
    light: Floats,
    log_sizes: NDArray[np.float64],
    noise: _Noise,
    neighbours: Any,
    signed_neighbours: Any,
    cluster: Any,
    thresholds: Thresholds,
    minimum_pixels: int,
    n_draws: int,
    tolerance: float,
    images: Floats,
) -> None:
    n_pixels = light.shape[1]
    work = make_workspace(n_pixels)
    lit = np.empty(n_pixels, dtype=np.int64)
    seen, waiting = np.empty(n_pixels, dtype=np.bool_), np.empty(n_pixels, dtype=np.int32)
    best = np.empty(n_pixels, dtype=np.float32)
    for event in range(len(light)):
        image = images[event]
        n_lit = 0
        for pixel in range(n_pixels):
            image[pixel] = _draw_charge(generator, light[event, pixel], noise)
            if light[event, pixel] > LEAST_LIGHT:
                lit[n_lit] = pixel
                n_lit += 1
        least = np.inf
        for draw in range(n_draws):
            if draw > 0:
                for pixel in lit[:n_lit]:
                    image[pixel] = _draw_charge(generator, light[event, pixel], noise)
            n_kept = clean_image(image, neighbours, thresholds, work)
            size = 0.0
            for pixel in work.pixels[:n_kept]:
                size += image[pixel]
            error = _LOST
            if n_kept >= minimum_pixels and size > 0.0:
                error = abs(np.log(size) - log_sizes[event])
            if not is_triggered(
                image, signed_neighbours, cluster, noise.threshold, noise.n_wanted, seen, waiting
            ):
                error += _LOST
            if error < least:
                least = error
                for i in range(n_lit):
                    best[i] = image[lit[i]]
            if error <= tolerance:
                break
        for i in range(n_lit):
            image[lit[i]] = best[i]
