"""Nodes of the stage modelling."""

import logging
from typing import Any

import pandas as pd

from showerforge.events.schema import WEIGHT
from showerforge.events.splits import check_same_events
from showerforge.parameters import (
    DataProcessingParameters,
    ModellingParameters,
    check_model_settings,
)
from showerforge.pipelines.observing import sky_of
from showerforge.pipelines.provenance import provenance_of

logger = logging.getLogger(__name__)


def choose_settings(
    settings_from_tuning: dict[str, Any] | None,
    train_events: pd.DataFrame,
    data: dict[str, Any],
    modelling: ModellingParameters,
    processing: DataProcessingParameters,
    seed: int,
) -> dict[str, Any]:
    """Take the shipped settings of the base models, or the tuned ones.

    Returns
    -------
    model_settings : ``source`` ("shipped" or "tuned"), ``models``, the settings of each, and
        ``tuned``, value and provenance of those that were tuned.

    Raises
    ------
    InputError
        If tuned settings are wanted, but were not made, or belong to other training events.
    """
    from showerforge.classifiers.tuned_settings import with_tuned

    shipped = modelling.models.model_dump()
    if modelling.settings == "shipped":
        return {"source": "shipped", "models": shipped, "tuned": {}}
    provenance = provenance_of(train_events, data, processing, seed)
    models = with_tuned(shipped, settings_from_tuning, provenance)
    return {
        "source": "tuned",
        "models": check_model_settings(models),
        "tuned": settings_from_tuning,
    }


def _recipe(
    model_settings: dict[str, Any],
    modelling: ModellingParameters,
    processing: DataProcessingParameters,
    seed: int,
) -> Any:
    """Collect what is needed to put classifiers together."""
    from showerforge.classifiers.candidates import Recipe

    return Recipe(
        processing.feature_sets,
        model_settings["models"],
        modelling.evaluation.operating_point.minimum_gamma_efficiency,
        modelling.cuts.n_steps,
        seed,
        processing.features,
    )


def cross_validate_models(
    train_events: pd.DataFrame,
    fold_synthetic_events: pd.DataFrame,
    generator_choice: dict[str, Any],
    model_settings: dict[str, Any],
    modelling: ModellingParameters,
    processing: DataProcessingParameters,
    seed: int,
) -> pd.DataFrame:
    """Score every training event by models fitted without its fold.

    Synthetic events are those that were made without the fold too.
    """
    from showerforge.classifiers.candidates import base_candidates
    from showerforge.classifiers.names import Training
    from showerforge.classifiers.training import cross_validate

    by_generator = fold_synthetic_events["generator"]
    synthetic = {
        training: fold_synthetic_events[by_generator == generator_choice[role]]
        for training, role in (
            (Training.SYNTHETIC, "generator"),
            (Training.REFERENCE, "reference"),
        )
    }
    recipe = _recipe(model_settings, modelling, processing, seed)
    return cross_validate(train_events, synthetic, base_candidates(), recipe, modelling.n_jobs)


def fit_models(
    train_events: pd.DataFrame,
    synthetic_events: pd.DataFrame,
    reference_events: pd.DataFrame,
    model_settings: dict[str, Any],
    modelling: ModellingParameters,
    processing: DataProcessingParameters,
    seed: int,
) -> dict[str, Any]:
    """Fit every model on all training events, with and without synthetic ones."""
    from showerforge.classifiers.candidates import base_candidates
    from showerforge.classifiers.names import Training
    from showerforge.classifiers.training import fit_all

    synthetic = {Training.SYNTHETIC: synthetic_events, Training.REFERENCE: reference_events}
    recipe = _recipe(model_settings, modelling, processing, seed)
    return fit_all(train_events, synthetic, base_candidates(), recipe, modelling.n_jobs)


def stack_models(
    fitted_models: dict[str, Any],
    out_of_fold_scores: pd.DataFrame,
    train_events: pd.DataFrame,
    modelling: ModellingParameters,
) -> tuple[dict[str, Any], pd.DataFrame]:
    """Build the ensemble of every training.

    Returns
    -------
    stacks : fitted ensemble for each name of a candidate.
    validation_scores : out-of-fold scores of all candidates, ensembles included.
    """
    from showerforge.classifiers.names import STACK, STACKED, Candidate
    from showerforge.classifiers.stacking import build_stack, cross_fit_stack

    check_same_events(out_of_fold_scores, train_events, "out_of_fold_scores", "train_events")
    members, regularisation = modelling.stack.members, modelling.stack.regularisation
    stacks, scores = {}, out_of_fold_scores.copy()
    for training in STACKED:
        name = Candidate(STACK, training).name
        scores[name] = cross_fit_stack(
            out_of_fold_scores, train_events, members, training, regularisation
        )
        stacks[name] = build_stack(
            fitted_models, out_of_fold_scores, train_events, members, training, regularisation
        )
    return stacks, scores


