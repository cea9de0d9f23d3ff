"""Nodes of the stage synthetic_generation, for experiments with images."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from showerforge.generation_parameters import AnyGeneration, CameraGenerationParameters
from showerforge.image_parameters import AnyProcessing, ImageProcessingParameters
from showerforge.pipelines.generating import (
    choose_training,
    conditions_of,
    gather_training,
    make_detector,
    measure_images,
    source_of,
)

if TYPE_CHECKING:
    from showerforge.generators.images.interface import ImageGenerator

logger = logging.getLogger(__name__)


def fit_image_generators(
    event_images: Any,
    train_events: pd.DataFrame,
    processing: AnyProcessing,
    generation: AnyGeneration,
    seed: int,
) -> tuple[dict[str, bytes], pd.DataFrame, pd.DataFrame]:
    """Fit all generators to training images, and to nothing else.

    Returns
    -------
    image_generators : content of the file of each, by key.
    generator_curves : one row per generator and epoch: ``generator``, ``label``, ``epoch``,
        ``loss``, its name, and ``value``.
    fit_costs : one row per generator: ``generator``, ``label``, ``fit_seconds`` of CPU,
        ``megabytes``.
    """
    from showerforge.generators.images.catalogue import build_image_generator
    from showerforge.generators.images.files import to_bytes
    from showerforge.networks.backends import run_each_alone

    detector = make_detector(event_images, processing, generation)
    events = choose_training(train_events, generation, seed)

    def fit(key: str) -> tuple[bytes, pd.DataFrame, float]:
        training = gather_training(event_images, events, detector, processing)
        settings = generation.generators[key]
        generator = build_image_generator(settings.name, settings.options)
        begin = time.process_time()
        generator.fit(training, seed)
        return to_bytes(generator), generator.curves_, time.process_time() - begin

    keys = list(generation.generators)
    jobs = [(key,) for key in keys]
    fitted = run_each_alone(fit, jobs, generation.n_jobs, "Fitting generators of images")
    labels = _labels(generation)
    curves, costs = [], []
    for key, (content, curve, seconds) in zip(keys, fitted, strict=True):
        long = curve.melt("epoch", var_name="loss")
        curves.append(long.assign(generator=key, label=labels[key]))
        costs.append((key, labels[key], seconds, len(content) / 1e6))
    columns = ["generator", "label", "fit_seconds", "megabytes"]
    return (
        {key: content for key, (content, *_) in zip(keys, fitted, strict=True)},
        pd.concat(curves, ignore_index=True)[["generator", "label", "epoch", "loss", "value"]],
        pd.DataFrame(costs, columns=columns),
    )


def _labels(generation: AnyGeneration) -> dict[str, str]:
    """Name generators for people; by their key too where two are of a kind."""
    from showerforge.generators.images.catalogue import IMAGE_GENERATORS

    kinds = [settings.name for settings in generation.generators.values()]
    return {
        key: IMAGE_GENERATORS[settings.name].label
        + (f" ({key})" if kinds.count(settings.name) > 1 else "")
        for key, settings in generation.generators.items()
    }


def draw_judged_images(
    event_images: Any,
    train_events: pd.DataFrame,
    image_generators: dict[str, bytes],
    fit_costs: pd.DataFrame,
    processing: AnyProcessing,
    generation: AnyGeneration,
    seed: int,
) -> tuple[tuple[pd.DataFrame, Any], pd.DataFrame]:
    """Draw images of every generator under the conditions of training images, and measure them.

    Returns
    -------
    judged_images : table with what was asked for, what is measured, and ``generator``, the key;
        and float32[n, n_pixels, n_channels].
    generation_costs : `fit_costs` with ``images_per_cpu_second``.
    """
    from showerforge.generators.images.drawing import stream_drawn
    from showerforge.generators.images.files import from_bytes
    from showerforge.generators.images.recipes import draw_conditions
    from showerforge.generators.images.settings import LikeDataSettings

    detector = make_detector(event_images, processing, generation)
    training = conditions_of(choose_training(train_events, generation, seed), detector)
    recipe = LikeDataSettings(
        kind="like_data", n_images=dict.fromkeys(detector.particles, generation.n_judged)
    )
    conditions = draw_conditions(recipe, training, seed)
    tables, images, rates = [], [], {}
    for key, content in image_generators.items():
        generator = from_bytes(content, detector)
        _warm_up(generator, conditions, seed)
        begin = time.process_time()
        drawn = list(stream_drawn(generator, [conditions], recipe.n_all, seed))
        rates[key] = recipe.n_all / (time.process_time() - begin)
        for part in drawn:
            measured = measure_images(
                part.images, detector, processing, source_of(event_images, processing)
            )
            asked = part.conditions.rename(columns=_as_requested(detector))
            beside = asked.reset_index(drop=True).drop(columns="generator")
            tables.append(pd.concat([beside, measured], axis=1).assign(generator=key))
            images.append(part.images)
    table = pd.concat(tables, ignore_index=True)
    costs = fit_costs.assign(images_per_cpu_second=fit_costs["generator"].map(rates))
    return (table, np.concatenate(images)), costs


def _as_requested(detector: Any) -> dict[str, str]:
    from showerforge.validation.images.sets import REQUESTED

    return {
        column.name: REQUESTED + column.name
        for column in detector.conditions
        if column.name != "size"
    }


def _warm_up(generator: ImageGenerator, conditions: pd.DataFrame, seed: int) -> None:
    """Open networks and compile, which is no part of the time of an image."""
    first = conditions.groupby("particle").head(1)
    generator.sample(len(first), generator.honoured_of(first), seed)


def generate_camera_images(
    event_images: Any,
    train_events: pd.DataFrame,
    image_generators: dict[str, bytes],
    processing: ImageProcessingParameters,
    generation: CameraGenerationParameters,
    seed: int,
) -> Any:
    """Draw the images that the recipe asks for, which are written as they come.

    Returns
    -------
    generated_images : stream of images, for ever told from simulated and recorded ones.
    """
    from showerforge.cameras.streams import ImageStream
    from showerforge.generators.images.conditions import ConditionDensity
    from showerforge.generators.images.drawing import describe_generation, stream_images
    from showerforge.generators.images.files import from_bytes
    from showerforge.generators.images.interface import DRAWN_AT_ONCE
    from showerforge.generators.images.recipes import iterate_conditions

    detector = make_detector(event_images, processing, generation)
    generator = from_bytes(image_generators[generation.chosen], detector)
    events = choose_training(train_events, generation, seed)
    density = ConditionDensity().fit(conditions_of(events, detector), seed)
    recipe = generation.recipe
    logger.info("Generating %d images by the %s", recipe.n_all, generator.label)
    return ImageStream(
        stream_images(
            generator,
            iterate_conditions(recipe, density, seed, DRAWN_AT_ONCE, generation.extrapolate),
            recipe.n_all,
            seed,
            generation.extrapolate,
        ),
        describe_generation(generator, recipe.model_dump(mode="json"), seed),
    )
