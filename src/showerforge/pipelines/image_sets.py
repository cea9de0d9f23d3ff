"""Sets of images that are judged side by side: those of each generator, and simulated ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from showerforge.image_parameters import NotedSplitParameters
from showerforge.pipelines.generating import clean_images, pass_cuts, read_images

if TYPE_CHECKING:
    from showerforge.generators.images.detectors import Detector
    from showerforge.validation.images.sets import ImageSet

#: what tells how much light an image has, where the size does not
LIGHT = "energy"


def iterate_sets(
    judged_images: tuple[pd.DataFrame, Any], detector: Detector, processing: NotedSplitParameters
) -> Iterator[ImageSet]:
    """Make a set of the images of each generator; what fails the cuts counts as not measured."""
    from showerforge.validation.images.sets import REQUESTED, ImageSet

    table, images = judged_images
    passes = table.index.isin(pass_cuts(table, processing).index)
    measured = [
        name
        for name in table.select_dtypes("number")
        if not name.startswith(REQUESTED) and name != "shower_id"
    ]
    table = _with_size(table.assign(**table.loc[passes, measured].reindex(table.index)))
    for key in table["generator"].unique():
        own = np.flatnonzero(table["generator"] == key)
        cleaned = clean_images(np.asarray(images[own]), detector, processing)
        yield ImageSet(str(key), table.iloc[own].reset_index(drop=True), cleaned)


def _with_size(table: pd.DataFrame) -> pd.DataFrame:
    return table if "size" in table else table.assign(size=table[LIGHT])


def make_monte_carlo_set(
    event_images: Any, events: pd.DataFrame, detector: Detector, processing: NotedSplitParameters
) -> ImageSet:
    """Make a set of simulated images, as if they had been asked for what they are."""
    from showerforge.validation.images.sets import MONTE_CARLO, REQUESTED, ImageSet

    images = read_images(event_images, events, processing)
    asked = {
        REQUESTED + column.name: events[column.name]
        for column in detector.conditions
        if column.name != "size"
    }
    table = _with_size(events.assign(**asked)).reset_index(drop=True)
    return ImageSet(MONTE_CARLO, table, clean_images(images, detector, processing))
