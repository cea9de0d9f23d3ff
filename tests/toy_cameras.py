"""Cameras with hexagonal and square pixels, and images that look like those of showers."""

import numpy as np

from showerforge.cameras.camera import Camera
from showerforge.cameras.catalogue import magic_camera, taiga_camera

NIGHT_SKY = 2.6


def square_camera() -> Camera:
    """Modules of 8 x 8 square pixels with gaps between them, turned by 10 deg."""
    n_side, module, pitch, gap = 24, 8, 0.2, 0.05
    line = pitch * np.arange(n_side) + gap * (np.arange(n_side) // module)
    x, y = (axis.ravel() - line.mean() for axis in np.meshgrid(line, line))
    place = (x + 1j * y) * np.exp(1j * np.deg2rad(10))
    cluster = np.zeros(len(x), dtype=int)
    return Camera("square", place.real, place.imag, pitch, 2.2, 6.0, cluster, shape="square")


TAIGA = taiga_camera()
TOY_CAMERAS = {"taiga": TAIGA, "magic": magic_camera(), "square": square_camera()}


def light_of_ellipse(
    camera: Camera,
    size: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
    length: np.ndarray,
    width: np.ndarray,
    psi: np.ndarray,
) -> np.ndarray:
    """Light of Gaussian ellipses, p.e. in each pixel; shapes (n, 1), lengths deg, psi rad."""
    dx, dy = camera.x - x, camera.y - y
    along = (dx * np.cos(psi) + dy * np.sin(psi)) / length
    across = (dy * np.cos(psi) - dx * np.sin(psi)) / width
    density = size / (2 * np.pi * length * width) * np.exp(-(along**2 + across**2) / 2)
    return camera.pixel_area * density


def draw_images(camera: Camera, n_events: int, seed: int = 0) -> np.ndarray:
    """Ellipses on a noisy sky, some at the edge of the camera, some hardly to be seen."""
    generator = np.random.default_rng(seed)
    x, y = generator.uniform(-0.8, 0.8, (2, n_events, 1)) * camera.radius
    psi = generator.uniform(-np.pi / 2, np.pi / 2, (n_events, 1))
    length = camera.pitch * generator.uniform(0.5, 2.0, (n_events, 1))
    width = length * generator.uniform(0.2, 0.9, (n_events, 1))
    size = generator.lognormal(5.0, 1.2, (n_events, 1))
    expected = light_of_ellipse(camera, size, x, y, length, width, psi) + NIGHT_SKY
    number = generator.poisson(expected)
    spread = 0.35 * np.sqrt(number) * generator.standard_normal(number.shape)
    return (number + spread - NIGHT_SKY).astype(np.float32)
