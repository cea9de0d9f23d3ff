"""Nodes of the study of the classifiers."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from showerforge.parameters import (
    ComparisonParameters,
    DataProcessingParameters,
    ModellingParameters,
    SyntheticGenerationParameters,
)


def _study(
    model_settings: dict[str, Any],
    comparison: ComparisonParameters,
    modelling: ModellingParameters,
    processing: DataProcessingParameters,
    generation: SyntheticGenerationParameters,
    seed: int,
) -> Any:
    """Collect what the study compares, and how."""
    from showerforge.classifiers import comparison as study
    from showerforge.classifiers.candidates import Recipe
    from showerforge.classifiers.names import Training
    from showerforge.pipelines.making import make_events
    from showerforge.pipelines.observing import sky_of

    allowed = None if processing.features is None else tuple(processing.features)
    evaluation, generator = modelling.evaluation, generation.generators[comparison.generator]
    contenders = tuple(
        study.Contender(
            contender.label,
            tuple(contender.models),
            Training(contender.training),
            *(
                (tuple(processing.feature_sets), allowed)
                if contender.feature_sets is None
                else (tuple(contender.feature_sets), None)
            ),
        )
        for contender in comparison.contenders
    )
    learning = tuple(c for c in contenders if c.label in comparison.learning_contenders)
    return study.Comparison(
        topics=(
            study.Topic(
                study.MODELS,
                contenders,
                (1.0,),
                comparison.n_inner_folds,
                has_threshold=True,
                on_test=True,
            ),
            study.Topic(
                study.FEATURES,
                study.ablation(comparison.ablation_model, processing.feature_sets),
                (1.0,),
                n_inner_folds=0,
                has_threshold=False,
                on_test=False,
            ),
            study.Topic(
                study.SIZES,
                learning,
                tuple(comparison.learning_shares),
                comparison.n_inner_folds,
                has_threshold=False,
                on_test=True,
            ),
        ),
        recipe=Recipe(
            processing.feature_sets,
            {**model_settings["models"], **comparison.models.model_dump()},
            evaluation.operating_point.minimum_gamma_efficiency,
            modelling.cuts.n_steps,
            seed,
            processing.features,
        ),
        n_repeats=comparison.n_repeats,
        n_folds=comparison.n_folds,
        regularisation=modelling.stack.regularisation,
        **evaluation.operating_point.model_dump(),
        sky=sky_of(evaluation.observation),
        make_synthetic=lambda train, seed: make_events(
            generator, train, generation, processing, seed
        ),
        generation=[
            generator.model_dump(),
            generation.model_dump(exclude={"generators", "candidates", "reference"}),
            [rule.model_dump() for rule in processing.relations],
            processing.weight_neighbours,
        ],
    )


def plan_comparison(
    events: pd.DataFrame,
    test_events: pd.DataFrame,
    model_settings: dict[str, Any],
    comparison: ComparisonParameters,
    modelling: ModellingParameters,
    processing: DataProcessingParameters,
    generation: SyntheticGenerationParameters,
    seed: int,
) -> pd.DataFrame:
    """List all trainings of the study.

    Returns
    -------
    comparison_plan : see `showerforge.classifiers.comparison.plan_cells`.
    """
    from showerforge.classifiers.comparison import plan_cells

    is_test = events.index.to_series().isin(test_events.index)
    study = _study(model_settings, comparison, modelling, processing, generation, seed)
    return plan_cells(events, is_test, study)


def run_comparison(
    events: pd.DataFrame,
    test_events: pd.DataFrame,
    comparison_plan: pd.DataFrame,
    comparison_finished: dict[str, Any],
    model_settings: dict[str, Any],
    comparison: ComparisonParameters,
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
    from showerforge.classifiers.cells import unfinished
    from showerforge.classifiers.comparison import run_cells

    to_do = unfinished(comparison_plan, comparison_finished)
    is_test = events.index.to_series().isin(test_events.index)
    study = _study(model_settings, comparison, modelling, processing, generation, seed)
    for record in run_cells(events, is_test, to_do, study, modelling.n_jobs):
        yield {record["key"]: record}


def tabulate_comparison(
    comparison_plan: pd.DataFrame,
    comparison_cells: dict[str, Any],
    model_settings: dict[str, Any],
    comparison: ComparisonParameters,
    modelling: ModellingParameters,
    processing: DataProcessingParameters,
    generation: SyntheticGenerationParameters,
    seed: int,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Summarise the study.

    Returns
    -------
    comparison_table : see `showerforge.classifiers.comparison.tabulate`.
    acceptance_table : the models, laid out like the tables of Bock et al. 2004.
    """
    from showerforge.classifiers.comparison import acceptance_table, tabulate

    study = _study(model_settings, comparison, modelling, processing, generation, seed)
    table = tabulate(comparison_plan, comparison_cells, study, modelling.evaluation.confidence)
    return table, acceptance_table(table)


def draw_comparison(
    comparison_table: pd.DataFrame, data: dict[str, Any], modelling: ModellingParameters
) -> tuple[Any, Any, Any]:
    """Draw the models, what families of features are worth, and learning curves."""
    from showerforge.figures import comparison

    confidence, footer = modelling.evaluation.confidence, data["footer"]
    return (
        comparison.models(comparison_table, confidence, footer),
        comparison.ablation(comparison_table, confidence, footer),
        comparison.learning_curves(comparison_table, confidence, footer),
    )