def score_test_events(
    fitted_models: dict[str, Any], stacks: dict[str, Any], test_events: pd.DataFrame
) -> pd.DataFrame:
    """Score the held-out events by every candidate.

    Returns
    -------
    scores : DataFrame[n_events, n_candidates], gammaness.
    """
    from showerforge.classifiers.candidates import gammaness
    from showerforge.classifiers.training import training_columns

    parameters, _ = training_columns(test_events)
    return pd.DataFrame(
        {name: gammaness(model, parameters) for name, model in {**fitted_models, **stacks}.items()},
        index=test_events.index,
    )


def choose_model(
    validation_scores: pd.DataFrame,
    train_events: pd.DataFrame,
    modelling: ModellingParameters,
) -> dict[str, Any]:
    """Choose the product and all thresholds, by training events alone.

    Returns
    -------
    choice : ``candidate``, the ensemble that is kept, the ``rule`` that chose it, and
        ``thresholds`` of the quality factor of all candidates.
    """
    from showerforge.classifiers import evaluation as judge
    from showerforge.classifiers.names import STACK, Candidate
    from showerforge.classifiers.training import training_columns

    check_same_events(validation_scores, train_events, "validation_scores", "train_events")
    evaluation = modelling.evaluation
    is_gamma = training_columns(train_events)[1].to_numpy() == 1
    weight, fold = train_events[WEIGHT].to_numpy(), train_events["fold"].to_numpy()
    thresholds = judge.choose_thresholds(
        validation_scores, is_gamma, weight, **evaluation.operating_point.model_dump()
    )
    training = judge.choose_training(
        validation_scores, is_gamma, weight, fold, evaluation.confidence
    )
    candidate = Candidate(STACK, training).name
    logger.info("The model that is kept: %s", candidate)
    return {
        "candidate": candidate,
        "rule": "the stack; with synthetic events only if they raise its cross-validated ROC-AUC "
        f"with the whole {100 * evaluation.confidence:g} % interval above zero",
        "thresholds": thresholds,
    }


