"""Images with what is measured of them, for classifiers of either."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from showerforge.cameras.images import EventImages
from showerforge.cameras.settings import CleaningSettings, ViewSettings
from showerforge.cameras.streams import HeldImages
from showerforge.events.constraints import Constraint
from showerforge.events.cuts import apply_cuts

Rows = NDArray[np.integer]


@dataclass(frozen=True, eq=False)
class LabelledImages:
    """Images, with what is measured of them.

    Attributes
    ----------
    table : DataFrame[n], image parameters, ``particle`` and ``row``; of Monte Carlo images also
        ``group``, the shower, and ``true_energy``, TeV; of generated ones ``generator``.
    read : gives the images of some rows, float32[n_rows, n_pixels, n_channels], scaled for a
        network.
    """

    table: pd.DataFrame
    read: Callable[[Rows], NDArray[np.float32]]

    def take(self, table: pd.DataFrame) -> LabelledImages:
        """Choose some of the images by their rows of the table."""
        return LabelledImages(table, self.read)


def label_generated(
    images: EventImages,
    cleaning: CleaningSettings,
    cuts: Sequence[Constraint],
    view: ViewSettings,
    source: tuple[float, float] = (0.0, 0.0),
) -> LabelledImages:
    """Clean, measure and cut generated images like all others.

    Parameters
    ----------
    images : see `showerforge.generators.images.drawing.stream_images`.
    cleaning, cuts, view : those of the Monte Carlo images.
    source : its place in the field of view, deg.
    """
    from showerforge.cameras.hillas import parametrise
    from showerforge.cameras.views import CameraView

    measured = parametrise(images.camera, images.recorded, cleaning, source=source)
    table = pd.concat([measured.set_index(images.table.index), images.table], axis=1)
    table = table.assign(row=np.arange(len(table)))
    kept, _ = apply_cuts(table[table["size"].notna()], cuts)
    return LabelledImages(kept, CameraView(HeldImages(images), cleaning, view).read)
