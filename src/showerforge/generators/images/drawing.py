"""Generated images on their way into a file, as few in memory as one likes.

Generated images are told from others for ever: they have ids below zero, which no simulated or
recorded one has, the name of their generator beside them, and a file that says that it is
generated.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from showerforge.cameras.images import EventImages
from showerforge.cameras.sources import GENERATED, GENERATOR
from showerforge.cameras.storage import EVENT_ID
from showerforge.cameras.truth import UNKNOWN
from showerforge.errors import InputError
from showerforge.events.schema import GAMMA
from showerforge.generators.images.detectors import CameraDetector
from showerforge.generators.images.interface import (
    DRAWN_AT_ONCE,
    PARTICLE,
    DrawnImages,
    ImageGenerator,
)
from showerforge.generators.images.recipes import regroup
from showerforge.progress import track

#: the size is also measured of every image, so that the one that was asked for has another name
REQUESTED = {"size": "requested_size"}
#: primaries that the name of a particle tells
PRIMARIES = {GAMMA: "gamma"}


def stream_drawn(
    generator: ImageGenerator,
    conditions: Iterable[pd.DataFrame],
    n_images: int,
    seed: int,
    extrapolate: bool = False,
    n_before: int = 0,
) -> Iterator[DrawnImages]:
    """Draw an image for each row of tables of conditions.

    Images are drawn `DRAWN_AT_ONCE` at a time, each time from a stream of random numbers of its
    own, so that they are the same however the conditions are parted into tables.

    Parameters
    ----------
    generator : fitted.
    conditions : DataFrames, ``particle`` and conditions, such as of
        `showerforge.generators.images.recipes.iterate_conditions`; those that the generator does
        not honour are left aside.
    n_images : rows of all tables, for the progress.
    seed : of the draws.
    extrapolate : whether conditions beyond the training images are allowed; they are flagged.
    n_before : images that were generated before and have ids already.

    Yields
    ------
    drawn : images; their conditions are indexed by ``event_id``, -1, -2 and so on, and tell what
        was asked for (``size`` as ``requested_size``), NaN where the generator does not honour
        it, ``particle``, ``extrapolated``, ``shower_id``, an own one below zero, and
        ``generator``.

    Raises
    ------
    InputError
        See `showerforge.generators.images.interface.ImageGenerator.sample`.
    """
    blocks = regroup(conditions, DRAWN_AT_ONCE)
    n_blocks = math.ceil(n_images / DRAWN_AT_ONCE)
    begin = n_before
    for number, block in enumerate(track(blocks, f"Drawing images: {generator.label}", n_blocks)):
        honoured = generator.honoured_of(block)
        drawn = generator.sample(len(block), honoured, _seed_of(seed, number), extrapolate)
        ids = -1 - np.arange(begin, begin + len(block), dtype=np.int64)
        yield DrawnImages(drawn.images, _identify(drawn.conditions, generator, ids))
        begin += len(block)


def _seed_of(seed: int, number: int) -> int:
    """Make a seed for a block, unlike those of other blocks and seeds."""
    return int(np.random.SeedSequence([seed, number]).generate_state(1, np.uint64)[0])


def _identify(
    conditions: pd.DataFrame, generator: ImageGenerator, ids: np.ndarray[Any, np.dtype[np.int64]]
) -> pd.DataFrame:
    """Tell beside the conditions which images they are of."""
    asked = {
        REQUESTED.get(column.name, column.name): conditions.get(column.name, np.nan)
        for column in generator.detector_.conditions
    }
    table = pd.DataFrame({PARTICLE: conditions[PARTICLE].astype("str"), **asked})
    table["extrapolated"] = conditions["extrapolated"].astype(bool)
    table["shower_id"] = ids
    table[GENERATOR] = pd.array([generator.label] * len(table), dtype="str")
    return table.set_index(pd.Index(ids, name=EVENT_ID))


def stream_images(
    generator: ImageGenerator,
    conditions: Iterable[pd.DataFrame],
    n_images: int,
    seed: int,
    extrapolate: bool = False,
    n_before: int = 0,
    primaries: Mapping[str, str] = PRIMARIES,
) -> Iterator[EventImages]:
    """Draw camera images, for `showerforge.cameras.storage.write_images` and the pipelines.

    Parameters
    ----------
    generator, conditions, n_images, seed, extrapolate, n_before : see `stream_drawn`.
    primaries : primary of each particle, where all training images of it had the same.

    Yields
    ------
    images : float32[n, n_pixels], p.e.; the table of `stream_drawn` with ``primary``, "unknown"
        where `primaries` does not tell.

    Raises
    ------
    InputError
        If the generator is not one of camera images; see also `stream_drawn`.
    """
    detector = generator.detector_
    if not isinstance(detector, CameraDetector):
        raise InputError(
            f"{generator.label} draws images of {detector.name}, which is no camera. Event-image "
            "files hold camera images only. Nothing has been written."
        )
    drawn = stream_drawn(generator, conditions, n_images, seed, extrapolate, n_before)
    return (
        EventImages(
            detector.camera,
            part.conditions.assign(
                primary=part.conditions[PARTICLE].map(primaries).fillna(UNKNOWN).astype("str")
            ),
            part.images[:, :, 0],
        )
        for part in drawn
    )


def describe_generation(
    generator: ImageGenerator, recipe: Mapping[str, Any], seed: int
) -> dict[str, Any]:
    """Say where generated images come from, for the attributes of their file.

    Parameters
    ----------
    generator : fitted.
    recipe : what was wanted, as plain JSON.
    seed : of the draws.

    Returns
    -------
    attributes : ``source``, which is "generated", ``made_by``, and under ``generation`` options
        of the generator, recipe and seed.
    """
    return {
        "source": GENERATED,
        "made_by": generator.label,
        "generation": {
            "options": generator.get_params(deep=False),
            "recipe": dict(recipe),
            "seed": seed,
        },
    }
