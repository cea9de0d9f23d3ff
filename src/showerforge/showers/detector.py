"""The detector: noise in every pixel, and the trigger that decides what is recorded."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from showerforge.cameras.camera import Camera
from showerforge.cameras.image_checks import check_images
from showerforge.compiled import compiled
from showerforge.errors import InputError, list_problems
from showerforge.showers.settings import DetectorSettings, Primary
from showerforge.showers.simulation import PRIMARY_CODES, random_stream

#: noise is drawn from another branch of the seed than the showers of the block
_NOISE = 1


def noise_stream(seed: int, draw: int, primary: Primary, block: int) -> np.random.Generator:
    """Make the generator of the noise of one block, independent of that of its showers.

    Parameters
    ----------
    seed : the one seed of the project.
    draw : number of the draw; another one is independent of it.
    primary, block : whose images they are for.
    """
    return random_stream(seed, PRIMARY_CODES[primary], block, _NOISE, draw)


def draw_images(
    camera: Camera,
    expected: NDArray[np.float32],
    settings: DetectorSettings,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Draw what the camera records where so much light is expected.

    Photo-electrons are Poisson distributed. Each gives a charge of mean one that spreads by
    ``s``, so that n of them have a standard deviation of ``s sqrt(n)``; electronic noise comes
    on top, and the mean of an image without light, the pedestal, is subtracted. Hence a pixel
    with mean mu of light and b of night sky has mean mu and variance
    ``(mu + b) (1 + s^2) + noise^2``.

    Parameters
    ----------
    camera : whose pixels they are.
    expected : float32[n_events, n_pixels], photo-electrons of Cherenkov light.
    settings : night sky, photomultipliers and electronics.
    rng : random numbers.

    Returns
    -------
    images : float32[n_events, n_pixels], charge, p.e.

    Raises
    ------
    InputError
        If the images are not of this camera, or no number of photo-electrons can be expected.
    """
    _check_expected(camera, expected)
    photo_electrons = rng.poisson(expected.astype(np.float64) + settings.night_sky_background)
    charge = photo_electrons.astype(np.float32)
    spread = np.sqrt(charge) * np.float32(settings.single_photo_electron_spread)
    charge += spread * rng.standard_normal(charge.shape, dtype=np.float32)
    charge += np.float32(settings.electronic_noise) * rng.standard_normal(
        charge.shape, dtype=np.float32
    )
    charge -= np.float32(settings.night_sky_background)
    return charge


def _check_expected(camera: Camera, expected: NDArray[np.float32]) -> None:
    negative = np.argwhere(check_images(camera, expected) < 0)
    if len(negative):
        problems = [f"image {i}, pixel {j}: {expected[i, j]} are expected" for i, j in negative]
        raise InputError(
            f"{len(negative):,} numbers of photo-electrons are below 0 (counted from 0):\n"
            f"{list_problems(problems)}\nSimulate these images again."
        )


def triggered(
    camera: Camera, images: NDArray[np.float32], settings: DetectorSettings
) -> NDArray[np.bool_]:
    """Tell which images trigger the camera.

    One does when `trigger_pixels` pixels at or above `trigger_threshold` are connected by
    neighbours within a trigger cluster; pixels of different clusters know nothing of each other.

    Parameters
    ----------
    camera : with neighbours and trigger clusters.
    images : float32[n_events, n_pixels], charge, p.e.
    settings : threshold and number of pixels.

    Returns
    -------
    triggered : bool[n_events].
    """
    return _triggered(
        images,
        camera.neighbours,
        camera.cluster,
        np.float32(settings.trigger_threshold),
        settings.trigger_pixels,
    )


@compiled
def _triggered(images: Any, neighbours: Any, cluster: Any, threshold: float, n_wanted: int) -> Any:
    n_events, n_pixels = images.shape
    result = np.zeros(n_events, dtype=np.bool_)
    seen, waiting = np.empty(n_pixels, dtype=np.bool_), np.empty(n_pixels, dtype=np.int32)
    for event in range(n_events):
        result[event] = is_triggered(
            images[event], neighbours, cluster, threshold, n_wanted, seen, waiting
        )
    return result


@compiled
def is_triggered(
    image: NDArray[np.float32],
    neighbours: NDArray[np.int32],
    cluster: NDArray[np.int32],
    threshold: float,
    n_wanted: int,
    seen: NDArray[np.bool_],
    waiting: NDArray[np.int32],
) -> bool:
    """Tell whether one image triggers; see `triggered`.

    Parameters
    ----------
    image : float32[n_pixels], charge, p.e.
    neighbours, cluster : of the camera.
    threshold, n_wanted : of the charge, and of the pixels that reach it.
    seen, waiting : bool[n_pixels] and int32[n_pixels], room to work in.
    """
    seen[:] = False
    for start in range(len(image)):
        if image[start] < threshold or seen[start]:
            continue
        seen[start] = True
        waiting[0] = start
        n_found, n_done = 1, 0
        while n_done < n_found and n_found < n_wanted:
            pixel = waiting[n_done]
            n_done += 1
            for neighbour in neighbours[pixel]:
                if (
                    neighbour >= 0
                    and not seen[neighbour]
                    and cluster[neighbour] == cluster[pixel]
                    and image[neighbour] >= threshold
                ):
                    seen[neighbour] = True
                    waiting[n_found] = neighbour
                    n_found += 1
        if n_found >= n_wanted:
            return True
    return False
