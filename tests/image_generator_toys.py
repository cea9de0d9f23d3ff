"""A generator of images so simple that all about it is known: spots of light, no network."""

from typing import Annotated

import numpy as np
import pandas as pd
from pydantic import Field
from toys import make_camera

from showerforge.cameras.settings import CleaningSettings
from showerforge.events.schema import GAMMA, HADRON
from showerforge.generators.images.detectors import CameraDetector
from showerforge.generators.images.interface import ImageGenerator, TrainingImages
from showerforge.showers.settings import DetectorSettings

#: deg; a toy image of a gamma is narrower
TRUE_WIDTH = {GAMMA: 0.3, HADRON: 0.6}
NOISE = DetectorSettings(
    night_sky_background=1.0,
    single_photo_electron_spread=0.3,
    electronic_noise=0.5,
    trigger_threshold=4.0,
    trigger_pixels=2,
    least_light=0.0,
    draw=0,
)
DETECTOR = CameraDetector(make_camera(), CleaningSettings(), NOISE)


class SpotGenerator(ImageGenerator):
    """Learns how wide the spots of each particle are, and draws them as bright as is wanted."""

    label = "toy of spots"
    conditions = frozenset({"particle", "true_energy", "size"})

    def __init__(self, spread: Annotated[float, Field(ge=0, le=2)] = 0.3):
        self.spread = spread

    def _learn(self, training, seed):
        light = training.images[:, :, 0].clip(0)
        camera = training.detector.camera
        total = light.sum(axis=1)
        x, y = light @ camera.x / total, light @ camera.y / total
        spread2 = (light @ (camera.x**2 + camera.y**2)) / total - x**2 - y**2
        width = np.sqrt(np.maximum(spread2, 0) / 2)
        widths = [
            np.median(width[training.conditions["particle"] == particle])
            for particle in training.detector.particles
        ]
        curves = pd.DataFrame({"epoch": [1, 2], "loss": [2.0, np.nan]})
        return {}, {"widths": np.array(widths)}, curves

    def _draw(self, conditions, generator):
        particles = list(self.detector_.particles)
        width = self.arrays_["widths"][[particles.index(p) for p in conditions["particle"]]]
        centre = generator.normal(0, self.spread, (2, len(conditions)))
        spots = draw_spots(self.detector_.camera, *centre, width, conditions["size"].to_numpy())
        return generator.poisson(spots).astype(np.float32)[:, :, None]


def draw_spots(camera, x, y, width, size):
    """Light of round Gaussian spots, p.e., float[n, n_pixels]."""
    x, y, width, size = (np.asarray(values)[:, None] for values in (x, y, width, size))
    light = np.exp(-((camera.x - x) ** 2 + (camera.y - y) ** 2) / (2 * width**2))
    return size * light / light.sum(axis=1, keepdims=True)


def make_conditions(n_each: int, seed: int = 0) -> pd.DataFrame:
    """Energies that fall, impacts on a disc, and sizes that grow with the energy."""
    generator = np.random.default_rng(seed)
    parts = []
    for particle, lowest in ((GAMMA, 2.0), (HADRON, 3.0)):
        energy = lowest * (1 - generator.random(n_each)) ** -0.5
        impact = 300 * np.sqrt(generator.random(n_each))
        size = 40 * energy * np.exp(-impact / 400) * generator.lognormal(0, 0.3, n_each)
        parts.append(
            pd.DataFrame(
                {"particle": particle, "true_energy": energy, "impact": impact, "size": size}
            )
        )
    return pd.concat(parts, ignore_index=True)


def make_training(n_each: int = 150, seed: int = 0) -> TrainingImages:
    """Toy images with their conditions."""
    conditions = make_conditions(n_each, seed)
    generator = np.random.default_rng(seed + 1)
    centre = generator.normal(0, 0.3, (2, len(conditions)))
    width = conditions["particle"].map(TRUE_WIDTH).to_numpy()
    expected = draw_spots(DETECTOR.camera, *centre, width, conditions["size"].to_numpy())
    images = generator.poisson(expected).astype(np.float32)[:, :, None]
    return TrainingImages(DETECTOR, images, images, expected.astype(np.float32), conditions)
