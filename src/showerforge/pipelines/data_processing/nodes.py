"""Nodes of the stage data_processing."""

import logging
from pathlib import Path
from typing import Any

import pandas as pd

from showerforge.errors import InputError
from showerforge.events.constraints import check_quarantined_fraction, quarantine
from showerforge.events.features import with_features
from showerforge.events.schema import GAMMA, HADRON, HILLAS_PARAMETERS
from showerforge.events.splits import (
    assign_folds,
    group_duplicates,
    split_train_test,
    take_sample,
)
from showerforge.generators import build_generator
from showerforge.parameters import DataProcessingParameters, SyntheticGenerationParameters

logger = logging.getLogger(__name__)


def quarantine_events(
    raw_events: pd.DataFrame,
    settings: DataProcessingParameters,
    generation: SyntheticGenerationParameters,
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, Any]]:
    """Part events that obey physics from those that do not.

    Parameters
    ----------
    raw_events : the table as read, checked against its schema.
    settings : constraints, and the share of events that may break them.
    generation : the generator, which needs a minimum of events in every fold.

    Returns
    -------
    valid, quarantined : the same rows, parted; `quarantined` names the first broken relation
        in ``reason``.
    summary : file, checksum and counts of the raw table.

    Raises
    ------
    InputError
        If too many events break constraints, or a class has too few events.
    """
    valid, quarantined = quarantine(raw_events, settings.constraints)
    check_quarantined_fraction(valid, quarantined, settings.maximum_quarantined_fraction)
    file = raw_events.attrs["file"]
    _check_class_sizes(valid, file, settings, generation)
    summary = {
        "file": Path(file).name,
        "sha256": raw_events.attrs["sha256"],
        "n_events": len(raw_events),
        "n_quarantined": len(quarantined),
    }
    return valid, quarantined, summary


def _check_class_sizes(
    events: pd.DataFrame,
    file: str,
    settings: DataProcessingParameters,
    generation: SyntheticGenerationParameters,
) -> None:
    """Refuse tables too small for the splits and the generator, before anything is written."""
    generator = build_generator(generation.generator.name, generation.generator.options)
    sampled = min(1.0, (settings.maximum_events or len(events)) / len(events))
    left_for_fit = sampled * (1 - settings.test_fraction) * (1 - 1 / settings.n_folds)
    for particle in (GAMMA, HADRON):
        n = int((events["particle"] == particle).sum())
        needed = 2 * settings.n_folds
        if particle == generation.particle:
            needed = max(needed, generator.minimum_events())
        if n * left_for_fit < needed:
            raise InputError(
                f"{file}: {n:,} {particle} events are too few. After the test split and in "
                f"{settings.n_folds} folds, about {n * left_for_fit:.0f} would be left for a fit, "
                f"but {needed} are needed. Bring more events, or lower n_folds, test_fraction or "
                "the generator's number of neighbours. Nothing has been written."
            )


def group_events(
    valid_events: pd.DataFrame, settings: DataProcessingParameters, seed: int
) -> pd.DataFrame:
    """Number the events and group exact duplicates.

    Returns
    -------
    events : DataFrame, indexed by ``event_id``, the row of the event in the file, with
        ``group``, the same for events that agree in all columns.
    """
    events = valid_events.rename_axis("event_id")
    events["group"] = group_duplicates(events, [*HILLAS_PARAMETERS, "particle"])
    n_duplicates = len(events) - events["group"].nunique()
    logger.info("%d exact duplicates are kept together by every split", n_duplicates)
    if settings.maximum_events is not None:
        n_all = len(events)
        events = take_sample(events, settings.maximum_events, seed)
        logger.info("Random sample of %d of %d events (maximum_events)", len(events), n_all)
    return events


def engineer_features(events: pd.DataFrame, settings: DataProcessingParameters) -> pd.DataFrame:
    """Put the engineered features beside the recorded parameters."""
    return with_features(events, settings.feature_sets)


def split_events(
    events: pd.DataFrame, settings: DataProcessingParameters, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split into training events, with their fold, and test events.

    Returns
    -------
    train, test : stratified by particle; no group is on both sides, nor in two folds.
    """
    train, test = split_train_test(events, settings.test_fraction, seed)
    return train.assign(fold=assign_folds(train, settings.n_folds, seed)), test
