"""Faults of a camera, done to its images: what comes of them is left to cleaning and cuts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from showerforge.cameras.camera import Camera
from showerforge.monitoring.faults import Fault

#: float32[n_images, n_pixels], p.e.
Images = NDArray[np.float32]

#: pixels that are read out together in the camera of TAIGA-IACT
MODULE = 28
#: charge that a hot pixel has in every image beside its own, p.e.
HOT = np.float32(20.0)


def loses_pixels(pixels: Sequence[int], name: str, because: str) -> Fault[Images]:
    """Pixels record nothing."""

    def apply(images: Images) -> Images:
        changed = images.copy()
        changed[:, pixels] = 0.0
        return changed

    return Fault(name, because, apply)


def heats(pixel: int) -> Fault[Images]:
    """A pixel has charge in every image."""

    def apply(images: Images) -> Images:
        changed = images.copy()
        changed[:, pixel] += HOT
        return changed

    return Fault("1 hot pixel", "a star, or a faulty amplifier", apply)


def loses_gain(share: float) -> Fault[Images]:
    """All pixels give less charge for the same light, noise included."""
    return Fault(
        f"gain -{100 * share:g} %",
        "high voltage or temperature of the photomultipliers",
        lambda images: images * np.float32(1 - share),
    )


def camera_faults(camera: Camera, seed: int) -> list[Fault[Images]]:
    """List what the power table of a camera is made for.

    Parameters
    ----------
    camera : whose pixels fail.
    seed : of which of them do.
    """
    order = np.random.default_rng(seed).permutation(camera.n_pixels).tolist()
    first = order[0]
    distance = np.hypot(camera.x - camera.x[first], camera.y - camera.y[first])
    electronics = "a photomultiplier, its high voltage or its cable"
    faults = [
        loses_pixels(order[:n], f"{n} dead pixel{'s' if n > 1 else ''}", electronics)
        for n in (1, camera.n_pixels // 100, camera.n_pixels // 20)
    ]
    module = np.argsort(distance, kind="stable")[:MODULE].tolist()
    return [
        *faults,
        loses_pixels(module, f"a module of {MODULE} dead pixels", "the electronics of a module"),
        heats(first),
        loses_gain(0.05),
        loses_gain(0.10),
    ]
