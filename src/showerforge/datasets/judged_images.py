"""Images of several generators, with a table of what they are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from showerforge.atomic import replaced_when_done
from showerforge.datasets.atomic import LocalFileDataset
from showerforge.errors import InputError

TABLE, IMAGES = "table.parquet", "images.npy"


class JudgedImagesDataset(LocalFileDataset):
    """Folder of a table and an array with a row for each of its rows.

    Saves and loads a DataFrame[n] and float32[n, n_pixels, n_channels]; the array is read from disk
    as it is needed.
    """

    def save(self, data: tuple[pd.DataFrame, Any]) -> None:
        """Write both, whole or not at all."""
        table, images = data
        with replaced_when_done(self._filepath) as partial:
            partial.mkdir()
            table.to_parquet(partial / TABLE)
            np.save(partial / IMAGES, images, allow_pickle=False)

    def load(self) -> tuple[pd.DataFrame, Any]:
        """Read the table, and open the images.

        Raises
        ------
        InputError
            If there are not as many images as rows.
        """
        table = pd.read_parquet(self._filepath / TABLE)
        images = np.load(self._filepath / IMAGES, mmap_mode="r", allow_pickle=False)
        if len(table) != len(images):
            raise InputError(
                f"{self._filepath}: there are {len(table):,} rows and {len(images):,} images. Run "
                "the stage synthetic_generation again."
            )
        return table, images

    def _exists(self) -> bool:
        return (self._filepath / TABLE).is_file() and (self._filepath / IMAGES).is_file()
