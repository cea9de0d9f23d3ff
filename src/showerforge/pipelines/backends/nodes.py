"""Nodes of the study of backends."""

from __future__ import annotations

from typing import Any

import pandas as pd

from showerforge.events.schema import GAMMA
from showerforge.events.splits import check_same_events
from showerforge.image_parameters import (
    BackendsParameters,
    CameraModellingParameters,
    ImageProcessingParameters,
)
from showerforge.pipelines.modelling.image_nodes import judgement_recipe

#: fold that tells when to stop, and by which thresholds are chosen
VALIDATION_FOLD = 0


def find_backends(backends: BackendsParameters) -> dict[str, str]:
    """Look for the backends before any work is done.

    Returns
    -------
    backend_versions : by name, those that are compared.

    Raises
    ------
    InputError
        If one that is needed is not installed.
    """
    from showerforge.networks.backends import is_installed, require, version_of

    for name in backends.backends:
        require(name)
    others = [name for name in backends.if_installed if is_installed(name)]
    return {name: version_of(name) for name in dict.fromkeys([*backends.backends, *others])}


def train_backends(
    event_images: Any,
    train_events: pd.DataFrame,
    test_events: pd.DataFrame,
    backend_versions: dict[str, str],
    processing: ImageProcessingParameters,
    backends: BackendsParameters,
    seed: int,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Train the same networks on all backends.

    Returns
    -------
    backend_out_of_fold, backend_test_scores : scores of training and test events, a column for
        each training.
    backend_agreement, backend_costs : see `showerforge.classifiers.image_backends`.
    """
    from showerforge.cameras.views import CameraView
    from showerforge.classifiers import image_backends
    from showerforge.events.splits import take_sample
    from showerforge.networks.comparison import Exercise, LabelledImages, train_on_backends

    view = CameraView(event_images, processing.cleaning, backends.view)

    def read(events: pd.DataFrame) -> LabelledImages:
        is_signal = (events["particle"] == GAMMA).to_numpy()
        return LabelledImages(view.read(events["row"].to_numpy()), is_signal)

    is_validation = (train_events["fold"] == VALIDATION_FOLD).to_numpy()
    fitted = take_sample(train_events[~is_validation], backends.maximum_events, seed)
    exercise = Exercise(
        backends.network,
        view.layout,
        read(fitted),
        read(train_events[is_validation]),
        read(test_events),
    )
    seeds = range(seed, seed + backends.n_seeds)
    outcomes = train_on_backends(exercise, list(backend_versions), seeds)
    return (
        *image_backends.collect_scores(outcomes, train_events, is_validation, test_events),
        image_backends.tabulate_agreement(outcomes, backend_versions),
        image_backends.tabulate_costs(outcomes, backend_versions),
    )


def judge_backends(
    train_events: pd.DataFrame,
    test_events: pd.DataFrame,
    backend_out_of_fold: pd.DataFrame,
    backend_test_scores: pd.DataFrame,
    backend_agreement: pd.DataFrame,
    modelling: CameraModellingParameters,
    seed: int,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, dict[str, float]]:
    """Judge all trainings on the test events, and compare each backend with the first.

    Returns
    -------
    backends, backend_comparisons, backend_curves : see `showerforge.classifiers.image_backends`.
    backend_metrics : the same for tracking.
    """
    from showerforge.classifiers import image_backends
    from showerforge.classifiers.image_judgement import ScoredEvents

    check_same_events(backend_test_scores, test_events, "backend_test_scores", "test_events")
    scored = ScoredEvents(
        train_events, test_events, backend_out_of_fold, backend_test_scores, GAMMA
    )
    recipe = judgement_recipe(modelling, seed)
    table = image_backends.judge_backends(scored, backend_agreement, recipe)
    comparisons = image_backends.compare_backends(scored, backend_agreement, recipe)
    return (
        table,
        comparisons,
        image_backends.tabulate_curves(scored, backend_agreement),
        image_backends.summarise_backends(table, comparisons),
    )


def draw_backends(
    backends: pd.DataFrame,
    backend_costs: pd.DataFrame,
    backend_curves: pd.DataFrame,
    modelling: CameraModellingParameters,
    data: dict[str, Any],
) -> Any:
    """Draw quality and costs of all backends side by side."""
    from showerforge.figures.backends import backend_comparison
    from showerforge.pipelines.reporting.judgement_nodes import classes_of

    judged = backends.merge(backend_costs, on=["backend", "version", "seed"])
    return backend_comparison(
        judged, backend_curves, classes_of(data), modelling.confidence, data["footer"]
    )
