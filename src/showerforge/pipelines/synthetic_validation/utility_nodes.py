"""Nodes of the stage synthetic_validation that ask whether generated images help."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from showerforge.generation_parameters import (
    CameraGenerationParameters,
    CameraValidationParameters,
)
from showerforge.image_parameters import CameraModellingParameters, ImageProcessingParameters
from showerforge.pipelines.generating import gather_training, make_detector, source_of
from showerforge.pipelines.modelling.experiments import experiment_of, make_contenders

if TYPE_CHECKING:
    from showerforge.classifiers.labelled_images import LabelledImages
    from showerforge.generators.images.detectors import Detector
    from showerforge.generators.images.settings import ImageRecipe


def study_utility(
    event_images: Any,
    train_events: pd.DataFrame,
    test_events: pd.DataFrame,
    processing: ImageProcessingParameters,
    generation: CameraGenerationParameters,
    modelling: CameraModellingParameters,
    validation: CameraValidationParameters,
    seed: int,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Ask whether generated images help a classifier that has few simulated ones.

    Returns
    -------
    image_utility, image_utility_comparisons : see
        `showerforge.classifiers.image_utility_table.judge_study`.
    """
    from showerforge.cameras.columns import IMAGE_PARAMETERS
    from showerforge.classifiers.image_utility import UtilityRecipe, run_study
    from showerforge.classifiers.image_utility_table import judge_study
    from showerforge.classifiers.labelled_images import LabelledImages

    settings = validation.utility
    contenders = {c.name: c for c in make_contenders(event_images, processing, modelling)}
    contender = contenders[settings.classifier]
    recipe = UtilityRecipe(
        signal=experiment_of(modelling).classes.signal,
        n_few=settings.n_few,
        n_generated=settings.n_generated,
        n_repeats=settings.n_repeats,
        validation_fraction=settings.validation_fraction,
        tail_energy=settings.tail_energy,
        columns=IMAGE_PARAMETERS,
        lightgbm=modelling.lightgbm.model_dump(),
        network=contender.settings,
        layout=contender.layout,
        n_resamples=modelling.n_resamples,
        confidence=modelling.confidence,
        seed=seed,
    )
    detector = make_detector(event_images, processing, generation)

    def generate(few: pd.DataFrame, n: int, own_seed: int) -> dict[str, LabelledImages]:
        return _generate_for_utility(
            event_images,
            few,
            n,
            detector,
            processing,
            validation,
            contender.view.settings,
            own_seed,
        )

    train, test = (
        LabelledImages(events, contender.view.read) for events in (train_events, test_events)
    )
    scores = run_study(train, test, generate, recipe, modelling.n_jobs)
    return judge_study(scores, test_events, recipe)


def _generate_for_utility(
    event_images: Any,
    few: pd.DataFrame,
    n: int,
    detector: Detector,
    processing: ImageProcessingParameters,
    validation: CameraValidationParameters,
    view: Any,
    seed: int,
) -> dict[str, LabelledImages]:
    """Fit a generator to few images, and draw images like them and balanced in energy."""
    from showerforge.cameras.images import EventImages
    from showerforge.classifiers.image_utility import WITH_BALANCED, WITH_GENERATED
    from showerforge.classifiers.labelled_images import label_generated
    from showerforge.generators.images.drawing import stream_images
    from showerforge.generators.images.files import from_bytes
    from showerforge.generators.images.recipes import draw_conditions
    from showerforge.generators.images.settings import BalancedSettings, LikeDataSettings
    from showerforge.networks.backends import require, run_alone

    settings = validation.utility
    training = gather_training(event_images, few, detector, processing)
    content = run_alone(require(), _fit, settings.generator, training, seed)
    generator = from_bytes(content, detector)
    n_images = dict.fromkeys(detector.particles, n)
    recipes: dict[str, ImageRecipe] = {
        WITH_GENERATED: LikeDataSettings(kind="like_data", n_images=n_images),
        WITH_BALANCED: BalancedSettings(
            kind="balanced", n_images=n_images, n_energy_bins=settings.n_energy_bins
        ),
    }
    labelled, n_before = {}, 0
    for arm, recipe in recipes.items():
        conditions = draw_conditions(recipe, training.conditions, seed)
        drawn = list(stream_images(generator, [conditions], recipe.n_all, seed, n_before=n_before))
        images = EventImages(
            drawn[0].camera,
            pd.concat([part.table for part in drawn]),
            np.concatenate([part.recorded for part in drawn]),
        )
        labelled[arm] = label_generated(
            images,
            processing.cleaning,
            processing.cuts,
            view,
            source_of(event_images, processing),
        )
        n_before += recipe.n_all
    return labelled


def _fit(settings: Any, training: Any, seed: int) -> bytes:
    from showerforge.generators.images.catalogue import build_image_generator
    from showerforge.generators.images.files import to_bytes

    return to_bytes(build_image_generator(settings.name, settings.options).fit(training, seed))
