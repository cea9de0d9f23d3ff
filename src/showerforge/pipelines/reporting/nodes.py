"""Nodes of the stage reporting."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

import showerforge
from showerforge.events.constraints import broken_constraints
from showerforge.events.features import FEATURE_SETS
from showerforge.events.schema import GAMMA, HADRON, HILLAS_COLUMNS, HILLAS_PARAMETERS
from showerforge.parameters import (
    DataProcessingParameters,
    ModellingParameters,
    ReportingParameters,
)

#: candidates that are drawn where all of them would be too many
DRAWN = (
    "stack (real)",
    "stack (real and synthetic)",
    "lightgbm (real)",
    "xgboost (real)",
    "random_forest (real)",
    "width_alpha_cuts (real)",
    "alpha_cut (real)",
)
CARDS = ("roc_auc", "loacc", "highacc", "quality_factor", "f1_gamma", "f1_hadron")


def describe_data(
    raw_summary: dict[str, Any],
    train_events: pd.DataFrame,
    test_events: pd.DataFrame,
    seed: int,
    reporting: ReportingParameters,
) -> dict[str, Any]:
    """Collect the numbers and the provenance of the data.

    Returns
    -------
    data : counts, checksum, and ``footer``, a line for every figure.
    """
    events = pd.concat([train_events, test_events])
    in_test = test_events["particle"].value_counts()
    note = f"{reporting.note} · " if reporting.note else ""
    return {
        **raw_summary,
        "n_train": len(train_events),
        "n_test": len(test_events),
        "n_test_gamma": int(in_test[GAMMA]),
        "n_test_hadron": int(in_test[HADRON]),
        "n_duplicates": len(events) - events["group"].nunique(),
        "footer": f"{note}showerforge {showerforge.__version__} · {raw_summary['file']} "
        f"(SHA-256 {raw_summary['sha256'][:8]}) · {len(events):,} events · seed {seed}",
    }


def _drawn(test_scores: pd.DataFrame, test_events: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    return test_scores[list(DRAWN)], (test_events["particle"] == GAMMA).to_numpy()


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
    probabilities = scores[[name for name in scores if "cut" not in name]]
    chosen = choice["candidate"]
    return (
        separation.calibration_curves(probabilities, is_gamma, data["footer"]),
        separation.score_distributions(scores, is_gamma, thresholds, data["footer"]),
        separation.interactive_score_distributions(
            scores, is_gamma, chosen, thresholds[chosen], data["footer"]
        ),
    )


def draw_importance(feature_importance: pd.DataFrame, data: dict[str, Any]) -> Any:
    """Draw what each feature is worth."""
    from showerforge.figures import separation

    labels = {column.name: column.label for column in HILLAS_COLUMNS}
    labels |= {feature.name: feature.label for group in FEATURE_SETS.values() for feature in group}
    return separation.feature_importance(feature_importance, labels, data["footer"])


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
    from showerforge.classifiers.candidates import STACK
    from showerforge.report.page import TABLE_FIGURES

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


def count_broken_constraints(
    train_events: pd.DataFrame, test_events: pd.DataFrame, processing: DataProcessingParameters
) -> list[dict[str, Any]]:
    """Count the real events that break each constraint, by particle."""
    events = pd.concat([train_events, test_events])
    broken = broken_constraints(events, processing.constraints).groupby(events["particle"])
    counts, shares = broken.sum(), broken.mean()
    return [
        {
            "name": rule.name,
            "severity": rule.severity,
            "text": rule.text,
            "because": rule.because,
            **{
                particle: f"{counts.loc[particle, rule.name]:,} "
                f"({shares.loc[particle, rule.name]:.1%})"
                for particle in (GAMMA, HADRON)
            },
        }
        for rule in processing.constraints
    ]


def write_report(
    data: dict[str, Any],
    figures_of_merit: pd.DataFrame,
    comparisons: pd.DataFrame,
    choice: dict[str, Any],
    certificate: dict[str, Any],
    generation_summary: dict[str, Any],
    broken: list[dict[str, Any]],
    modelling: ModellingParameters,
    reporting: ReportingParameters,
    **figures: Any,
) -> str:
    """Write the report as one HTML page.

    Parameters
    ----------
    data, figures_of_merit, comparisons, choice, certificate, generation_summary, broken :
        results of the other nodes.
    modelling, reporting : parameters.
    figures : PNG bytes by name, and Plotly figures under names that begin with "plotly_".
    """
    from showerforge.figures.style import label_of
    from showerforge.metrics.figures_of_merit import FIGURES_OF_MERIT
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
            "experiment": "MAGIC, gammas against hadrons",
            "version": showerforge.__version__,
            "provenance": data["footer"],
            "note": reporting.note,
            "data": data,
            "choice": {**choice, "label": label_of(choice["candidate"])},
            "cards": [cards[name] for name in CARDS],
            "purity": cards["purity"],
            "answer": page.answer_on_synthetic(comparisons, generation_summary["generator"]),
            "certificate": certificate,
            "gates_failed": sum(gate["verdict"] == "fail" for gate in certificate["gates"]),
            "generation": generation_summary,
            "models": page.tabulate_models(figures_of_merit),
            "changes": page.tabulate_changes(comparisons),
            "constraints": broken,
            "operating_point": modelling.evaluation.operating_point,
            "observation": modelling.evaluation.observation,
            "images": images,
            "plotly": page.embed_plotly(interactive),
        }
    )
