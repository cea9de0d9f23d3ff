"""Nodes of the stage data_processing."""

import logging
from pathlib import Path
from typing import Any

import pandas as pd

import showerforge
from showerforge.errors import InputError
from showerforge.events.alarm import check_names, check_separation
from showerforge.events.constraints import (
    broken_constraints,
    check_quarantined_fraction,
    quarantine,
)
from showerforge.events.features import with_features
from showerforge.events.schema import GAMMA, HADRON, HILLAS_PARAMETERS, WEIGHT
from showerforge.events.splits import (
    group_duplicates,
    join_groups,
    split_with_folds,
    take_sample,
)
from showerforge.events.units import check_units
from showerforge.events.weights import SpectralIndices, effective_number, weigh_events
from showerforge.generators import build_generator, n_to_balance
from showerforge.parameters import (
    DataProcessingParameters,
    ModellingParameters,
    SyntheticGenerationParameters,
)

logger = logging.getLogger(__name__)

MOST_FILES_NAMED = 3


def quarantine_events(
    raw_events: pd.DataFrame,
    settings: DataProcessingParameters,
    generation: SyntheticGenerationParameters,
    modelling: ModellingParameters,
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, Any]]:
    """Part events that obey physics from those that do not.

    Parameters
    ----------
    raw_events : the table as read, checked against its schema.
    settings : constraints, the share of events that may break them, and what raises an alarm.
    generation : the generator, which needs a minimum of events in every fold.
    modelling : the operating point, which needs a minimum of hadrons.

    Returns
    -------
    valid, quarantined : the same rows, parted; `quarantined` names the first broken relation
        in ``reason``.
    summary : file, checksum and counts of the raw table, and how many events break each
        constraint.

    Raises
    ------
    InputError
        If a column is likely in another unit, too many events break constraints, a class has
        too few events or groups, or a feature is likely a column that must not be one.
    """
    check_names(raw_events, settings.allowed_despite_alarm)
    if settings.check_units:
        check_units(raw_events)
    valid, quarantined = quarantine(raw_events, settings.relations)
    check_quarantined_fraction(valid, quarantined, settings.maximum_quarantined_fraction)
    file = raw_events.attrs["file"]
    _check_class_sizes(valid, file, settings, generation, modelling)
    check_separation(
        valid,
        settings.feature_sets,
        settings.features,
        settings.allowed_despite_alarm,
        settings.single_feature_auc_limit,
    )
    files = [Path(source["path"]).name for source in raw_events.attrs.get("files", [])]
    summary = {
        "file": _list_files(files or [Path(file).name]),
        "sha256": raw_events.attrs["sha256"],
        "n_events": len(raw_events),
        "n_quarantined": len(quarantined),
        "constraints": _count_broken_constraints(raw_events, settings),
    }
    return valid, quarantined, summary


def _list_files(names: list[str]) -> str:
    """Name the files so that they fit into the footer of a figure."""
    if len(names) <= MOST_FILES_NAMED:
        return ", ".join(names)
    return f"{names[0]} and {len(names) - 1} more"


def _check_class_sizes(
    events: pd.DataFrame,
    file: str,
    settings: DataProcessingParameters,
    generation: SyntheticGenerationParameters,
    modelling: ModellingParameters,
) -> None:
    """Refuse tables too small for splits, generator and threshold, before anything is written."""
    minimum_events = max(
        build_generator(settings.name, settings.options).minimum_events()
        for settings in (generation.generators[name] for name in generation.names)
    )
    sampled = min(1.0, (settings.maximum_events or len(events)) / len(events))
    left_for_fit = sampled * (1 - settings.test_fraction) * (1 - 1 / settings.n_folds)
    groups = _group(events)
    for particle in (GAMMA, HADRON):
        needed = 2 * settings.n_folds
        if particle == generation.particle:
            needed = max(needed, minimum_events)
        if particle == HADRON:
            needed = max(needed, modelling.evaluation.operating_point.minimum_surviving_hadrons)
        n = int((events["particle"] == particle).sum())
        if n * left_for_fit < needed:
            raise InputError(
                f"{file}: {n:,} {particle} events are too few. After the test split and in "
                f"{settings.n_folds} folds, about {n * left_for_fit:.0f} would be left for a fit, "
                f"but {needed} are needed. Bring more events, or lower n_folds, test_fraction, "
                "minimum_surviving_hadrons, or leave out candidates that need many. Nothing has "
                "been written."
            )
        n_groups = groups[events["particle"] == particle].nunique()
        if n_groups < 2 * settings.n_folds:
            raise InputError(
                f"{file}: the {particle} events are in {n_groups:,} groups, too few to keep each "
                f"on one side of the test split and of {settings.n_folds} folds; "
                f"{2 * settings.n_folds} are needed. Bring more showers or runs, name finer groups "
                "in the layout, or lower n_folds. Nothing has been written."
            )
    if n_to_balance(events["particle"], generation.particle, generation.ratio) < 1:
        raise InputError(
            f"{file}: there is nothing to generate. For each other event the table already has "
            f"{generation.ratio:g} {generation.particle}s or more. Raise the ratio in "
            "synthetic_generation, or choose the other particle. Nothing has been written."
        )


