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
LEAST_LIGHT = 0.5
#: light of so many photo-electrons is none: all such pixels together hold a twentieth of one
NO_LIGHT = 1e-4
#: shares of the noise that are tabled, and probability of what is not reckoned with
N_QUANTILES, NEVER = 65_536, 1e-9
#: standard deviations to which noise is followed, and what stands for none, p.e.
REACH, NO_WIDTH = 7.0, 1e-6
#: photo-electrons from which on their number is drawn by the library
MANY = 10.0
#: draws after which the amount of light is looked at, and standard errors by which their mean must
#: miss the size before it is corrected: then light and size do not belong together
FEWEST_MISSES, BEYOND_CHANCE = 4, 4.0
#: what an image is taken to miss of which nothing is left, in units of the logarithm of a size
_TOO_SMALL = 0.5
#: what an image that does not trigger is off, in these units: more than any other
_LOST = 100.0


class _Noise(NamedTuple):
    quantiles: NDArray[np.float64]
    spread: float
    threshold: float
    n_wanted: int


def record_sized(
    camera: Camera,
    light: Floats,
    sizes: NDArray[np.float64],
    cleaning: CleaningSettings,
    detector: DetectorSettings,
    quantiles: NDArray[np.float64],
    generator: np.random.Generator,
    n_draws: int,
    tolerance: float,
) -> Floats:
    """Draw noise until the image triggers and its size is the wanted one.

    Noise is that of `showerforge.showers.detector.draw_images`. Pixels of less than `LEAST_LIGHT`
    are drawn once, the others again and again. Where draws miss the size by more than chance, there
    is more or less light from then on; where none comes near enough, the nearest is taken.

    Parameters
    ----------
    camera : whose pixels they are.
    light : float32[n, n_pixels], expected photo-electrons.
    sizes : float64[n], wanted sizes after cleaning, p.e.
    cleaning : which pixels make the image.
    detector : noise and trigger.
    quantiles : of its noise, see `dark_quantiles`.
    generator : random numbers.
    n_draws : draws for each image, at most.
    tolerance : of the logarithm of the size.

    Returns
    -------
    images : float32[n, n_pixels], charge, p.e.
    """
    images = np.empty_like(light)
    noise = _Noise(
        quantiles,
        detector.single_photo_electron_spread,
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


def dark_quantiles(detector: DetectorSettings) -> NDArray[np.float64]:
    """Quantiles of the charge of a pixel without light, p.e.

    Photo-electrons of the night sky are Poisson distributed; so many of them have a normal charge.

    Returns
    -------
    quantiles : float64[N_QUANTILES + 1], of even shares; the outermost stand for one charge in a
        billion.
    """
    from scipy.stats import norm, poisson

    background = detector.night_sky_background
    n = np.arange(poisson.isf(NEVER, background) + 1)
    width = np.sqrt(n * detector.single_photo_electron_spread**2 + detector.electronic_noise**2)
    width = np.maximum(width, NO_WIDTH)
    ends = (n - background - REACH * width).min(), (n - background + REACH * width).max()
    charge = np.linspace(*ends, 4 * N_QUANTILES)
    share = np.zeros_like(charge)
    for count, weight in zip(n, poisson.pmf(n, background), strict=True):
        share += weight * norm.cdf(charge, count - background, width[int(count)])
    wanted = np.clip(np.linspace(0, 1, N_QUANTILES + 1), NEVER, 1 - NEVER)
    return np.interp(wanted, share, charge)


@compiled
def _draw_charge(generator: np.random.Generator, light: float, noise: _Noise) -> float:
    # noise without light by the inverse of its distribution, and light with its spread on top: the
    # sum has the very distribution of both together
    place = generator.random() * N_QUANTILES
    below = int(place)
    lower = noise.quantiles[below]
    charge = lower + (place - below) * (noise.quantiles[below + 1] - lower)
    if light > NO_LIGHT:
        n = _draw_count(generator, light)
        if n > 0:
            charge += n + noise.spread * np.sqrt(n) * generator.standard_normal()
    return charge


@compiled
def _draw_count(generator: np.random.Generator, mean: float) -> int:
    """Draw a Poisson number; most are zero, and told by one comparison."""
    if mean >= MANY:
        return generator.poisson(mean)
    share = generator.random()
    if share < 1.0 - mean:
        return 0
    probability = np.exp(-mean)
    n, reached = 0, probability
    while share > reached and probability > 0.0:
        n += 1
        probability *= mean / n
        reached += probability
    return n


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
        least, factor = np.inf, 1.0
        n_missed, missed, squares = 0, 0.0, 0.0
        for draw in range(n_draws):
            if draw > 0:
                for pixel in lit[:n_lit]:
                    image[pixel] = _draw_charge(generator, factor * light[event, pixel], noise)
            n_kept = clean_image(image, neighbours, thresholds, work)
            size = 0.0
            for pixel in work.pixels[:n_kept]:
                size += image[pixel]
            too_small = _TOO_SMALL
            if n_kept >= minimum_pixels and size > 0.0:
                too_small = min(log_sizes[event] - np.log(size), _TOO_SMALL)
            error = abs(too_small)
            if error < least:
                if not is_triggered(
                    image,
                    signed_neighbours,
                    cluster,
                    noise.threshold,
                    noise.n_wanted,
                    seen,
                    waiting,
                ):
                    error += _LOST
                if error < least:
                    least = error
                    for i in range(n_lit):
                        best[i] = image[lit[i]]
            if error <= tolerance:
                break
            n_missed, missed, squares = n_missed + 1, missed + too_small, squares + too_small**2
            if n_missed < FEWEST_MISSES:
                continue
            mean = missed / n_missed
            variance = squares / n_missed - mean**2
            if mean**2 * n_missed > BEYOND_CHANCE**2 * variance:
                factor *= np.exp(mean)
                n_missed, missed, squares = 0, 0.0, 0.0
        for i in range(n_lit):
            image[lit[i]] = best[i]


@compiled
def cast_light(
    outputs: Floats, pixels: NDArray[np.integer], total: NDArray[np.float64], n_pixels: int
) -> Floats:
    """Turn the numbers of a decoder into light, by shares that add up to one inside the camera.

    Parameters
    ----------
    outputs : float32[n, n_window], logarithms of the shares, up to a constant.
    pixels : int[n, n_window], pixel at each place of the window, or -1 where none is.
    total : float64[n], light of each image in all.
    n_pixels : of the camera.

    Returns
    -------
    light : float32[n, n_pixels].
    """
    light = np.zeros((len(outputs), n_pixels), dtype=np.float32)
    for event in range(len(outputs)):
        highest = -np.inf
        for place in range(pixels.shape[1]):
            if pixels[event, place] >= 0:
                highest = max(highest, outputs[event, place])
        whole = 0.0
        for place in range(pixels.shape[1]):
            if pixels[event, place] >= 0:
                share = np.exp(outputs[event, place] - highest)
                light[event, pixels[event, place]] = share
                whole += share
        light[event] *= total[event] / whole
    return light
