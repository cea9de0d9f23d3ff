"""Nodes of the stage modelling."""

import logging
from typing import Any

import pandas as pd

from showerforge.events.splits import check_same_events
from showerforge.parameters import DataProcessingParameters, ModellingParameters

logger = logging.getLogger(__name__)


def _recipe(modelling: ModellingParameters, processing: DataProcessingParameters, seed: int) -> Any:
    """Collect what is needed to put classifiers together."""
    from showerforge.classifiers.candidates import Recipe

    return Recipe(
        processing.feature_sets,
        modelling.models.model_dump(),
        modelling.evaluation.operating_point.minimum_gamma_efficiency,
        modelling.cuts.n_steps,
        seed,
        processing.features,
    )


def cross_validate_models(
    train_events: pd.DataFrame,
    fold_synthetic_events: pd.DataFrame,
    generator_choice: dict[str, Any],
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
    recipe = _recipe(modelling, processing, seed)
    return cross_validate(train_events, synthetic, base_candidates(), recipe, modelling.n_jobs)


def fit_models(
    train_events: pd.DataFrame,
    synthetic_events: pd.DataFrame,
    reference_events: pd.DataFrame,
    modelling: ModellingParameters,
    processing: DataProcessingParameters,
    seed: int,
) -> dict[str, Any]:
    """Fit every model on all training events, with and without synthetic ones."""
    from showerforge.classifiers.candidates import base_candidates
    from showerforge.classifiers.names import Training
    from showerforge.classifiers.training import fit_all

    synthetic = {Training.SYNTHETIC: synthetic_events, Training.REFERENCE: reference_events}
    recipe = _recipe(modelling, processing, seed)
    return fit_all(train_events, synthetic, base_candidates(), recipe, modelling.n_jobs)


def stack_models(
    fitted_models: dict[str, Any],
    out_of_fold_scores: pd.DataFrame,
    train_events: pd.DataFrame,
    modelling: ModellingParameters,
) -> tuple[dict[str, Any], pd.DataFrame]:
    """Build the ensembles, with and without synthetic events, chosen and reference.

    Returns
    -------
    stacks : fitted ensemble for each name of a candidate.
    validation_scores : out-of-fold scores of all candidates, ensembles included.
    """
    from showerforge.classifiers.names import STACK, Candidate, Training
    from showerforge.classifiers.stacking import build_stack, cross_fit_stack

    check_same_events(out_of_fold_scores, train_events, "out_of_fold_scores", "train_events")
    members, regularisation = modelling.stack.members, modelling.stack.regularisation
    stacks, scores = {}, out_of_fold_scores.copy()
    for training in (Training.REAL, Training.SYNTHETIC, Training.REFERENCE):
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
    thresholds = judge.choose_thresholds(
        validation_scores, is_gamma, **evaluation.operating_point.model_dump()
    )
    training = judge.choose_training(
        validation_scores, is_gamma, train_events["fold"].to_numpy(), evaluation.confidence
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
    from showerforge.metrics.figures_of_merit import Sky

    check_same_events(validation_scores, train_events, "validation_scores", "train_events")
    check_same_events(test_scores, test_events, "test_scores", "test_events")
    evaluation, thresholds = modelling.evaluation, choice["thresholds"]
    train_is_gamma = training_columns(train_events)[1].to_numpy() == 1
    test_is_gamma = training_columns(test_events)[1].to_numpy() == 1
    fold = train_events["fold"].to_numpy()
    sky = Sky(**evaluation.observation.model_dump())
    on_test = judge.figures_on_test(
        test_scores, test_is_gamma, thresholds, sky, evaluation.n_resamples, seed
    )
    per_fold = judge.figures_per_fold(
        validation_scores, train_is_gamma, fold, sky, **evaluation.operating_point.model_dump()
    )
    return (
        judge.tabulate_figures(on_test, per_fold, thresholds, evaluation.confidence),
        judge.compare_candidates(on_test, per_fold, evaluation.confidence),
    )


def keep_model(stacks: dict[str, Any], choice: dict[str, Any]) -> Any:
    """Take the chosen ensemble."""
    return stacks[choice["candidate"]]


def measure_importance(
    model: Any, test_events: pd.DataFrame, modelling: ModellingParameters, seed: int
) -> pd.DataFrame:
    """Measure what each recorded parameter is worth to the kept model."""
    from showerforge.classifiers.evaluation import permutation_importance

    repeats = modelling.evaluation.importance_repeats
    return permutation_importance(model, test_events, repeats, seed, modelling.n_jobs)
