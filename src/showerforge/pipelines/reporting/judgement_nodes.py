"""Nodes of the stage reporting that show what classifiers of images are worth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

import showerforge
from showerforge.cameras.sources import RECORDED
from showerforge.events.splits import check_same_events
from showerforge.image_parameters import AnyModelling, ImageModellingParameters

if TYPE_CHECKING:
    import numpy as np

    from showerforge.classifiers.classes import Classes


def classes_of(data: Mapping[str, Any]) -> Classes:
    """Tell what the two classes of the events are called."""
    from showerforge.classifiers.classes import Classes

    return Classes(**data["classes"])


def _is_signal(test_events: pd.DataFrame, data: Mapping[str, Any]) -> np.ndarray:
    return (test_events["particle"] == data["classes"]["signal"]).to_numpy()


def draw_separation(
    test_scores: pd.DataFrame,
    test_events: pd.DataFrame,
    separation: pd.DataFrame,
    data: dict[str, Any],
) -> tuple[Any, Any]:
    """Draw ROC curves, for paper and for a closer look."""
    from showerforge.figures import image_separation as draw

    check_same_events(test_scores, test_events, "test_scores", "test_events")
    events = test_scores, _is_signal(test_events, data), separation, data["footer"]
    return (
        draw.roc_curves(*events, classes_of(data)),
        draw.interactive_roc_curves(*events, classes_of(data)),
    )


def draw_judgement(
    test_scores: pd.DataFrame,
    test_events: pd.DataFrame,
    separation: pd.DataFrame,
    comparisons: pd.DataFrame,
    modelling: AnyModelling,
    data: dict[str, Any],
) -> tuple[Any, Any, Any, Any]:
    """Draw quality factors, their paired changes, scores and confusion at the cut of Q.

    Returns
    -------
    quality, scores, confusion, forest
    """
    from showerforge.figures import forest, image_separation, scores

    classes, footer = classes_of(data), data["footer"]
    events = test_scores, _is_signal(test_events, data), separation, classes, footer
    return (
        image_separation.quality_curves(
            *events, modelling.operating_point.minimum_surviving_hadrons
        ),
        scores.score_distributions(*events),
        scores.confusion_matrices(*events),
        forest.quality_forest(separation, comparisons, classes, modelling.confidence, footer),
    )


def draw_training(training_curves: pd.DataFrame, data: dict[str, Any]) -> Any:
    """Draw the course of all trainings."""
    from showerforge.figures.training import training_curves as draw

    return draw(training_curves, data["footer"])


def lay_out_judgement(
    data: Mapping[str, Any],
    provenance: Mapping[str, str],
    cut_flow: pd.DataFrame,
    separation: pd.DataFrame,
    comparisons: pd.DataFrame,
    costs: pd.DataFrame,
    modelling: ImageModellingParameters,
    reference: str | None,
    figures: Mapping[str, Any],
) -> dict[str, Any]:
    """Lay out what the reports of all experiments with images have in common.

    Parameters
    ----------
    data, provenance, cut_flow, separation, comparisons, costs : results of other nodes.
    modelling : parameters.
    reference : classifier that the best one is measured by; None if there is no such.
    figures : PNG bytes by name, and Plotly figures under names that begin with "plotly_".
    """
    from showerforge.report import image_verdict, page
    from showerforge.report import images as lay_out

    classes = classes_of(data)
    pictures = {name: png for name, png in figures.items() if not name.startswith("plotly_")}
    interactive = {
        name.removeprefix("plotly_"): figure
        for name, figure in figures.items()
        if name.startswith("plotly_")
    }
    origin = "" if data["source"] == RECORDED else data["origin"]
    judged = separation.merge(costs.drop(columns="label"), how="left", on="classifier")
    return {
        "version": showerforge.__version__,
        "footer": data["footer"],
        "provenance": provenance,
        "note": " · ".join(filter(None, [origin, data["note"]])),
        "data": data,
        "confidence": page.format_percent(modelling.confidence),
        "classes": classes,
        "cards": lay_out.make_cards(separation, reference, classes),
        "verdict": image_verdict.answer_on_separation(separation, comparisons, classes, reference),
        "cut_flow": lay_out.tabulate_cut_flow(cut_flow),
        "separation": lay_out.tabulate_separation(judged, classes),
        "questions": lay_out.tabulate_comparisons(comparisons),
        "operating_point": modelling.operating_point,
        "images": pictures,
        "plotly": page.embed_plotly(interactive),
    }
