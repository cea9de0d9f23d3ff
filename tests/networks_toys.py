"""Networks and images for tests: small, and known."""

import numpy as np

from showerforge.networks.layout import Layout
from showerforge.networks.settings import NetworkSettings


def make_settings(**changes) -> NetworkSettings:
    """Settings of a network so small that it is trained in a second."""
    return NetworkSettings.model_validate(
        {
            "architecture": {"name": "resnet", "widths": [4, 8], "hexagonal": True},
            "rate": {"kind": "cosine", "highest": 0.01, "warm_up": 0.1},
            "weight_decay": 0.0,
            "batch_size": 32,
            "n_epochs": 3,
            "patience": 3,
            "augmented": False,
            **changes,
        }
    )


def square_layout(side: int) -> Layout:
    """Square pixels on a grid, which may be mirrored."""
    pixels = np.arange(side * side, dtype=np.int32).reshape(side, side)
    return Layout(pixels, np.stack([pixels.ravel(), pixels[::-1].ravel()]))


def make_images(n: int, side: int, seed: int = 0):
    """Draw noise, with a bright spot in the middle of the signal."""
    generator = np.random.default_rng(seed)
    is_signal = np.arange(n) % 2 == 0
    images = generator.normal(0, 0.3, (n, side, side, 1)).astype(np.float32)
    images[is_signal, side // 2 - 1 : side // 2 + 1, side // 2 - 1 : side // 2 + 1] += 1
    return images.reshape(n, side * side, 1), is_signal
