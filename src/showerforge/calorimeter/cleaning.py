"""What of an image is signal."""

import numpy as np
from numpy.typing import NDArray

from showerforge.calorimeter.columns import ENERGY


def clean_images(
    images: NDArray[np.float32], threshold: float = 0.0, connected: bool = False
) -> NDArray[np.float32]:
    """Set crystals without signal to zero, in energy and in time.

    The time of a crystal without energy means nothing; it is set to zero at any threshold.

    Parameters
    ----------
    images : float32[n, 32, 32, 2].
    threshold : energy up to which a crystal holds no signal, in the unit of the file; not negative.
    connected : whether only crystals are kept that hang together, by edge or corner, with the
        hottest one.

    Returns
    -------
    cleaned : float32[n, 32, 32, 2].
    """
    has_signal = images[..., ENERGY] > threshold
    if connected:
        has_signal = _connected_to_hottest(images[..., ENERGY], has_signal)
    return np.where(has_signal[..., None], images, np.float32(0))


def _connected_to_hottest(
    energy: NDArray[np.float32], has_signal: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    from scipy.ndimage import binary_propagation

    n_images = len(energy)
    hottest = np.zeros_like(has_signal).reshape(n_images, -1)
    hottest[np.arange(n_images), energy.reshape(n_images, -1).argmax(axis=1)] = True
    hottest = hottest.reshape(has_signal.shape) & has_signal
    # images lie along the first axis and do not touch
    return binary_propagation(hottest, structure=np.ones((1, 3, 3)), mask=has_signal)
