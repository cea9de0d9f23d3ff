"""Nodes of the stage reporting that show what generated images are worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

import showerforge
from showerforge.classifiers.image_utility import CNN, LIGHTGBM
from showerforge.classifiers.image_utility_table import EVERY, TAIL
from showerforge.events.schema import GAMMA
from showerforge.generation_parameters import (
    AnyGeneration,
    AnyValidation,
    CalorimeterGenerationParameters,
    CameraGenerationParameters,
    CameraValidationParameters,
)
from showerforge.image_parameters import (
    AnyProcessing,
    CalorimeterModellingParameters,
    CalorimeterProcessingParameters,
    CalorimeterReportingParameters,
    CameraModellingParameters,
    ImageProcessingParameters,
    ImageReportingParameters,
    SimulationParameters,
)
from showerforge.pipelines.generating import clean_images, make_detector, pass_cuts
from showerforge.pipelines.image_sets import iterate_sets, make_monte_carlo_set
from showerforge.pipelines.reporting.judgement_nodes import classes_of

if TYPE_CHECKING:
    from showerforge.events.schema import Column
    from showerforge.validation.images.sets import ImageSet

#: showers of each primary by which the Monte Carlo is timed
TIMED_SHOWERS = 100
#: points of a generator in each panel of the quantiles, and random parts behind the band
N_QUANTILES, N_BANDS = 50, 100
#: what a reader must know
NOTES = (
    "Which generator is the best is told by the very results that describe it; the one whose "
    "images are written was set in the parameters beforehand.",
)
#: columns of costs that pages call otherwise
RENAMED = {"fit_seconds": "fit_cpu_seconds"}
#: images per second that are as good as none
TINY = 1e-9
#: what simulated images are called in figures
TEST = "Monte Carlo, test"


def time_monte_carlo(
    simulation: SimulationParameters, processing: ImageProcessingParameters, seed: int
) -> dict[str, float]:
    """Measure how many images that pass the cuts the Monte Carlo makes in a second of a processor.

    Returns
    -------
    monte_carlo_rate : images per CPU-second by particle.
    """
    import time

    from showerforge.cameras.hillas import parametrise

    production = simulation.production(seed)
    production.compile()
    showers = simulation.showers.model_copy(update={"showers_per_block": TIMED_SHOWERS})
    small = simulation.model_copy(update={"showers": showers}).production(seed)
    rates = {}
    for primary in simulation.beams:
        begin = time.process_time()
        events, triggered = small.observe(primary, 0, small.simulate(primary, 0))
        seconds = time.process_time() - begin
        images = events.take(triggered)
        table = parametrise(images.camera, images.recorded, processing.cleaning)
        n_kept = len(pass_cuts(table, processing))
        rates[str(events.table["particle"].iloc[0])] = n_kept / seconds
    return rates


def draw_generator_losses(generator_curves: pd.DataFrame, data: dict[str, Any]) -> Any:
    """Draw the course of the training of all generators."""
    from showerforge.figures.training import generator_losses

    return generator_losses(generator_curves, data["footer"])


def draw_generated_distributions(
    judged_images: tuple[pd.DataFrame, Any],
    event_images: Any,
    train_events: pd.DataFrame,
    test_events: pd.DataFrame,
    generation_costs: pd.DataFrame,
    certificate_summary: pd.DataFrame,
    processing: AnyProcessing,
    generation: AnyGeneration,
    validation: AnyValidation,
    data: dict[str, Any],
    seed: int,
) -> dict[str, Any]:
    """Draw quantiles, distances and correlations of all that is measured of generated images.

    Returns
    -------
    figures : ``qq_``, ``ks_`` and ``correlations_`` of each particle.
    """
    from showerforge.figures import generated_distributions as draw
    from showerforge.figures.certificate import correlation_triple
    from showerforge.report.generated_verdict import find_best_generator
    from showerforge.validation.dependence import compare_correlations
    from showerforge.validation.images.parameters import band_of_parameters, compare_parameters

    detector = make_detector(event_images, processing, generation)
    labels = dict(zip(generation_costs["generator"], generation_costs["label"], strict=True))
    sets = {
        each.generator: each.table for each in iterate_sets(judged_images, detector, processing)
    }
    best = find_best_generator(certificate_summary)
    columns = _columns(validation.columns)
    names = [column.name for column in columns]
    figures: dict[str, Any] = {}
    for particle in detector.particles:
        train, test = (
            events[events["particle"] == particle] for events in (train_events, test_events)
        )
        own = {
            key: table[(table["particle"] == particle) & table["size"].notna()]
            for key, table in sets.items()
        }
        by_label = {labels[key]: table for key, table in own.items() if len(table)}
        real = pd.concat([train, test])
        figures[f"qq_{particle}"] = draw.qq_of_generators(
            by_label, test, real, columns, N_QUANTILES, N_BANDS, seed, data["footer"]
        )
        figures[f"ks_{particle}"] = draw.ks_of_generators(
            {label: compare_parameters(table, test, names) for label, table in by_label.items()},
            band_of_parameters(real, len(test), len(test), names, N_BANDS, seed),
            {column.name: column.label for column in columns},
            data["footer"],
        )
        correlations = compare_correlations(own[best], test, names)
        figures[f"correlations_{particle}"] = correlation_triple(
            correlations, names, None, data["footer"]
        )
    return figures


def _columns(names: list[str]) -> list[Column]:
    from showerforge.calorimeter.columns import SHAPE_COLUMNS
    from showerforge.cameras.columns import IMAGE_COLUMNS

    known = {column.name: column for column in (*SHAPE_COLUMNS, *IMAGE_COLUMNS)}
    return [known[name] for name in names]


def draw_generated_camera_images(
    judged_images: tuple[pd.DataFrame, Any],
    event_images: Any,
    test_events: pd.DataFrame,
    image_metrics: pd.DataFrame,
    generated_scores: pd.DataFrame,
    test_scores: pd.DataFrame,
    separation: pd.DataFrame,
    generation_costs: pd.DataFrame,
    processing: ImageProcessingParameters,
    generation: CameraGenerationParameters,
    validation: CameraValidationParameters,
    reporting: ImageReportingParameters,
    data: dict[str, Any],
    seed: int,
) -> dict[str, Any]:
    """Draw generated camera images beside simulated ones, and what is seen of them.

    Returns
    -------
    figures : ``generated_``, ``sizes_``, ``spectra_`` and ``occupancy_`` of each particle, and
        ``gammaness``.
    """
    from showerforge.figures import generated_distributions, generated_images

    footer = data["footer"]
    detector = make_detector(event_images, processing, generation)
    labels = dict(zip(generation_costs["generator"], generation_costs["label"], strict=True))
    sets = list(iterate_sets(judged_images, detector, processing))
    simulated = make_monte_carlo_set(event_images, test_events, detector, processing)
    camera = event_images.camera
    figures: dict[str, Any] = {}
    scores: dict[str, dict[str, Any]] = {}
    reference = {}
    for particle in detector.particles:
        test = simulated.of(particle)
        own = _measured(sets, labels, particle)
        everything = {TEST: test, **own}
        figures[f"generated_{particle}"] = generated_images.side_by_side(
            camera, everything, reporting.shown_quantiles, footer
        )
        sized = {
            label: each for label, each in own.items() if np.isfinite(each.requested("size")).any()
        }
        figures[f"sizes_{particle}"] = generated_distributions.requested_sizes(
            sized, image_metrics, particle, footer
        )
        figures[f"spectra_{particle}"] = generated_distributions.pixel_spectra(own, test, footer)
        figures[f"occupancy_{particle}"] = generated_images.occupancy_maps(
            camera, everything, footer
        )
        table = judged_images[0]
        is_own = table["particle"] == particle
        scores[particle] = {
            label: generated_scores.loc[
                is_own & (table["generator"] == key), "gammaness"
            ].to_numpy()
            for key, label in labels.items()
        }
        is_test = (test_events["particle"] == particle).to_numpy()
        reference[particle] = test_scores.loc[is_test, validation.classifier].to_numpy()
    threshold = separation.set_index("classifier").loc[validation.classifier, "threshold"]
    figures["gammaness"] = generated_distributions.gammaness_distributions(
        scores, reference, threshold, footer
    )
    return figures


def _measured(
    sets: Sequence[ImageSet], labels: Mapping[str, str], particle: str
) -> dict[str, ImageSet]:
    """Take the images that can be measured, of the generators that have any."""
    own = {labels[each.generator]: each.of(particle) for each in sets}
    return {
        label: each.take(each.is_measured) for label, each in own.items() if each.is_measured.any()
    }


def draw_condition_steps(
    event_images: Any,
    train_events: pd.DataFrame,
    image_generators: dict[str, bytes],
    processing: ImageProcessingParameters,
    generation: CameraGenerationParameters,
    reporting: ImageReportingParameters,
    data: dict[str, Any],
    seed: int,
) -> Any:
    """Draw what the chosen generator makes of one seed when one condition changes."""
    from showerforge.figures.generated_images import condition_steps
    from showerforge.generators.images.files import from_bytes

    detector = make_detector(event_images, processing, generation)
    generator = from_bytes(image_generators[generation.chosen], detector)
    gammas = train_events[train_events["particle"] == GAMMA]
    honoured = [c for c in detector.conditions if c.name in generator.conditions]
    middle = {column.name: float(gammas[column.name].median()) for column in honoured}
    steps = []
    for column in honoured:
        values = gammas[column.name].quantile(reporting.shown_quantiles).tolist()
        images = [
            generator.sample(1, {"particle": GAMMA, **middle, column.name: value}, seed).images
            for value in values
        ]
        cleaned = clean_images(np.concatenate(images), detector, processing)
        steps.append((column, values, cleaned[:, :, 0]))
    title = f"{generator.label}: gammas of one seed, other conditions at their medians"
    return condition_steps(event_images.camera, steps, title, data["footer"])


def draw_generated_crystals(
    judged_images: tuple[pd.DataFrame, Any],
    event_images: Any,
    test_events: pd.DataFrame,
    generation_costs: pd.DataFrame,
    processing: CalorimeterProcessingParameters,
    generation: CalorimeterGenerationParameters,
    data: dict[str, Any],
    seed: int,
) -> dict[str, Any]:
    """Draw generated calorimeter images beside those of the test.

    Returns
    -------
    figures : ``generated_`` and ``spectra_`` of each particle.
    """
    from showerforge.calorimeter.columns import IMAGE_SHAPE
    from showerforge.figures.calorimeter import N_COLUMNS
    from showerforge.figures.calorimeter import event_images as draw
    from showerforge.figures.generated_distributions import pixel_spectra

    detector = make_detector(event_images, processing, generation)
    labels = dict(zip(generation_costs["generator"], generation_costs["label"], strict=True))
    sets = list(iterate_sets(judged_images, detector, processing))
    test = make_monte_carlo_set(event_images, test_events, detector, processing)
    figures: dict[str, Any] = {}
    for particle in detector.particles:
        own = _measured(sets, labels, particle)
        shown, titles = [], []
        for label, each in {"test": test.of(particle), **own}.items():
            some = each.draw(N_COLUMNS, seed)
            shown.append(some.images.reshape(-1, *IMAGE_SHAPE))
            titles += [f"{label}: {light:.3g}" for light in some.table["size"]]
        figures[f"generated_{particle}"] = draw(np.concatenate(shown), titles, data["footer"])
        figures[f"spectra_{particle}"] = pixel_spectra(own, test.of(particle), data["footer"])
    return figures


def write_camera_page(
    data: dict[str, Any],
    provenance: dict[str, str],
    certificate_summary: pd.DataFrame,
    image_metrics: pd.DataFrame,
    generation_costs: pd.DataFrame,
    monte_carlo_rate: dict[str, float],
    image_utility_comparisons: pd.DataFrame,
    modelling: CameraModellingParameters,
    reporting: ImageReportingParameters,
    **figures: Any,
) -> str:
    """Write the page on generated camera images, as HTML.

    Parameters
    ----------
    data, ... : results of the other nodes.
    modelling, reporting : parameters.
    figures : PNG bytes by name.
    """
    return _write_page(
        data,
        provenance,
        certificate_summary,
        image_metrics,
        _compare_costs(generation_costs, image_metrics, monte_carlo_rate),
        _name_arms(image_utility_comparisons),
        modelling.confidence,
        reporting.title,
        figures,
    )


def write_crystal_page(
    data: dict[str, Any],
    provenance: dict[str, str],
    certificate_summary: pd.DataFrame,
    image_metrics: pd.DataFrame,
    generation_costs: pd.DataFrame,
    modelling: CalorimeterModellingParameters,
    reporting: CalorimeterReportingParameters,
    **figures: Any,
) -> str:
    """Write the page on generated calorimeter images; see `write_camera_page`."""
    return _write_page(
        data,
        provenance,
        certificate_summary,
        image_metrics,
        generation_costs.rename(columns=RENAMED).assign(speed_ratio=np.nan),
        pd.DataFrame(columns=["question", "answer"]),
        modelling.confidence,
        reporting.title,
        figures,
    )


def _name_arms(comparisons: pd.DataFrame) -> pd.DataFrame:
    """Put names for people to what was compared."""
    learner = comparisons["learner"].map({CNN: "CNN", LIGHTGBM: "LightGBM"})
    subset = comparisons["subset"].map({EVERY: "all energies", TAIL: "high energies"})
    return comparisons.assign(
        candidate_label=learner + ", " + subset + ": " + comparisons["candidate"],
        against_label=comparisons["against"],
        figure="roc_auc",
    )


def _write_page(
    data: dict[str, Any],
    provenance: dict[str, str],
    certificate_summary: pd.DataFrame,
    image_metrics: pd.DataFrame,
    costs: pd.DataFrame,
    utility: pd.DataFrame,
    confidence: float,
    title: str,
    figures: Mapping[str, Any],
) -> str:
    from showerforge.report import page
    from showerforge.report.generated import lay_out_generated

    generated = lay_out_generated(certificate_summary, image_metrics, costs, utility, NOTES)
    return page.render(
        {
            "title": f"{title}: generated images",
            "version": showerforge.__version__,
            "footer": data["footer"],
            "provenance": provenance,
            "note": " · ".join(filter(None, [data["origin"], data["note"]])),
            "confidence": page.format_percent(confidence),
            "classes": classes_of(data),
            "generated": generated,
            "images": figures,
        },
        "generated_page.html.j2",
    )


def _compare_costs(
    costs: pd.DataFrame, image_metrics: pd.DataFrame, monte_carlo_rate: dict[str, float]
) -> pd.DataFrame:
    """Put the Monte Carlo beside the generators, by images that pass the cuts, half of either."""
    lost = image_metrics[image_metrics["metric"] == "size_lost"].groupby("generator")["value"]
    kept = 1 - costs["generator"].map(lost.mean())
    costs = costs.rename(columns=RENAMED)
    costs["images_per_cpu_second"] *= kept
    times = [1 / max(rate, TINY) for rate in monte_carlo_rate.values()]
    rate = len(times) / sum(times)
    own = pd.DataFrame(
        {
            "generator": ["monte_carlo"],
            "label": ["embedded Monte Carlo"],
            "fit_cpu_seconds": [np.nan],
            "images_per_cpu_second": [rate],
        }
    )
    both = pd.concat([costs, own], ignore_index=True)
    return both.assign(speed_ratio=both["images_per_cpu_second"] / rate)
