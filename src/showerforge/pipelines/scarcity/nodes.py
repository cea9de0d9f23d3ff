"""Nodes of the scarcity study."""

import logging
from collections.abc import Iterator
from typing import Any

import pandas as pd

from showerforge.parameters import (
    DataProcessingParameters,
    ModellingParameters,
    ScarcityParameters,
    SyntheticGenerationParameters,
)

logger = logging.getLogger(__name__)


def _study(
    scarcity: ScarcityParameters,
    modelling: ModellingParameters,
    processing: DataProcessingParameters,
    generation: SyntheticGenerationParameters,
    seed: int,
) -> Any:
    """Collect what the study compares, and how."""
    from showerforge.classifiers.scarcity import Study

    return Study(
        budgets=scarcity.budgets,
        n_repeats=scarcity.n_repeats,
        generators={g.label: (g.name, g.options) for g in scarcity.generators},
        learners={learner.name: learner.members for learner in scarcity.learners},
        models=scarcity.models.model_dump(),
        feature_sets=processing.feature_sets,
        constraints=processing.relations,
        decimals=generation.decimals,
        maximum_rounds=generation.maximum_rounds,
        **modelling.evaluation.operating_point.model_dump(),
        n_resamples=scarcity.n_resamples,
        seed=seed,
        features=processing.features,
    )


def part_events(events: pd.DataFrame, scarcity: ScarcityParameters, seed: int) -> pd.DataFrame:
    """Part the events into those for training, for thresholds and for the one test.

    Returns
    -------
    scarcity_events : see `showerforge.classifiers.scarcity.split_events`.
    """
    from showerforge.classifiers.scarcity import split_events

    parted = split_events(
        events,
        scarcity.training_gammas,
        scarcity.test_hadrons,
        scarcity.validation_gammas,
        scarcity.validation_hadrons,
        seed,
    )
    for part, rows in parted.groupby("part", sort=False):
        counts = rows["particle"].value_counts()
        logger.info("%s: %d gammas, %d hadrons", part, counts["gamma"], counts["hadron"])
    return parted


def plan_cells(
    scarcity_events: pd.DataFrame,
    scarcity: ScarcityParameters,
    modelling: ModellingParameters,
    processing: DataProcessingParameters,
    generation: SyntheticGenerationParameters,
    seed: int,
) -> pd.DataFrame:
    """List all trainings of the study.

    Returns
    -------
    scarcity_plan : see `showerforge.classifiers.scarcity.plan_cells`.
    """
    from showerforge.classifiers import scarcity as study

    return study.plan_cells(
        scarcity_events, _study(scarcity, modelling, processing, generation, seed)
    )


def run_cells(
    scarcity_events: pd.DataFrame,
    scarcity_plan: pd.DataFrame,
    scarcity_finished: dict[str, Any],
    scarcity: ScarcityParameters,
    modelling: ModellingParameters,
    processing: DataProcessingParameters,
    generation: SyntheticGenerationParameters,
    seed: int,
) -> Iterator[dict[str, Any]]:
    """Run the cells that are not finished yet.

    Yields
    ------
    cells : record by key; Kedro saves each as it comes, so that none is lost when the study
        is stopped.
    """
    from showerforge.classifiers import scarcity as study
    from showerforge.classifiers.cells import unfinished

    to_do = unfinished(scarcity_plan, scarcity_finished)
    if to_do.empty:
        return
    settings = _study(scarcity, modelling, processing, generation, seed)
    for record in study.run_cells(scarcity_events, to_do, settings, modelling.n_jobs):
        yield {record["key"]: record}


def tabulate_changes(
    scarcity_plan: pd.DataFrame,
    scarcity_cells: dict[str, Any],
    scarcity: ScarcityParameters,
    modelling: ModellingParameters,
) -> tuple[pd.DataFrame, dict[str, float]]:
    """Compare every treatment with none, and say where synthetic events help.

    Returns
    -------
    scarcity_table : see `showerforge.classifiers.scarcity_table.tabulate_changes`.
    scarcity_metrics : changes of ROC-AUC at the headline budget.
    """
    from showerforge.classifiers import scarcity_table as results

    table = results.tabulate_changes(scarcity_plan, scarcity_cells, modelling.evaluation.confidence)
    for learner in scarcity.learners:
        logger.info("%s", results.headline(table, learner.name))
    return table, results.headline_metrics(table, scarcity.headline_budget)


def draw_changes(
    scarcity_table: pd.DataFrame, data: dict[str, Any], modelling: ModellingParameters
) -> tuple[Any, Any]:
    """Draw the change of ROC-AUC against the number of hadrons."""
    from showerforge.classifiers.scarcity_table import changes_of_auc
    from showerforge.figures import scarcity

    changes = changes_of_auc(scarcity_table)
    confidence, footer = modelling.evaluation.confidence, data["footer"]
    return (
        scarcity.changes_by_budget(changes, confidence, footer),
        scarcity.interactive_changes_by_budget(changes, confidence, footer),
    )
