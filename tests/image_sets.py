"""Sets of toy images for tests: spots of light whose size grows with an energy."""

from functools import cache

import numpy as np
from toys import make_camera

from showerforge.cameras.cleaning import clean
from showerforge.cameras.hillas import parametrise
from showerforge.cameras.settings import CleaningSettings
from showerforge.events.schema import GAMMA
from showerforge.validation.images.sets import MONTE_CARLO, ImageSet

CAMERA, CLEANING = make_camera(), CleaningSettings()
#: p.e. of a spot per TeV, and its width, deg
LIGHT_PER_TEV, SPOT_WIDTH = 60.0, 0.3
IMAGES_OF_A_SHOWER = 3


def draw_spots(size: np.ndarray, generator: np.random.Generator, width: float = SPOT_WIDTH):
    """Draw round spots of light with noise, float32[n, n_pixels], cleaned."""
    x, y = generator.normal(0, 0.4, (2, len(size), 1))
    light = np.exp(-((CAMERA.x - x) ** 2 + (CAMERA.y - y) ** 2) / (2 * width**2))
    expected = size[:, None] * light / light.sum(axis=1, keepdims=True)
    images = (generator.poisson(expected) + generator.normal(0, 0.5, light.shape)).astype(
        np.float32
    )
    return np.where(clean(CAMERA, images, CLEANING), images, 0)


@cache
def make_set(
    n: int, seed: int, generator: str = MONTE_CARLO, width: float = SPOT_WIDTH
) -> ImageSet:
    """Draw a set of gammas; the true energy is what was asked for, and so is the light."""
    random = np.random.default_rng(seed)
    energy = random.uniform(2, 10, n)
    images = draw_spots(LIGHT_PER_TEV * energy, random, width)
    table = parametrise(CAMERA, images, CLEANING).assign(
        particle=GAMMA,
        true_energy=energy,
        impact=random.uniform(20, 300, n),
        requested_true_energy=energy,
    )
    if generator == MONTE_CARLO:
        table["group"] = 1_000_000 * seed + np.arange(n) // IMAGES_OF_A_SHOWER
    else:
        table["requested_size"] = LIGHT_PER_TEV * energy
    return ImageSet(generator, table, images).take(table["size"].notna().to_numpy())
