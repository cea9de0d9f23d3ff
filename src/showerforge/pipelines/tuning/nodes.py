"""Nodes of the search for settings."""

import logging
from pathlib import Path
from typing import Any

import pandas as pd

import showerforge
from showerforge.parameters import DataProcessingParameters, ModellingParameters, TuningParameters
from showerforge.pipelines.provenance import provenance_of

logger = logging.getLogger(__name__)


def _tuning(
    tuning: TuningParameters,
    modelling: ModellingParameters,
    processing: DataProcessingParameters,
    seed: int,
) -> Any:
    """Collect what is searched, and how."""
    from showerforge.classifiers.trials import Tuning

    search = {model: tuning.search[model] for model in tuning.models}
    models = modelling.models.model_dump()
    return Tuning(
        search={
            model: {name: setting.model_dump() for name, setting in settings.items()}
            for model, settings in search.items()
        },
        models={model: models[model] for model in tuning.models},
        figure_of_merit=tuning.figure_of_merit,
        feature_sets=processing.feature_sets,
        features=processing.features,
        n_trials=tuning.n_trials,
        minutes=tuning.minutes,
        n_workers=tuning.n_workers,
        n_random_trials=tuning.n_random_trials,
        n_unpruned_trials=tuning.pruning.n_trials,
        n_unpruned_folds=tuning.pruning.n_folds,
        seed=seed,
    )


def run_trials(
    train_events: pd.DataFrame,
    data: dict[str, Any],
    tuning_journal: Path,
    tuning: TuningParameters,
    modelling: ModellingParameters,
    processing: DataProcessingParameters,
    seed: int,
) -> list[dict[str, Any]]:
    """Run the trials that are not finished yet; the journal keeps each as it comes.

    Returns
    -------
    tuning_runs : see `showerforge.classifiers.tuning.tune`.
    """
    from showerforge.classifiers.tuning import tune

    provenance = provenance_of(train_events, data, processing, seed)
    return tune(
        tuning_journal, train_events, provenance, _tuning(tuning, modelling, processing, seed)
    )


def tabulate_trials(
    tuning_runs: list[dict[str, Any]],
    tuning: TuningParameters,
    modelling: ModellingParameters,
    processing: DataProcessingParameters,
    seed: int,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """List trials, and what each setting matters.

    Returns
    -------
    tuning_trials : all finished trials with their settings.
    tuning_importance : share of the variation that each setting explains.
    """
    from showerforge.classifiers import tuning_results as results

    settings = _tuning(tuning, modelling, processing, seed)
    return (
        results.tabulate_trials(tuning_runs, settings),
        results.measure_importance(tuning_runs, settings),
    )


def take_best_settings(
    tuning_runs: list[dict[str, Any]],
    train_events: pd.DataFrame,
    data: dict[str, Any],
    tuning: TuningParameters,
    modelling: ModellingParameters,
    processing: DataProcessingParameters,
    seed: int,
) -> tuple[dict[str, Any], pd.DataFrame, dict[str, float]]:
    """Compare the best setting of each model with the shipped one, on the same folds.

    Returns
    -------
    tuned_settings : what the stage modelling can use instead of the shipped settings.
    tuning_comparison : changes with intervals.
    tuning_metrics : the same for tracking.
    """
    from showerforge.classifiers import tuning_results as results

    comparison = results.compare_with_shipped(tuning_runs, modelling.evaluation.confidence)
    provenance = {
        **provenance_of(train_events, data, processing, seed),
        "figure_of_merit": tuning.figure_of_merit,
        "showerforge": showerforge.__version__,
    }
    return (
        results.best_settings(tuning_runs, comparison, provenance),
        comparison,
        results.headline_metrics(comparison),
    )


def draw_tuning(
    tuning_trials: pd.DataFrame, tuning_importance: pd.DataFrame, data: dict[str, Any]
) -> tuple[Any, Any, Any]:
    """Draw the course of the search and the importance of the settings."""
    from showerforge.figures import tuning

    footer = data["footer"]
    return (
        tuning.history(tuning_trials, footer),
        tuning.interactive_history(tuning_trials, footer),
        tuning.importance(tuning_importance, footer),
    )
