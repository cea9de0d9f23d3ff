"""Spots of light for tests of generators of images: small, and known."""

from dataclasses import replace
from functools import cached_property

import numpy as np
import pandas as pd
from image_generator_toys import DETECTOR
from networks_toys import square_layout
from toys import make_camera

from showerforge.events.schema import GAMMA, HADRON, Column
from showerforge.generators.images.detectors import Detector
from showerforge.generators.images.interface import TrainingImages
from showerforge.networks.layout import Layout

#: p.e.; pixels with less are empty, as after a cleaning
THRESHOLD = 3.0


class ToyCalorimeter(Detector):
    """Square pixels with energy and time, and nothing to ask for but the particle."""

    name = "toy calorimeter"
    particles = ("photon", "electron")
    conditions = ()
    channels = (Column("energy", "", "of a crystal", 0.0), Column("time", "", "of a crystal"))

    @cached_property
    def layout(self) -> Layout:
        return square_layout(4)

    def describe(self):
        return {"kind": "toy"}

    def readout(self, n_rings, is_symmetric, n_draws, tolerance):
        raise NotImplementedError


TOY_CAMERA = replace(DETECTOR, camera=make_camera(n_rings=2))


def make_spots(n: int, seed: int = 0) -> TrainingImages:
    """Draw round spots anywhere in a small camera: bright where energies are high, hadrons wide."""
    generator = np.random.default_rng(seed)
    camera = TOY_CAMERA.camera
    is_gamma = np.arange(n) % 2 == 0
    size = np.exp(generator.uniform(np.log(50), np.log(2000), n))
    centre = generator.integers(camera.n_pixels, size=n)
    distance = np.hypot(camera.x - camera.x[centre][:, None], camera.y - camera.y[centre][:, None])
    width = np.where(is_gamma, 0.2, 0.4)[:, None]
    light = np.exp(-((distance / width) ** 2) / 2)
    images = size[:, None] * light / light.sum(axis=1, keepdims=True)
    images = np.where(images < THRESHOLD, 0, images).astype(np.float32)[..., None]
    conditions = pd.DataFrame(
        {
            "particle": np.where(is_gamma, GAMMA, HADRON),
            "true_energy": size / 100,
            "impact": generator.uniform(0, 300, n),
            "size": images.sum(axis=(1, 2)),
        }
    )
    return TrainingImages(TOY_CAMERA, images, images, None, conditions)


def make_hits(n: int, seed: int = 0) -> TrainingImages:
    """Light up the left half for photons and the right half for electrons, late where bright."""
    generator = np.random.default_rng(seed)
    detector = ToyCalorimeter()
    is_photon = np.arange(n) % 2 == 0
    is_left = np.arange(detector.n_pixels) % 4 < 2
    energy = generator.uniform(0.1, 2.0, (n, detector.n_pixels))
    energy *= is_photon[:, None] == is_left
    time = np.where(energy > 0, energy - 1, 0)
    images = np.stack([energy, time], axis=-1).astype(np.float32)
    conditions = pd.DataFrame({"particle": np.where(is_photon, "photon", "electron")})
    return TrainingImages(detector, images, images, None, conditions)
