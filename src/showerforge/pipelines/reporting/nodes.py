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
from showerforge.events.schema import GAMMA, HILLAS_COLUMNS, HILLAS_PARAMETERS, WEIGHT
from showerforge.events.splits import check_same_events
from showerforge.parameters import (
    DataProcessingParameters,
    ModellingParameters,
    ReportingParameters,
)

#: candidates that are drawn where all of them would be too many
DRAWN = (
    Candidate(STACK, Training.REAL),
    Candidate(STACK, Training.SYNTHETIC),
    *(Candidate(model, Training.REAL) for model in (*BASE_MODELS, WIDTH_ALPHA_CUTS, ALPHA_CUT)),
)


def _drawn(
    test_scores: pd.DataFrame, test_events: pd.DataFrame
) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Take the scores that are drawn, which events are gammas, and their weights."""
    check_same_events(test_scores, test_events, "test_scores", "test_events")
    is_gamma = (test_events["particle"] == GAMMA).to_numpy()
    drawn = test_scores[[candidate.name for candidate in DRAWN]]
    return drawn, is_gamma, test_events[WEIGHT].to_numpy()


def draw_curves(
    test_scores: pd.DataFrame, test_events: pd.DataFrame, data: dict[str, Any]
) -> tuple[Any, Any, Any, Any]:
    """Draw ROC and precision-recall curves, for paper and for a closer look."""
    from showerforge.figures import separation

    drawn = _drawn(test_scores, test_events)
    footer = data["footer"]
    return (
        separation.roc_curves(*drawn, footer),
        separation.precision_recall_curves(*drawn, footer),
        separation.interactive_roc_curves(*drawn, footer),
        separation.interactive_precision_recall_curves(*drawn, footer),
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

    scores, is_gamma, weight = _drawn(test_scores, test_events)
    thresholds = figures_of_merit.groupby("candidate")["threshold"].first().to_dict()
    probabilities = scores[[c.name for c in DRAWN if c.is_probability]]
    chosen = choice["candidate"]
    return (
        separation.calibration_curves(probabilities, is_gamma, weight, data["footer"]),
        separation.score_distributions(scores, is_gamma, weight, thresholds, data["footer"]),
        separation.interactive_score_distributions(
            scores, is_gamma, weight, chosen, thresholds[chosen], data["footer"]
        ),
    )


def draw_importance(parameter_importance: pd.DataFrame, data: dict[str, Any]) -> Any:
    """Draw what each recorded parameter is worth."""
    from showerforge.figures import explanation

    labels = {column.name: column.label for column in HILLAS_COLUMNS}
    return explanation.parameter_importance(parameter_importance, labels, data["footer"])


def draw_explanation(
    shapley_values: pd.DataFrame,
    shapley_summary: pd.DataFrame,
    partial_dependence: pd.DataFrame,
    test_events: pd.DataFrame,
    data: dict[str, Any],
) -> tuple[Any, Any]:
    """Draw what the kept model does with each recorded parameter."""
    from showerforge.figures import explanation

    labels = {column.name: column.label for column in HILLAS_COLUMNS}
    return (
        explanation.shapley_summary(shapley_values, shapley_summary, labels, data["footer"]),
        explanation.partial_dependence(partial_dependence, test_events, labels, data["footer"]),
    )


def draw_changes(comparisons: pd.DataFrame, data: dict[str, Any]) -> Any:
    """Draw the paired changes by synthetic events, chosen and reference."""
    from showerforge.figures import separation
    from showerforge.metrics.figures_of_merit import FIGURES_OF_MERIT

    rows = comparisons[comparisons["topic"].isin(["synthetic", "reference"])]
    labels = {name: figure.label for name, figure in FIGURES_OF_MERIT.items()}
    return separation.paired_changes(rows, labels, data["footer"])


def draw_sky(
    sky: pd.DataFrame,
    detection_curves: pd.DataFrame,
    size_bins: pd.DataFrame,
    modelling: ModellingParameters,
    data: dict[str, Any],
) -> tuple[Any, Any]:
    """Draw what cuts and stacks are worth at the telescope, and in bins of image size."""
    from showerforge.classifiers.operating_points import ANY_SOURCE, PRIOR
    from showerforge.classifiers.size_bins import SIZE_FIGURES
    from showerforge.figures import sky as draw
    from showerforge.metrics.figures_of_merit import FIGURES_OF_MERIT

    evaluation = modelling.evaluation
    of_prior = sky[sky["source"] == PRIOR]
    efficiencies = sky[(sky["source"] == ANY_SOURCE) & (sky["figure"] == "gamma_efficiency")]
    return (
        draw.detection_times(
            detection_curves,
            pd.concat([of_prior, efficiencies]),
            evaluation.minimum_test_hadrons,
            evaluation.observation.minimum_signal_to_background,
            f"source of {of_prior['crab_flux'].iloc[0]:.2g} Crab: one gamma to "
            f"{evaluation.observation.hadrons_per_gamma:,.0f} hadrons",
            data["footer"],
        ),
        draw.size_bins(
            size_bins,
            {name: FIGURES_OF_MERIT[name].label for name in SIZE_FIGURES},
            evaluation.confidence,
            data["footer"],
        ),
    )


def summarise_sky(sky: pd.DataFrame, choice: dict[str, Any]) -> dict[str, float]:
    """Flatten the headline of the telescope into names and numbers, for MLflow.

    Returns
    -------
    metrics : for the source of the prior at the best quality factor, such as
        ``sky.stack.real.times_shorter_than_alpha_cut``; those of the kept model with
        ``.lower`` and ``.upper``. Left out where too few hadrons are left.
    """
    from showerforge.classifiers.operating_points import BEST_QUALITY, PRIOR, SKY_HEADLINE

    of_prior = sky[sky["source"] == PRIOR]
    metrics = {"sky.prior.crab_flux": float(of_prior["crab_flux"].iloc[0])}
    of_point = of_prior[of_prior["operating_point"] == BEST_QUALITY]
    rows = of_point[of_point["figure"].isin(SKY_HEADLINE)].dropna(subset="test")
    for row in rows.itertuples():
        name = f"sky.{row.model}.{row.training}.{row.figure}".replace(" ", "_")
        metrics[name] = row.test
        if row.candidate == choice["candidate"]:
            metrics[f"{name}.lower"], metrics[f"{name}.upper"] = row.test_lower, row.test_upper
    return metrics


#: figures that are drawn of the chosen generator and of the reference
OF_BOTH = ("qq", "two_sample", "memorisation")


def draw_certificates(
    synthetic_events: pd.DataFrame,
    reference_events: pd.DataFrame,
    train_events: pd.DataFrame,
    test_events: pd.DataFrame,
    certificate: dict[str, Any],
    reference_certificate: dict[str, Any],
    two_sample_scores: pd.DataFrame,
    separating_columns: pd.DataFrame,
    nearest_distances: pd.DataFrame,
    membership_scores: pd.DataFrame,
    marginals: pd.DataFrame,
    correlations: pd.DataFrame,
    reporting: ReportingParameters,
    data: dict[str, Any],
    seed: int,
) -> tuple[Any, ...]:
    """Draw what the certificates say, and how the synthetic events compare with real ones.

    Returns
    -------
    gates, ks, correlations, corner, utility : of the chosen generator.
    qq, two_sample, memorisation : of the chosen generator.
    reference_qq, reference_two_sample, reference_memorisation : of the reference.
    """
    from showerforge.figures.certificate import draw_likeness, draw_verdict
    from showerforge.validation import Evidence

    labels = {column.name: column.label for column in HILLAS_COLUMNS}
    train, holdout = (
        events[events["particle"] == certificate["particle"]]
        for events in (train_events, test_events)
    )
    tables = (
        two_sample_scores,
        separating_columns,
        nearest_distances,
        membership_scores,
        marginals,
        correlations,
    )
    evidence = {
        role: Evidence(*(table[table["table"] == role] for table in tables))
        for role in ("generator", "reference")
    }

    def likeness(role: str, events: pd.DataFrame) -> tuple[Any, ...]:
        return draw_likeness(
            certificate,
            evidence[role],
            events,
            holdout,
            train,
            HILLAS_PARAMETERS,
            labels,
            reporting.n_quantiles,
            reporting.n_envelope_samples,
            seed,
            data["footer"],
        )

    return (
        *draw_verdict(
            [certificate, reference_certificate],
            evidence["generator"],
            synthetic_events,
            holdout,
            HILLAS_PARAMETERS,
            reporting.leading_columns,
            labels,
            data["footer"],
        ),
        *likeness("generator", synthetic_events),
        *likeness("reference", reference_events),
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
        if gate["value"] is not None:
            name = f"{gate['code']}.{gate['key']}".replace(" ", "_")
            metrics[f"certificate.{name}"] = gate["value"]
    metrics["certificate.gates_failed"] = float(len(certificate["failed"]))
    return metrics


def write_model_card(
    data: dict[str, Any],
    figures_of_merit: pd.DataFrame,
    comparisons: pd.DataFrame,
    size_bins: pd.DataFrame,
    parameter_importance: pd.DataFrame,
    choice: dict[str, Any],
    certificate: dict[str, Any],
    generator_choice: dict[str, str],
    train_events: pd.DataFrame,
    synthetic_events: pd.DataFrame,
    model_settings: dict[str, Any],
    modelling: ModellingParameters,
    processing: DataProcessingParameters,
    reporting: ReportingParameters,
) -> str:
    """Write what the kept model is, what it is for and how far it can be trusted."""
    from showerforge.classifiers.candidates import features_of
    from showerforge.datasets.models import MODEL_IMPORTS, TRUSTED_TYPES, installed_versions
    from showerforge.figures.style import label_of
    from showerforge.metrics.figures_of_merit import TABLE_FIGURES
    from showerforge.report import model_card as card
    from showerforge.report.page import format_percent

    name, evaluation = choice["candidate"], modelling.evaluation
    candidate = Candidate.parse(name)
    figures = card.tabulate_figures(figures_of_merit, name)
    training = card.describe_training(
        candidate, train_events, {Training.SYNTHETIC: synthetic_events}
    )
    elsewhere = (*card.AT_OPERATING_POINT, *card.IN_THE_SKY)
    return card.render_model_card(
        {
            "label": label_of(name),
            "version": showerforge.__version__,
            "footer": data["footer"],
            "note": data["note"],
            "data": data,
            "facts": reporting.model_card,
            "source": reporting.source,
            "choice": choice,
            "members": card.describe_members(
                candidate, modelling.stack.members, model_settings["models"]
            ),
            "settings_source": model_settings["source"],
            "regularisation": modelling.stack.regularisation,
            "feature_sets": processing.feature_sets,
            "n_features": len(features_of(candidate, processing.feature_sets, processing.features)),
            "columns": HILLAS_PARAMETERS,
            "trusted_types": TRUSTED_TYPES,
            "versions": installed_versions(MODEL_IMPORTS),
            "confidence": format_percent(evaluation.confidence),
            "n_resamples": evaluation.n_resamples,
            "n_folds": processing.n_folds,
            "figures": [figures[f] for f in TABLE_FIGURES if f in figures and f not in elsewhere],
            "at_operating_point": [figures[figure] for figure in card.AT_OPERATING_POINT],
            "in_the_sky": [figures[figure] for figure in card.IN_THE_SKY],
            "size_bins": card.tabulate_size_bins(size_bins, name),
            "threshold": choice["thresholds"][name],
            "operating_point": evaluation.operating_point,
            "observation": evaluation.observation,
            "training": training,
            "synthetic_share": f"{100 * training['synthetic_share']:.1f} %",
            "generator": generator_choice,
            "certificate": certificate,
            "importance": card.tabulate_importance(parameter_importance),
            "flaws": [rule for rule in data["constraints"] if rule["severity"] == "soft"],
            "worth_of_flaw": card.worth_of_flaw(comparisons),
        }
    )


def write_report(
    data: dict[str, Any],
    provenance: dict[str, str],
    figures_of_merit: pd.DataFrame,
    comparisons: pd.DataFrame,
    choice: dict[str, Any],
    certificate: dict[str, Any],
    reference_certificate: dict[str, Any],
    generator_choice: dict[str, str],
    model_card: str,
    sky: pd.DataFrame,
    size_bins: pd.DataFrame,
    modelling: ModellingParameters,
    reporting: ReportingParameters,
    **figures: Any,
) -> str:
    """Write the report as one HTML page.

    Parameters
    ----------
    data, provenance, figures_of_merit, comparisons, choice, certificate, reference_certificate,
    generator_choice, model_card, sky, size_bins : results of the other nodes.
    modelling, reporting : parameters.
    figures : PNG bytes by name, and Plotly figures under names that begin with "plotly_".
    """
    from showerforge.figures.style import label_of
    from showerforge.metrics.figures_of_merit import (
        ACCEPTANCE_FIGURES,
        FIGURES_OF_MERIT,
        HEADLINE,
    )
    from showerforge.report import page
    from showerforge.report.telescope import describe_telescope

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
            "footer": data["footer"],
            "provenance": provenance,
            "note": data["note"],
            "data": data,
            "choice": {**choice, "label": label_of(choice["candidate"])},
            "cards": [cards[name] for name in HEADLINE],
            "purity": chosen.set_index("figure").loc["purity"].to_dict(),
            "answers": [
                page.answer_on_synthetic(comparisons, topic, generator_choice[label])
                for topic, label in (("synthetic", "label"), ("reference", "reference_label"))
            ],
            "certificate": certificate,
            "reference_certificate": reference_certificate,
            "choice_of_generator": generator_choice,
            "models": page.tabulate_models(figures_of_merit),
            "acceptances": page.tabulate_models(figures_of_merit, ACCEPTANCE_FIGURES),
            "changes": page.tabulate_changes(comparisons),
            "explanation": modelling.evaluation.explanation,
            "model_card": model_card,
            "operating_point": modelling.evaluation.operating_point,
            "observation": modelling.evaluation.observation,
            "telescope": describe_telescope(sky, size_bins, choice["candidate"]),
            "minimum_test_hadrons": modelling.evaluation.minimum_test_hadrons,
            "images": images,
            "plotly": page.embed_plotly(interactive),
        }
    )


def write_certificate_page(
    data: dict[str, Any],
    provenance: dict[str, str],
    generator_choice: dict[str, str],
    generator_comparison: pd.DataFrame,
    generation_cost: pd.DataFrame,
    certificate: dict[str, Any],
    reference_certificate: dict[str, Any],
    leakage_proof: dict[str, Any],
    marginals: pd.DataFrame,
    reporting: ReportingParameters,
    processing: DataProcessingParameters,
    **figures: bytes,
) -> str:
    """Write the certificate as one HTML page.

    Parameters
    ----------
    data, provenance, generator_choice, generator_comparison, generation_cost, certificate,
    reference_certificate, leakage_proof, marginals : results of the other nodes.
    reporting, processing : parameters.
    figures : PNG bytes by name.
    """
    from showerforge.events.features import FEATURE_SETS
    from showerforge.report.certificate import render_certificate

    certificates = {generator_choice["generator"]: certificate}
    certificates.setdefault(generator_choice["reference"], reference_certificate)
    labels = {column.name: column.label for column in HILLAS_COLUMNS}
    labels |= {f.name: f.label for name in processing.feature_sets for f in FEATURE_SETS[name]}
    of_chosen = marginals[marginals["table"] == "generator"]
    return render_certificate(
        {
            "title": reporting.title,
            "footer": data["footer"],
            "provenance": provenance,
            "note": data["note"],
            "version": showerforge.__version__,
            "choice": generator_choice,
            "certificates": certificates,
            "comparison": generator_comparison.fillna({"failed": ""}).to_dict("records")
            if "failed" in generator_comparison
            else generator_comparison.to_dict("records"),
            "leakage": leakage_proof,
            "cost": generation_cost.to_dict("records"),
            "marginals": of_chosen.assign(label=of_chosen["column"].map(labels)).to_dict("records"),
            "images": figures,
        }
    )
