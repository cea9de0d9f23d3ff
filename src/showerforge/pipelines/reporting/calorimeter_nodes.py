"""Nodes of the stage reporting, for the experiment with electrons and photons."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from showerforge.calorimeter.columns import ELECTRON, ENERGY, IMAGE_SIDE, LABEL_OF_PARTICLE, PHOTON
from showerforge.image_parameters import (
    CalorimeterModellingParameters,
    CalorimeterReportingParameters,
)
from showerforge.pipelines.reporting import judgement_nodes

#: images in memory at a time
BATCH_EVENTS = 2000
#: what the best classifier is measured by
REFERENCE = "shape_cuts"


def draw_images(
    event_images: Any,
    shower_shapes: pd.DataFrame,
    reporting: CalorimeterReportingParameters,
    data: dict[str, Any],
) -> tuple[Any, Any]:
    """Draw single images, and the mean of all that can be used.

    Returns
    -------
    views, mean_images
    """
    from showerforge.figures import calorimeter as draw

    rows = np.concatenate(
        [
            shower_shapes.loc[shower_shapes["particle"] == particle, "row"][: reporting.n_shown]
            for particle in (ELECTRON, PHOTON)
        ]
    )
    # without the name of the file, which is of the particle anyway
    titles = [
        f"{particle}, {event_images.locate(row).rpartition(', ')[2]}"
        for particle, row in zip(shower_shapes.loc[rows, "particle"], rows.tolist(), strict=True)
    ]
    return (
        draw.event_images(event_images.read(rows), titles, data["footer"]),
        draw.mean_images(_usable(event_images, shower_shapes), data["footer"]),
    )


def _usable(
    event_images: Any, shower_shapes: pd.DataFrame
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Give labels and images of those that can be used."""
    labels = shower_shapes["particle"].map(LABEL_OF_PARTICLE)
    for batch in event_images.batches(BATCH_EVENTS):
        is_usable = np.isin(batch.rows, labels.index)
        yield labels.loc[batch.rows[is_usable]].to_numpy(), batch.images[is_usable]


def draw_shapes(shower_shapes: pd.DataFrame, data: dict[str, Any]) -> Any:
    """Draw the distributions of all shower shapes."""
    from showerforge.figures.calorimeter import shape_distributions

    return shape_distributions(shower_shapes, data["footer"])


def draw_judged_images(
    event_images: Any,
    examples: pd.DataFrame,
    occlusion: pd.DataFrame,
    network_card: dict[str, Any],
    modelling: CalorimeterModellingParameters,
    data: dict[str, Any],
) -> tuple[Any, Any]:
    """Draw images that the kept network judges right and wrong, and what it looks at in them.

    Returns
    -------
    judged, occlusion
    """
    from showerforge.calorimeter.views import CalorimeterView
    from showerforge.figures import calorimeter_judged as draw

    rows = examples["row"].to_numpy()
    view = CalorimeterView(event_images, modelling.networks[network_card["classifier"]].view)
    changes = occlusion.to_numpy().reshape(-1, IMAGE_SIDE, IMAGE_SIDE)
    return (
        draw.judged_images(event_images.read(rows)[..., ENERGY], examples, data["footer"]),
        draw.occlusion_maps(view.images(rows)[..., ENERGY], changes, examples, data["footer"]),
    )


def write_calorimeter_report(
    data: dict[str, Any],
    provenance: dict[str, str],
    cut_flow: pd.DataFrame,
    separation: pd.DataFrame,
    comparisons: pd.DataFrame,
    costs: pd.DataFrame,
    modelling: CalorimeterModellingParameters,
    reporting: CalorimeterReportingParameters,
    **figures: Any,
) -> str:
    """Write the report as one HTML page.

    Parameters
    ----------
    data, provenance, cut_flow, separation, comparisons, costs : results of the other nodes.
    modelling, reporting : parameters.
    figures : PNG bytes by name, and Plotly figures under names that begin with "plotly_".
    """
    from showerforge.cameras.sources import SIMULATED
    from showerforge.report import page
    from showerforge.report.calorimeter import answer_on_published

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
    is_simulated = data["source"] == SIMULATED
    published = answer_on_published(separation, comparisons, is_simulated)
    return page.render(
        {
            **context,
            "title": reporting.title,
            "source": reporting.simulated_source if is_simulated else reporting.recorded_source,
            "verdict": [*context["verdict"], *published],
            "resampled": "by images",
        },
        "calorimeter_report.html.j2",
    )
