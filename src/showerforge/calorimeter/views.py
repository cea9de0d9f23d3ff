"""Electron and photon images as networks want to see them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from showerforge.calorimeter.cleaning import clean_images
from showerforge.calorimeter.columns import CHANNELS, ENERGY, IMAGE_SIDE, N_CRYSTALS, TIME
from showerforge.calorimeter.files import ClassFiles
from showerforge.calorimeter.settings import ViewSettings
from showerforge.calorimeter.symmetries import crystal_symmetries
from showerforge.networks.layout import Floats, Layout


@dataclass(frozen=True, eq=False)
class CalorimeterView:
    """Images of files in a view.

    Attributes
    ----------
    source : the files.
    settings : what is shown.
    """

    source: ClassFiles
    settings: ViewSettings

    @property
    def layout(self) -> Layout:
        """How the crystals lie, and which mirror images are alike."""
        return Layout(number_crystals(), crystal_symmetries())

    @property
    def patches(self) -> NDArray[np.int32]:
        """int32[1024, 9], each crystal with its eight neighbours; -1 is none."""
        numbers = np.pad(number_crystals(), 1, constant_values=-1)
        blocks = np.lib.stride_tricks.sliding_window_view(numbers, (3, 3))
        return blocks.reshape(N_CRYSTALS, 9).copy()

    def images(self, rows: NDArray[np.integer]) -> Floats:
        """Read images by their number, cleaned.

        Returns
        -------
        images : float32[n, 32, 32, 2], in the units of the file.
        """
        images = self.source.read(rows)
        cleaning = self.settings.cleaning
        if cleaning is None:
            # the time of a crystal without energy means nothing, and may be anything
            has_energy = images[..., ENERGY] != 0
            images[..., TIME] = np.where(has_energy, images[..., TIME], 0)
            return images
        return clean_images(images, cleaning.threshold, cleaning.connected)

    def read(self, rows: NDArray[np.integer]) -> Floats:
        """Read images by their number, on the scale that networks see.

        Returns
        -------
        images : float32[n, 1024, n_channels].
        """
        images = self.images(rows)
        scale = self.settings.energy_scale
        if scale is not None:
            energy = images[..., ENERGY]
            np.arcsinh(energy / np.float32(scale), out=energy)
        shown = [CHANNELS.index(channel) for channel in self.settings.channels]
        return images[..., shown].reshape(len(images), N_CRYSTALS, len(shown))


def number_crystals() -> NDArray[np.int32]:
    """Number the crystals row by row, int32[32, 32]."""
    return np.arange(N_CRYSTALS, dtype=np.int32).reshape(IMAGE_SIDE, IMAGE_SIDE)
