"""Nodes of the stage reporting."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

import showerforge
from showerforge.classifiers.names import (
    ALPHA_CUT,
    BASE_MODELS,
    STACK,
    WIDTH_ALPHA_CUTS,
    Candidate,
    Training,
)
from showerforge.events.schema import GAMMA, HILLAS_COLUMNS, HILLAS_PARAMETERS
from showerforge.events.splits import check_same_events
from showerforge.parameters import (
    ModellingParameters,
    ReportingParameters,
)

#: candidates that are drawn where all of them would be too many
DRAWN = (
    Candidate(STACK, Training.REAL),
    Candidate(STACK, Training.SYNTHETIC),
    *(Candidate(model, Training.REAL) for model in (*BASE_MODELS, WIDTH_ALPHA_CUTS, ALPHA_CUT)),
)


def _drawn(test_scores: pd.DataFrame, test_events: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    check_same_events(test_scores, test_events, "test_scores", "test_events")
    is_gamma = (test_events["particle"] == GAMMA).to_numpy()
    return test_scores[[candidate.name for candidate in DRAWN]], is_gamma


def draw_curves(
    test_scores: pd.DataFrame, test_events: pd.DataFrame, data: dict[str, Any]
) -> tuple[Any, Any, Any, Any]:
    """Draw ROC and precision-recall curves, for paper and for a closer look."""
    from showerforge.figures import separation

    scores, is_gamma = _drawn(test_scores, test_events)
    footer = data["footer"]
    return (
        separation.roc_curves(scores, is_gamma, footer),
        separation.precision_recall_curves(scores, is_gamma, footer),
        separation.interactive_roc_curves(scores, is_gamma, footer),
        separation.interactive_precision_recall_curves(scores, is_gamma, footer),
    )


def draw_scores(
    test_scores: pd.DataFrame,
    test_events: pd.DataFrame,
    figures_of_merit: pd.DataFrame,
    choice: dict[str, Any],
    data: dict[str, Any],
) -> tuple[Any, Any, Any]:
    """Draw calibration and distributions of the gammaness."""
    from showerforge.figures import separation

    scores, is_gamma = _drawn(test_scores, test_events)
    thresholds = figures_of_merit.groupby("candidate")["threshold"].first().to_dict()
    probabilities = scores[[c.name for c in DRAWN if c.is_probability]]
    chosen = choice["candidate"]
    return (
        separation.calibration_curves(probabilities, is_gamma, data["footer"]),
        separation.score_distributions(scores, is_gamma, thresholds, data["footer"]),
        separation.interactive_score_distributions(
            scores, is_gamma, chosen, thresholds[chosen], data["footer"]
        ),
    )


def draw_importance(parameter_importance: pd.DataFrame, data: dict[str, Any]) -> Any:
    """Draw what each recorded parameter is worth."""
    from showerforge.figures import separation

    labels = {column.name: column.label for column in HILLAS_COLUMNS}
    return separation.parameter_importance(parameter_importance, labels, data["footer"])


def draw_changes(comparisons: pd.DataFrame, data: dict[str, Any]) -> Any:
    """Draw the paired changes by synthetic events."""
    from showerforge.figures import separation
    from showerforge.metrics.figures_of_merit import FIGURES_OF_MERIT

    rows = comparisons[comparisons["topic"] == "synthetic"]
    labels = {name: figure.label for name, figure in FIGURES_OF_MERIT.items()}
    return separation.paired_changes(rows, labels, data["footer"])


def draw_synthetic(
    synthetic_events: pd.DataFrame,
    train_events: pd.DataFrame,
    test_events: pd.DataFrame,
    marginals: pd.DataFrame,
    correlations: pd.DataFrame,
    certificate: dict[str, Any],
    reporting: ReportingParameters,
    data: dict[str, Any],
) -> tuple[Any, Any, Any]:
    """Draw how the synthetic events compare with real ones."""
    from showerforge.figures import synthetic

    particle, footer = certificate["particle"], data["footer"]
    train = train_events[train_events["particle"] == particle]
    reference = test_events[test_events["particle"] == particle]
    limit = next(gate["limit"] for gate in certificate["gates"] if gate["code"] == "G2")
    return (
        synthetic.qq_panels(synthetic_events, reference, train, reporting.n_quantiles, footer),
        synthetic.ks_bars(marginals, limit, footer),
        synthetic.correlation_triple(correlations, HILLAS_PARAMETERS, footer),
    )


def summarise_metrics(
    figures_of_merit: pd.DataFrame, comparisons: pd.DataFrame, certificate: dict[str, Any]
) -> dict[str, float]:
    """Flatten what a run is compared by into names and numbers, for MLflow.

    Returns
    -------
    metrics : such as ``stack.real.roc_auc``; those of the stacks and of the gain by synthetic
        events with ``.lower`` and ``.upper``.
    """
    from showerforge.metrics.figures_of_merit import TABLE_FIGURES

    metrics: dict[str, float] = {}
    for row in figures_of_merit[figures_of_merit["figure"].isin(TABLE_FIGURES)].itertuples():
        name = f"{row.model}.{row.training}.{row.figure}".replace(" ", "_").replace(",", "")
        metrics[name] = row.test
        if row.model == STACK:
            metrics[f"{name}.lower"], metrics[f"{name}.upper"] = row.test_lower, row.test_upper
    gains = comparisons[
        comparisons["topic"].eq("synthetic") & comparisons["candidate"].str.startswith(STACK)
    ]
    for row in gains.itertuples():
        name = f"synthetic_gain.{row.figure}"
        metrics[name] = row.folds
        metrics[f"{name}.lower"], metrics[f"{name}.upper"] = row.folds_lower, row.folds_upper
    for gate in certificate["gates"]:
        metrics[f"certificate.{gate['code']}.{gate['metric']}".replace(" ", "_")] = gate["value"]
    metrics["certificate.gates_failed"] = float(
        sum(gate["verdict"] == "fail" for gate in certificate["gates"])
    )
    return metrics


def write_report(
    data: dict[str, Any],
    figures_of_merit: pd.DataFrame,
    comparisons: pd.DataFrame,
    choice: dict[str, Any],
    certificate: dict[str, Any],
    generation_summary: dict[str, Any],
    modelling: ModellingParameters,
    reporting: ReportingParameters,
    **figures: Any,
) -> str:
    """Write the report as one HTML page.

    Parameters
    ----------
    data, figures_of_merit, comparisons, choice, certificate, generation_summary :
        results of the other nodes.
    modelling, reporting : parameters.
    figures : PNG bytes by name, and Plotly figures under names that begin with "plotly_".
    """
    from showerforge.figures.style import label_of
    from showerforge.metrics.figures_of_merit import FIGURES_OF_MERIT, HEADLINE
    from showerforge.report import page

    chosen = figures_of_merit[figures_of_merit["candidate"] == choice["candidate"]]
    cards = {
        row.figure: {
            "label": FIGURES_OF_MERIT[row.figure].label,
            "value": page.format_number(row.test),
            "interval": f"{page.format_number(row.test_lower)} to "
            f"{page.format_number(row.test_upper)}",
            "cross_validation": page.format_number(row.cross_validation),
        }
        for row in chosen.itertuples()
    }
    images = {name: png for name, png in figures.items() if not name.startswith("plotly_")}
    interactive = {
        name.removeprefix("plotly_"): figure
        for name, figure in figures.items()
        if name.startswith("plotly_")
    }
    return page.render(
        {
            "title": reporting.title,
            "source": reporting.source,
            "confidence": page.format_percent(modelling.evaluation.confidence),
            "version": showerforge.__version__,
            "provenance": data["footer"],
            "note": data["note"],
            "data": data,
            "choice": {**choice, "label": label_of(choice["candidate"])},
            "cards": [cards[name] for name in HEADLINE],
            "purity": chosen.set_index("figure").loc["purity"].to_dict(),
            "answer": page.answer_on_synthetic(comparisons, generation_summary["generator"]),
            "certificate": certificate,
            "gates_failed": sum(gate["verdict"] == "fail" for gate in certificate["gates"]),
            "generation": generation_summary,
            "models": page.tabulate_models(figures_of_merit),
            "changes": page.tabulate_changes(comparisons),
            "operating_point": modelling.evaluation.operating_point,
            "observation": modelling.evaluation.observation,
            "images": images,
            "plotly": page.embed_plotly(interactive),
        }
    )
