"""Nodes of the stage data_processing, for the experiment with electrons and photons."""

from __future__ import annotations

import logging
from dataclasses import asdict
from typing import Any

import pandas as pd

import showerforge
from showerforge.calorimeter.columns import PARTICLES
from showerforge.classifiers.classes import ELECTRON_PHOTON
from showerforge.errors import InputError
from showerforge.events.cuts import tabulate_cut_flow
from showerforge.events.splits import split_with_folds, take_sample
from showerforge.image_parameters import CalorimeterProcessingParameters
from showerforge.pipelines.origin import name_origin, name_seeds

logger = logging.getLogger(__name__)

#: images in memory at a time; a pack of the public files has some thousand
BATCH_EVENTS = 2000
#: images of each particle in every fold, at least
IMAGES_PER_FOLD = 10


def measure_shapes(
    event_images: Any, settings: CalorimeterProcessingParameters
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, int]]:
    """Measure all images, and set aside those that cannot be used.

    Parameters
    ----------
    event_images : `showerforge.calorimeter.files.ClassFiles`, simulated or recorded.
    settings : what of an image is measured.

    Returns
    -------
    shower_shapes, quarantined_images, image_counts : see
        `showerforge.calorimeter.table.TabulatedImages`.
    """
    from showerforge.calorimeter.table import tabulate_images

    attributes = event_images.attributes
    origin = name_origin(attributes["source"], attributes)
    logger.info("Electrons and photons: %s, %d images", origin, len(event_images))
    cleaning = settings.cleaning
    found = tabulate_images(event_images, BATCH_EVENTS, cleaning.threshold, cleaning.connected)
    for place, reason in zip(found.quarantined["place"], found.quarantined["reason"], strict=True):
        logger.debug("%s: %s", place, reason)
    logger.info(
        "Set aside %d empty images, and %d with values that are no finite numbers",
        found.summary["n_empty"],
        found.summary["n_not_finite"],
    )
    return found.events, found.quarantined, found.summary


def split_images(
    shower_shapes: pd.DataFrame,
    quarantined_images: pd.DataFrame,
    settings: CalorimeterProcessingParameters,
    seed: int,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Split into training images, with their fold, and test images, and count what is lost.

    Returns
    -------
    train_events, test_events : stratified by particle; identical images are on one side, and in
        one fold.
    cut_flow : see `showerforge.events.cuts.tabulate_cut_flow`.

    Raises
    ------
    InputError
        If too few images of a particle are left for the splits.
    """
    chosen = shower_shapes
    if settings.maximum_events is not None:
        chosen = take_sample(shower_shapes, settings.maximum_events, seed)
    _check_numbers(chosen, settings)
    train, test = split_with_folds(chosen, settings.test_fraction, settings.n_folds, seed)
    return train, test, _count_steps(shower_shapes, quarantined_images, chosen)


def _count_steps(
    usable: pd.DataFrame, quarantined: pd.DataFrame, chosen: pd.DataFrame
) -> pd.DataFrame:
    from showerforge.calorimeter.table import EMPTY_IMAGE

    is_empty = quarantined["reason"].str.startswith(EMPTY_IMAGE)
    steps = {
        "in the files": [usable, quarantined],
        "all values are numbers": [usable, quarantined[is_empty]],
        "not empty": [usable],
    }
    if len(chosen) < len(usable):
        steps["in the random sample"] = [chosen]
    counts = {
        step: pd.concat([part["particle"] for part in parts])
        .value_counts()
        .reindex(PARTICLES, fill_value=0)
        .to_dict()
        for step, parts in steps.items()
    }
    return tabulate_cut_flow(chosen, [], counts)


def _check_numbers(events: pd.DataFrame, settings: CalorimeterProcessingParameters) -> None:
    needed = IMAGES_PER_FOLD * settings.n_folds / (1 - settings.test_fraction)
    n_groups = events.groupby("particle")["group"].nunique()
    for particle in PARTICLES:
        if n_groups.get(particle, 0) < needed:
            raise InputError(
                f"There are {n_groups.get(particle, 0):,} different {particle} images that can be "
                f"used, too few for a test split and {settings.n_folds} folds; {needed:.0f} are "
                "needed. Bring or simulate more images, raise maximum_events, or lower n_folds. "
                "Nothing has been trained."
            )


def describe_images(
    event_images: Any,
    image_counts: dict[str, int],
    train_events: pd.DataFrame,
    test_events: pd.DataFrame,
    settings: CalorimeterProcessingParameters,
    seed: int,
) -> dict[str, Any]:
    """Collect the numbers and the provenance of the images.

    Returns
    -------
    data_summary : source, files and counts, the seed of the split and that of the images, if they
        were simulated here, and ``footer``, a line for every figure.
    """
    attributes = event_images.attributes
    origin = name_origin(attributes["source"], attributes)
    image_seed = attributes.get("simulation", {}).get("seed")
    note = f"{settings.note} · " if settings.note else ""
    n_events = len(train_events) + len(test_events)
    return {
        "source": attributes["source"],
        "origin": origin,
        "detector": "crystal calorimeter",
        "files": attributes["files"],
        "counts": image_counts,
        "classes": asdict(ELECTRON_PHOTON),
        "note": settings.note,
        "seed": seed,
        "image_seed": image_seed,
        "n_train": len(train_events),
        "n_test": len(test_events),
        "footer": f"{note}showerforge {showerforge.__version__} · {origin} · "
        f"{n_events:,} electrons and photons · {name_seeds(seed, image_seed, 'images')}",
    }
