"""Nodes of the stage data_processing, for experiments with images."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import pandas as pd

import showerforge
from showerforge.errors import InputError
from showerforge.events.constraints import Constraint
from showerforge.events.cuts import apply_cuts, tabulate_cut_flow
from showerforge.events.schema import GAMMA, HADRON
from showerforge.events.splits import split_with_folds
from showerforge.image_parameters import ImageProcessingParameters
from showerforge.pipelines.origin import MONTE_CARLO

logger = logging.getLogger(__name__)

#: images in memory at a time
BATCH_EVENTS = 2000
#: showers of each particle in every fold, at least
SHOWERS_PER_FOLD = 2


def parametrise_images(event_images: Any, settings: ImageProcessingParameters) -> pd.DataFrame:
    """Clean and measure the images.

    Parameters
    ----------
    event_images : `showerforge.cameras.streams.ImageSource`, simulated or recorded.
    settings : the cleaning.

    Returns
    -------
    image_parameters : DataFrame, indexed by ``event_id``: what is measured of every image, all
        NaN where too few pixels are left; what is known about the event; and ``row``, the place
        of its image in the file.

    Raises
    ------
    InputError
        If there are no images, or nothing says of which particle and shower they are.
    """
    from showerforge.cameras.hillas import parametrise

    source = settings.source_of(event_images.attributes)
    tables = []
    for batch in event_images.batches(BATCH_EVENTS):
        _check_known(batch.table)
        measured = parametrise(
            batch.camera,
            batch.recorded,
            settings.cleaning,
            source=source,
        )
        tables.append(pd.concat([measured.set_index(batch.table.index), batch.table], axis=1))
    events = pd.concat(tables)
    return events.assign(row=np.arange(len(events)))


def _check_known(table: pd.DataFrame) -> None:
    missing = [name for name in ("particle", "shower_id") if name not in table]
    if missing:
        raise InputError(
            f"The table of the images has no {' and no '.join(missing)}. Training needs to know "
            f"whether each image is of a {GAMMA} or {HADRON}, and splits keep images of one shower "
            f"together. It has {', '.join(map(str, table.columns))}; see docs/own-images.md. "
            "Nothing has been written."
        )


def select_events(
    image_parameters: pd.DataFrame, event_images: Any, settings: ImageProcessingParameters
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Keep the images that are good enough, and count what each cut takes.

    Parameters
    ----------
    image_parameters : see `parametrise_images`.
    event_images : whose attributes say how many events were thrown, if they were simulated here.
    settings : cleaning and cuts.

    Returns
    -------
    features : kept events, with ``group``, the shower, which no split may separate.
    rejected_events : the others, with the ``reason``.
    cut_flow : see `showerforge.events.cuts.tabulate_cut_flow`.

    Raises
    ------
    InputError
        If too few showers of a particle are left for the splits.
    """
    cuts = [_enough_pixels(settings), *settings.cuts]
    kept, rejected = apply_cuts(image_parameters, cuts)
    for reason, count in rejected["reason"].value_counts().items():
        logger.info("Rejected %d images that fail %s", count, reason)
    _check_showers(kept, settings)
    before = {"recorded": image_parameters["particle"].value_counts().to_dict()}
    if "thrown" in event_images.attributes:
        before = {"thrown": event_images.attributes["thrown"], "triggered": before["recorded"]}
    cut_flow = tabulate_cut_flow(image_parameters, cuts, before)
    return kept.assign(group=kept["shower_id"]), rejected, cut_flow


def _enough_pixels(settings: ImageProcessingParameters) -> Constraint:
    minimum = settings.cleaning.minimum_pixels
    return Constraint(
        name=f"at least {minimum} pixels",
        left="n_pixels",
        relation=">=",
        right=minimum,
        because="smaller images are not parametrised",
    )


def _check_showers(events: pd.DataFrame, settings: ImageProcessingParameters) -> None:
    needed = SHOWERS_PER_FOLD * settings.n_folds / (1 - settings.test_fraction)
    n_showers = events.groupby("particle")["shower_id"].nunique()
    for particle in (GAMMA, HADRON):
        if n_showers.get(particle, 0) < needed:
            raise InputError(
                f"The cuts leave images of {n_showers.get(particle, 0):,} {particle} showers, too "
                f"few for a test split and {settings.n_folds} folds; {needed:.0f} are needed. "
                "Bring or simulate more events, loosen the cuts, or lower n_folds. Nothing has "
                "been written."
            )


def split_showers(
    features: pd.DataFrame, settings: ImageProcessingParameters, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split into training events, with their fold, and test events.

    Returns
    -------
    train, test : stratified by particle; no shower is on both sides, nor in two folds.
    """
    return split_with_folds(features, settings.test_fraction, settings.n_folds, seed)


def describe_images(
    event_images: Any,
    train_events: pd.DataFrame,
    test_events: pd.DataFrame,
    settings: ImageProcessingParameters,
    seed: int,
) -> dict[str, Any]:
    """Collect the numbers and the provenance of the images.

    Returns
    -------
    data_summary : camera, source and counts, and ``footer``, a line for every figure.
    """
    camera, source = event_images.camera.name, event_images.attributes.get("source", "recorded")
    note = f"{settings.note} · " if settings.note else ""
    n_events = len(train_events) + len(test_events)
    return {
        "source": source,
        "camera": camera,
        "note": settings.note,
        "seed": seed,
        "n_train": len(train_events),
        "n_test": len(test_events),
        "n_train_showers": int(train_events["group"].nunique()),
        "n_test_showers": int(test_events["group"].nunique()),
        "footer": f"{note}showerforge {showerforge.__version__} · {_name_origin(source)} · images "
        f"of {camera} · {n_events:,} events · seed {seed}",
    }


def _name_origin(source: str) -> str:
    """Say where images come from, so that nobody takes simulated ones for others."""
    return MONTE_CARLO if source == "simulated" else source.upper()
