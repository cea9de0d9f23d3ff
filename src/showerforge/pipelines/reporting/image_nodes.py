"""Nodes of the stage reporting, for experiments with images."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

import showerforge
from showerforge.events.schema import GAMMA, HADRON
from showerforge.image_parameters import (
    CameraModellingParameters,
    ImageProcessingParameters,
    ImageReportingParameters,
    SimulationParameters,
)
from showerforge.pipelines.origin import MONTE_CARLO
from showerforge.pipelines.reporting import judgement_nodes

#: images in memory at a time
BATCH_EVENTS = 2000
#: what the best classifier is measured by
REFERENCE = "width_alpha_cuts"
TRIGGERED, AFTER_CUTS = "triggered", "after quality cuts"


def follow_examples(
    simulation: SimulationParameters, reporting: ImageReportingParameters, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Follow some showers of fixed energies for their pictures.

    Returns
    -------
    example_profiles, example_light, light_maps : see `showerforge.showers.examples.Examples`.
    """
    from showerforge.cameras.catalogue import build_camera
    from showerforge.showers.examples import follow_examples as follow

    camera = build_camera(simulation.camera)
    examples = follow(simulation, reporting.examples, camera, seed, simulation.n_jobs)
    return examples.profiles, examples.light, examples.maps


def draw_showers(
    example_profiles: pd.DataFrame,
    example_light: pd.DataFrame,
    light_maps: pd.DataFrame,
    simulation: SimulationParameters,
    reporting: ImageReportingParameters,
    data: dict[str, Any],
    seed: int,
) -> tuple[Any, Any, Any]:
    """Draw particles in the air and light on the ground."""
    from showerforge.figures import showers as draw
    from showerforge.showers.profiles import widest_ring

    examples = reporting.examples
    note = f"{data['note']} · " if data["note"] else ""
    footer = (
        f"{note}showerforge {showerforge.__version__} · {MONTE_CARLO} · zenith angle "
        f"{examples.zenith:g}° · seed {seed}"
    )
    return (
        draw.longitudinal_profiles(example_profiles, examples.profile_energy, footer),
        draw.light_on_ground(
            example_light, widest_ring(simulation.site.altitude, examples.zenith), footer
        ),
        draw.light_maps(light_maps, examples.map_energy, footer),
    )


def measure_efficiency(
    thrown_events: pd.DataFrame,
    features: pd.DataFrame,
    simulation: SimulationParameters,
    modelling: CameraModellingParameters,
    reporting: ImageReportingParameters,
) -> pd.DataFrame:
    """Measure which share of the thrown events triggers and passes the cuts, by energy.

    Returns
    -------
    effective_area : one row per primary, step and bin, see
        `showerforge.metrics.efficiency.tabulate_efficiency`; and ``thrown_over``, m2 or m2 sr.
    """
    from showerforge.metrics.efficiency import tabulate_efficiency
    from showerforge.showers.beams import thrown_over

    tables = []
    for primary, beam in simulation.beams.items():
        own = thrown_events[thrown_events["primary"] == primary]
        table = tabulate_efficiency(
            own["true_energy"].to_numpy(),
            own["shower_id"].to_numpy(),
            {
                TRIGGERED: own["triggered"].to_numpy(),
                AFTER_CUTS: own.index.isin(features.index),
            },
            np.geomspace(beam.lowest_energy, beam.highest_energy, reporting.n_energy_bins + 1),
            modelling.confidence,
        )
        table.insert(0, "primary", primary)
        tables.append(table.assign(thrown_over=thrown_over(beam)))
    return pd.concat(tables, ignore_index=True)


def draw_efficiency(
    effective_area: pd.DataFrame, modelling: CameraModellingParameters, data: dict[str, Any]
) -> Any:
    """Draw efficiency and effective area against energy."""
    from showerforge.figures.efficiency import effective_areas

    return effective_areas(effective_area, modelling.confidence, data["footer"])


def draw_parameters(features: pd.DataFrame, data: dict[str, Any]) -> Any:
    """Draw the distributions of all image parameters."""
    from showerforge.figures.image_parameters import parameter_distributions

    return parameter_distributions(features, data["footer"])


def draw_views(
    features: pd.DataFrame,
    event_images: Any,
    processing: ImageProcessingParameters,
    reporting: ImageReportingParameters,
    data: dict[str, Any],
) -> tuple[Any, Any]:
    """Draw images of gammas and of hadrons at quantiles of their size, before and after cleaning.

    Returns
    -------
    gamma_views, hadron_views
    """
    from showerforge.cameras.cleaning import clean
    from showerforge.cameras.streams import take_images
    from showerforge.figures.camera_views import camera_views

    source = processing.source_of(event_images.attributes)
    figures = []
    for particle in (GAMMA, HADRON):
        own = features[features["particle"] == particle].sort_values("size")
        places = [round(share * (len(own) - 1)) for share in reporting.shown_quantiles]
        shown = own.iloc[places]
        camera, images = event_images.camera, take_images(event_images, shown["row"], BATCH_EVENTS)
        mask = clean(camera, images, processing.cleaning)
        figures.append(camera_views(camera, images, mask, shown, source, data["footer"]))
    return figures[0], figures[1]


def draw_examples(
    event_images: Any,
    examples: pd.DataFrame,
    occlusion: pd.DataFrame,
    network_card: dict[str, Any],
    processing: ImageProcessingParameters,
    modelling: CameraModellingParameters,
    data: dict[str, Any],
) -> tuple[Any, Any]:
    """Draw images that the kept network judges right and wrong, and what it looks at in them.

    Returns
    -------
    judged, occlusion
    """
    from showerforge.cameras.images import EventImages
    from showerforge.cameras.streams import take_images
    from showerforge.cameras.views import CameraView
    from showerforge.figures import camera_judged as draw

    rows = examples["row"].to_numpy()
    settings = modelling.networks[network_card["classifier"]].view
    view = CameraView(event_images, processing.cleaning, settings)
    recorded = EventImages(
        event_images.camera, examples, take_images(event_images, rows, BATCH_EVENTS)
    )
    return (
        draw.judged_images(recorded, examples, data["footer"]),
        draw.occlusion_maps(
            view.camera, view.charges(rows), occlusion.to_numpy(), examples, data["footer"]
        ),
    )


def write_camera_report(
    data: dict[str, Any],
    provenance: dict[str, str],
    cut_flow: pd.DataFrame,
    separation: pd.DataFrame,
    comparisons: pd.DataFrame,
    costs: pd.DataFrame,
    modelling: CameraModellingParameters,
    reporting: ImageReportingParameters,
    **figures: Any,
) -> str:
    """Write the report as one HTML page.

    Parameters
    ----------
    data, provenance, cut_flow, separation, comparisons, costs : results of the other nodes.
    modelling, reporting : parameters.
    figures : PNG bytes by name, and Plotly figures under names that begin with "plotly_".
    """
    from showerforge.cameras.columns import SHAPE_PARAMETERS
    from showerforge.report import image_verdict, page

    context = judgement_nodes.lay_out_judgement(
        data,
        provenance,
        cut_flow,
        separation,
        comparisons,
        costs,
        modelling,
        REFERENCE,
        figures,
    )
    return page.render(
        {
            **context,
            "title": reporting.title,
            "source": reporting.source,
            "verdict": [*context["verdict"], image_verdict.answer_on_directions(separation)],
            "resampled": "by showers",
            "shape_parameters": SHAPE_PARAMETERS,
            "shown_quantiles": reporting.shown_quantiles,
            "examples": reporting.examples,
        },
        "image_report.html.j2",
    )
