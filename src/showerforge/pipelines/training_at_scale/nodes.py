"""Nodes of the training on partitions of labelled events."""

from __future__ import annotations

from typing import Any

import pandas as pd

from showerforge.at_scale.settings import TrainingAtScaleSettings
from showerforge.classifiers.names import Candidate, Training
from showerforge.parameters import DataProcessingParameters, ModellingParameters
from showerforge.pipelines.observing import sky_of
from showerforge.places import Place

#: what is trained, as other tables name it
CANDIDATE = Candidate("xgboost", Training.REAL)


def _reading(
    labelled_events: Place,
    unusable_events: Place,
    training: TrainingAtScaleSettings,
    processing: DataProcessingParameters,
    seed: int,
) -> Any:
    from showerforge.at_scale.labelled import Reading
    from showerforge.events.weights import SpectralIndices

    return Reading(
        source=labelled_events,
        refused=unusable_events,
        constraints=tuple(processing.relations),
        spectra={k: SpectralIndices(**v.model_dump()) for k, v in processing.spectra.items()},
        label=training.label,
        group=training.group,
        test_fraction=processing.test_fraction,
        validation_fraction=training.validation_fraction,
        batch_events=training.batch_events,
        seed=seed,
    )


def survey_partitions(
    labelled_events: Place,
    unusable_events: Place,
    training: TrainingAtScaleSettings,
    processing: DataProcessingParameters,
    seed: int,
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Look at all partitions, and write what cannot be used to a folder of its own.

    Returns
    -------
    partition_surveys : see `showerforge.at_scale.survey.PartitionSurvey`.
    data_summary_at_scale : see `showerforge.at_scale.survey.summarise`; and ``footer``, a line
        for figures.

    Raises
    ------
    InputError
        If a partition cannot be read, too many events cannot be used, or copies of an event would
        be on both sides of the split.
    """
    from dataclasses import asdict

    import showerforge
    from showerforge.at_scale.survey import check_refused, summarise, survey_folder

    reading = _reading(labelled_events, unusable_events, training, processing, seed)
    surveys = survey_folder(reading)
    summary = summarise(surveys)
    check_refused(summary, processing.maximum_quarantined_fraction, unusable_events)
    note = f"{processing.note} · " if processing.note else ""
    footer = (
        f"{note}showerforge {showerforge.__version__} · {summary['events']:,} events in "
        f"{summary['partitions']:,} partitions · seed {seed}"
    )
    return [asdict(survey) for survey in surveys], {**summary, "footer": footer}


def grow_trees(
    partition_surveys: list[dict[str, Any]],
    data_summary: dict[str, Any],
    labelled_events: Place,
    unusable_events: Place,
    training: TrainingAtScaleSettings,
    processing: DataProcessingParameters,
    seed: int,
    modelling: ModellingParameters,
) -> tuple[Any, dict[str, Any]]:
    """Train boosted trees on the training events of all partitions.

    Returns
    -------
    model_at_scale : fitted pipeline from recorded parameters to gammaness.
    training_costs_at_scale : ``seconds``, ``cpu_seconds``, None where trees grew on a cluster,
        ``n_trees`` and ``n_features``.
    """
    import time

    from showerforge.at_scale import boosting
    from showerforge.at_scale.survey import PartitionSurvey
    from showerforge.classifiers.candidates import Recipe, build_pipeline
    from showerforge.executors import ClusterExecutor, chosen_executor

    settings = {**modelling.models.xgboost.model_dump(), **training.overrides}
    recipe = Recipe(
        processing.feature_sets,
        {CANDIDATE.model: settings},
        modelling.evaluation.operating_point.minimum_gamma_efficiency,
        modelling.cuts.n_steps,
        seed,
        processing.features,
    )
    grown = boosting.Training(
        _reading(labelled_events, unusable_events, training, processing, seed),
        build_pipeline(CANDIDATE, recipe),
        data_summary["mean_weights"],
        training.page_events,
        training.cache,
    )
    executor = chosen_executor()
    begin, cpu = time.monotonic(), time.process_time()
    model = boosting.train(
        grown, [PartitionSurvey(**survey) for survey in partition_surveys], executor
    )
    costs = {
        "seconds": time.monotonic() - begin,
        # workers of a cluster are other processes
        "cpu_seconds": None if isinstance(executor, ClusterExecutor) else time.process_time() - cpu,
        "n_trees": settings["n_estimators"],
        "n_features": len(model.named_steps["features"].get_feature_names_out()),
    }
    return model, costs


def judge_held_out(
    model: Any,
    partition_surveys: list[dict[str, Any]],
    data_summary: dict[str, Any],
    labelled_events: Place,
    unusable_events: Place,
    training: TrainingAtScaleSettings,
    processing: DataProcessingParameters,
    seed: int,
    modelling: ModellingParameters,
) -> tuple[dict[str, Any], pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Choose thresholds on validation events, and judge the model on test events.

    Returns
    -------
    choice_at_scale : ``candidate``, the name of the model, and ``rule``.
    figures_of_merit_at_scale, sky_at_scale : see `showerforge.at_scale.judgement.Judgement`.
    train_events_at_scale, test_events_at_scale : some of the events, for a release.
    """
    from showerforge.at_scale.judgement import Scoring, choose_thresholds, judge, judge_folder
    from showerforge.at_scale.splits import Side
    from showerforge.at_scale.survey import PartitionSurvey

    evaluation = modelling.evaluation
    sampled = {
        side: min(1.0, training.sampled_events / sum(data_summary["counts"][side.label].values()))
        for side in (Side.TRAINING, Side.TEST)
    }
    reading = _reading(labelled_events, unusable_events, training, processing, seed)
    counts, samples = judge_folder(
        Scoring(reading, model, data_summary["mean_weights"], sampled),
        [PartitionSurvey(**survey) for survey in partition_surveys],
    )
    thresholds = choose_thresholds(
        counts,
        **evaluation.operating_point.model_dump(),
        gamma_efficiencies=evaluation.gamma_efficiencies,
    )
    judgement = judge(
        counts,
        CANDIDATE,
        thresholds,
        sky_of(evaluation.observation),
        evaluation.n_resamples,
        evaluation.confidence,
        evaluation.minimum_test_hadrons,
        seed,
    )
    choice = {
        "candidate": CANDIDATE.name,
        "rule": f"the one that learnt from {sum(data_summary['counts']['training'].values()):,} "
        f"events in {data_summary['partitions']:,} partitions",
    }
    return (
        choice,
        judgement.figures,
        judgement.operating_points,
        samples[Side.TRAINING],
        samples[Side.TEST],
    )


def summarise_training(
    data_summary: dict[str, Any], costs: dict[str, Any], figures_of_merit: pd.DataFrame
) -> dict[str, float]:
    """Flatten what a run is compared by into names and numbers, for MLflow.

    Returns
    -------
    metrics_at_scale : numbers of events, costs, and figures of merit with their intervals, such as
        ``roc_auc``, ``roc_auc.lower``.
    """
    import math

    metrics = {name: data_summary[name] for name in ("events", "refused", "partitions")}
    metrics |= {name: value for name, value in costs.items() if value is not None}
    for row in figures_of_merit.itertuples():
        metrics[row.figure] = row.test
        metrics[f"{row.figure}.lower"], metrics[f"{row.figure}.upper"] = (
            row.test_lower,
            row.test_upper,
        )
    # MLflow's store takes no infinity, as of Q without background
    return {name: float(value) for name, value in metrics.items() if math.isfinite(value)}