def group_events(
    valid_events: pd.DataFrame, settings: DataProcessingParameters, seed: int
) -> pd.DataFrame:
    """Number and weigh the events and group exact duplicates, whatever their label.

    Returns
    -------
    events : DataFrame, indexed by ``event_id``, the row of the event in the file, with
        ``group``, the same for events that agree in all parameters or share a group of the
        file, and ``weight``.
    """
    events = valid_events.rename_axis("event_id")
    events["group"] = _group(events)
    n_duplicates = int(events.duplicated(HILLAS_PARAMETERS).sum())
    logger.info("%d exact duplicates are kept together by every split", n_duplicates)
    if "group" in valid_events:
        logger.info("%d groups of events are kept together", events["group"].nunique())
    if settings.maximum_events is not None:
        n_all = len(events)
        events = take_sample(events, settings.maximum_events, seed)
        logger.info("Random sample of %d of %d events (maximum_events)", len(events), n_all)
    spectra: dict[str, SpectralIndices] = {
        particle: SpectralIndices(**indices.model_dump())
        for particle, indices in settings.spectra.items()
    }
    return weigh_events(events, spectra)


def _group(events: pd.DataFrame) -> pd.Series:
    """Group exact duplicates, and with them what the file says belongs together."""
    duplicates = group_duplicates(events, HILLAS_PARAMETERS)
    return join_groups(duplicates, events["group"]) if "group" in events else duplicates


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
    return split_with_folds(events, settings.test_fraction, settings.n_folds, seed)


def _count_broken_constraints(
    raw_events: pd.DataFrame, settings: DataProcessingParameters
) -> list[dict[str, Any]]:
    """Count the recorded events that break each constraint, by particle."""
    broken = broken_constraints(raw_events, settings.relations).groupby(raw_events["particle"])
    counts, shares = broken.sum(), broken.mean()
    return [
        {
            **rule.model_dump(include={"name", "severity", "because"}),
            "text": rule.text,
            **{
                particle: f"{counts.loc[particle, rule.name]:,} "
                f"({shares.loc[particle, rule.name] * 100:.1f} %)"
                for particle in (GAMMA, HADRON)
            },
        }
        for rule in settings.relations
    ]


def describe_data(
    raw_summary: dict[str, Any],
    train_events: pd.DataFrame,
    test_events: pd.DataFrame,
    settings: DataProcessingParameters,
    seed: int,
) -> dict[str, Any]:
    """Collect the numbers and the provenance of the data.

    Returns
    -------
    data : counts, checksum, and ``footer``, a line for every figure.
    """
    events = pd.concat([train_events, test_events])
    in_test = test_events["particle"].value_counts()
    note = f"{settings.note} · " if settings.note else ""
    return {
        **raw_summary,
        "note": settings.note,
        "seed": seed,
        "n_train": len(train_events),
        "n_test": len(test_events),
        "n_test_gamma": int(in_test[GAMMA]),
        "n_test_hadron": int(in_test[HADRON]),
        "n_duplicates": int(events.duplicated(HILLAS_PARAMETERS).sum()),
        "n_effective": {
            particle: round(effective_number(weights.to_numpy()), 1)
            for particle, weights in events.groupby("particle")[WEIGHT]
        },
        "is_weighted": bool(events[WEIGHT].nunique() > 1),
        "footer": f"{note}showerforge {showerforge.__version__} · {raw_summary['file']} "
        f"(SHA-256 {raw_summary['sha256'][:8]}) · {len(events):,} events · seed {seed}",
    }
