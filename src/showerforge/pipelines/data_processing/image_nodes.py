"""Nodes of the stage data_processing, for experiments with images."""

from __future__ import annotations

import logging
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

import showerforge
from showerforge.cameras.columns import IMAGE_PARAMETERS
from showerforge.cameras.sources import find_source
from showerforge.classifiers.classes import GAMMA_HADRON
from showerforge.errors import InputError, list_problems, suggest_names
from showerforge.events.cuts import apply_cuts, tabulate_cut_flow
from showerforge.events.schema import GAMMA, HADRON
from showerforge.events.splits import split_with_folds
from showerforge.image_parameters import ImageProcessingParameters
from showerforge.pipelines.origin import name_origin, name_seeds

logger = logging.getLogger(__name__)

#: images in memory at a time
BATCH_EVENTS = 2000
#: showers of each particle in every fold, at least
SHOWERS_PER_FOLD = 2
#: columns that are made here; a table of images must have others
MADE_HERE = (*IMAGE_PARAMETERS, "row", "group", "fold", "reason")


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
        If there are no images, nothing says of which particle and shower they are, or a column
        is called like one of `MADE_HERE`.
    """
    from showerforge.cameras.hillas import parametrise

    source = settings.source_of(event_images.attributes)
    tables = []
    for batch in event_images.batches(BATCH_EVENTS):
        _check_known(batch.table)
        _check_particles(batch.table["particle"])
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
    taken = [name for name in MADE_HERE if name in table]
    if taken:
        raise InputError(
            f"The table of the images has columns called {', '.join(taken)}, the names of what is "
            "measured and made here. Give them other names; see docs/own-images.md. Nothing has "
            "been written."
        )
    if not pd.api.types.is_integer_dtype(table["shower_id"]):
        raise InputError(
            f"shower_id of the images is of the type {table['shower_id'].dtype}; it must be a "
            "whole number. Nothing has been written."
        )


def _check_particles(particles: pd.Series) -> None:
    wrong = particles[~particles.isin([GAMMA, HADRON])]
    if len(wrong):
        problems = [f"event {event}: {value!r}" for event, value in wrong.items()]
        near = suggest_names(str(wrong.iloc[0]), [GAMMA, HADRON])
        raise InputError(
            f"particle of {len(wrong):,} images is neither {GAMMA!r} nor {HADRON!r}{near}:\n"
            f"{list_problems(problems)}\n"
            f"All that is no {GAMMA} is a {HADRON}; a column `primary` may tell protons from "
            "others. Nothing has been written."
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
    cuts = settings.all_cuts
    kept, rejected = apply_cuts(image_parameters, cuts)
    for reason, count in rejected["reason"].value_counts().items():
        logger.info("Rejected %d images that fail %s", count, reason)
    _check_showers(kept, settings)
    before = {"recorded": image_parameters["particle"].value_counts().to_dict()}
    if "thrown" in event_images.attributes:
        before = {"thrown": event_images.attributes["thrown"], "triggered": before["recorded"]}
    cut_flow = tabulate_cut_flow(image_parameters, cuts, before)
    return kept.assign(group=kept["shower_id"]), rejected, cut_flow


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
    data_summary : camera, source and counts, the seed of the split and that of the showers, if
        they were simulated here, and ``footer``, a line for every figure.
    """
    camera, attributes = event_images.camera.name, event_images.attributes
    source = find_source(attributes, pd.concat([train_events, test_events]))
    shower_seed = attributes.get("seed")
    note = f"{settings.note} · " if settings.note else ""
    n_events = len(train_events) + len(test_events)
    origin = name_origin(source, attributes)
    return {
        "source": source,
        "origin": origin,
        "detector": camera,
        "classes": asdict(GAMMA_HADRON),
        "note": settings.note,
        "seed": seed,
        "shower_seed": shower_seed,
        "n_train": len(train_events),
        "n_test": len(test_events),
        "n_train_showers": int(train_events["group"].nunique()),
        "n_test_showers": int(test_events["group"].nunique()),
        "footer": f"{note}showerforge {showerforge.__version__} · "
        f"{origin} · images of {camera} · {n_events:,} events · "
        f"{name_seeds(seed, shower_seed, 'showers')}",
    }