def evaluate_models(
    validation_scores: pd.DataFrame,
    test_scores: pd.DataFrame,
    train_events: pd.DataFrame,
    test_events: pd.DataFrame,
    choice: dict[str, Any],
    modelling: ModellingParameters,
    seed: int,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Judge all candidates on the same held-out events and the same folds.

    Returns
    -------
    figures_of_merit : long table of all figures with intervals.
    comparisons : paired changes between candidates with intervals.
    """
    from showerforge.classifiers import evaluation as judge
    from showerforge.classifiers.training import training_columns

    check_same_events(validation_scores, train_events, "validation_scores", "train_events")
    check_same_events(test_scores, test_events, "test_scores", "test_events")
    evaluation, thresholds = modelling.evaluation, choice["thresholds"]
    train_is_gamma = training_columns(train_events)[1].to_numpy() == 1
    test_is_gamma = training_columns(test_events)[1].to_numpy() == 1
    test_weight = test_events[WEIGHT].to_numpy()
    sky = sky_of(evaluation.observation)
    on_test = judge.figures_on_test(
        test_scores,
        test_is_gamma,
        test_weight,
        test_events["group"].to_numpy(),
        thresholds,
        sky,
        evaluation.n_resamples,
        seed,
    )
    per_fold = judge.figures_per_fold(
        validation_scores,
        train_is_gamma,
        train_events[WEIGHT].to_numpy(),
        train_events["fold"].to_numpy(),
        sky,
        **evaluation.operating_point.model_dump(),
    )
    comparisons = judge.compare_candidates(on_test, per_fold, evaluation.confidence)
    return (
        judge.tabulate_figures(on_test, per_fold, thresholds, evaluation.confidence),
        judge.with_delong(
            comparisons,
            test_scores,
            test_is_gamma,
            test_weight,
            test_events["group"].to_numpy(),
        ),
    )


def assess_operating_points(
    validation_scores: pd.DataFrame,
    test_scores: pd.DataFrame,
    train_events: pd.DataFrame,
    test_events: pd.DataFrame,
    choice: dict[str, Any],
    modelling: ModellingParameters,
    seed: int,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Take the cuts and the stacks to the telescope.

    Returns
    -------
    sky : long table of operating points and sources with intervals.
    detection_curves : detection time along the thresholds, for the figure.
    size_bins : long table of the performance in bins of image size.
    """
    from showerforge.classifiers import operating_points as judge
    from showerforge.classifiers.size_bins import judge_size_bins, size_bin_edges
    from showerforge.classifiers.training import training_columns
    from showerforge.metrics.intervals import bootstrap_weights
    from showerforge.metrics.sources import crab_gammas_per_hour

    check_same_events(validation_scores, train_events, "validation_scores", "train_events")
    check_same_events(test_scores, test_events, "test_scores", "test_events")
    evaluation, observation = modelling.evaluation, modelling.evaluation.observation
    train_is_gamma = training_columns(train_events)[1].to_numpy() == 1
    test_is_gamma = training_columns(test_events)[1].to_numpy() == 1
    train_weight, test_weight = train_events[WEIGHT].to_numpy(), test_events[WEIGHT].to_numpy()
    weights = test_weight * bootstrap_weights(
        test_is_gamma, evaluation.n_resamples, seed, test_events["group"].to_numpy()
    )
    rules = judge.Rules(
        evaluation.confidence,
        evaluation.minimum_test_hadrons,
        observation.minimum_signal_to_background,
    )
    analyses = judge.analyses(choice["candidate"])
    points = judge.choose_operating_points(
        validation_scores[analyses],
        train_is_gamma,
        train_weight[None],
        choice["thresholds"],
        evaluation.gamma_efficiencies,
    )
    of_prior = sky_of(observation)
    sources = judge.list_sources(
        of_prior,
        observation.source.crab_fluxes,
        crab_gammas_per_hour(
            observation.source.collection_area, observation.source.energy_threshold
        ),
    )
    hadrons_per_gamma = float(
        train_weight[~train_is_gamma].sum() / train_weight[train_is_gamma].sum()
    )
    sky = judge.judge_operating_points(
        test_scores, test_is_gamma, weights, points, sources, hadrons_per_gamma, rules
    )
    curves = judge.detection_curves(test_scores[analyses], test_is_gamma, weights, of_prior)
    compared = (choice["candidate"], judge.CLASSICAL)
    size_bins = judge_size_bins(
        test_scores,
        test_is_gamma,
        test_events["fSize"].to_numpy(),
        weights,
        {name: choice["thresholds"][name] for name in compared},
        size_bin_edges(train_events["fSize"].to_numpy(), evaluation.n_size_bins),
        rules,
    )
    return sky, curves, size_bins


def keep_model(stacks: dict[str, Any], choice: dict[str, Any]) -> Any:
    """Take the chosen ensemble."""
    return stacks[choice["candidate"]]


def measure_importance(
    model: Any, test_events: pd.DataFrame, modelling: ModellingParameters, seed: int
) -> pd.DataFrame:
    """Measure what each recorded parameter is worth to the kept model."""
    from showerforge.classifiers.explanation import permutation_importance

    evaluation = modelling.evaluation
    repeats = evaluation.explanation.importance_repeats
    return permutation_importance(
        model, test_events, repeats, evaluation.confidence, seed, modelling.n_jobs
    )


def explain_model(
    model: Any,
    test_events: pd.DataFrame,
    train_events: pd.DataFrame,
    modelling: ModellingParameters,
    processing: DataProcessingParameters,
    seed: int,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Tell what the kept model does with each recorded parameter.

    Returns
    -------
    shapley_values : Shapley values of the log-odds of gammaness, by event and parameter.
    shapley_summary : their mean absolute values with intervals.
    partial_dependence : mean gammaness against the value of each parameter.
    """
    from showerforge.classifiers import explanation

    evaluation, n_jobs = modelling.evaluation, modelling.n_jobs
    sizes = evaluation.explanation
    values = explanation.explain_events(
        model,
        test_events,
        train_events,
        sizes.shapley_events,
        sizes.shapley_background,
        seed,
        n_jobs,
    )
    summary = explanation.summarise_shapley_values(
        values, evaluation.n_resamples, evaluation.confidence, seed
    )
    dependence = explanation.partial_dependence(
        model,
        test_events,
        processing.relations,
        sizes.dependence_events,
        sizes.dependence_points,
        sizes.dependence_tail,
        seed,
        n_jobs,
    )
    return values, summary, dependence
