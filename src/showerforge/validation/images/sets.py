"""Images of one origin, with what was asked for and what is measured of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from showerforge.errors import InputError

#: key of simulated images in the tables where generators stand
MONTE_CARLO = "monte_carlo"
PARTICLE, GROUP = "particle", "group"
#: before the name of a condition: what was asked for
REQUESTED = "requested_"
#: what images can be asked for, see `showerforge.generators.images.detectors.CAMERA_CONDITIONS`
ENERGY, IMPACT, SIZE = "true_energy", "impact", "size"


@dataclass(frozen=True, eq=False)
class ImageSet:
    """Images of one generator, or of Monte Carlo.

    Attributes
    ----------
    generator : key; `MONTE_CARLO` of simulated images.
    table : one row per image: ``particle``; ``requested_true_energy``, TeV,
        ``requested_impact``, m, and ``requested_size``, p.e., NaN or left out where nothing of
        the kind was asked for; and the image parameters after cleaning, NaN where too few pixels
        are left, or a cut drops the image. Images of one shower have the same ``group``; without
        it all are independent.
    images : float32[n, n_pixels, n_channels], cleaned, zero in all pixels without signal, the
        charge in the first channel; the last axis may be left out where there is one channel.

    Raises
    ------
    InputError
        If the numbers of rows and images differ.
    """

    generator: str
    table: pd.DataFrame
    images: NDArray[np.float32]

    def __post_init__(self) -> None:
        if len(self.table) != len(self.images):
            raise InputError(
                f"The set of {self.generator} has {len(self.table):,} rows and "
                f"{len(self.images):,} images; there must be a row for each image."
            )
        if self.images.ndim == 2:
            object.__setattr__(self, "images", self.images[:, :, None])

    def __len__(self) -> int:
        return len(self.table)

    @property
    def charges(self) -> NDArray[np.float32]:
        """float32[n, n_pixels], the first channel."""
        return self.images[:, :, 0]

    @property
    def group(self) -> NDArray[np.int_]:
        """int[n], which images belong together."""
        return self.table[GROUP].to_numpy() if GROUP in self.table else np.arange(len(self))

    @property
    def is_measured(self) -> NDArray[np.bool_]:
        """bool[n], which images are left to be measured."""
        return self.table[SIZE].notna().to_numpy()

    def requested(self, condition: str) -> NDArray[np.float64]:
        """Give what was asked for, float[n], NaN where nothing was."""
        name = REQUESTED + condition
        return (
            self.table[name].to_numpy(float) if name in self.table else np.full(len(self), np.nan)
        )

    def take(self, rows: NDArray[Any]) -> ImageSet:
        """Choose images by number or by a mask."""
        return ImageSet(self.generator, self.table.iloc[rows], self.images[rows])

    def of(self, particle: str) -> ImageSet:
        """Choose the images of a particle."""
        return self.take((self.table[PARTICLE] == particle).to_numpy())

    def draw(self, n: int, seed: int) -> ImageSet:
        """Draw some images without repeating any; all, if there are not more."""
        if len(self) <= n:
            return self
        return self.take(np.sort(np.random.default_rng(seed).choice(len(self), n, replace=False)))
