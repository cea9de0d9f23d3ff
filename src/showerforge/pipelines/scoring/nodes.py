"""Nodes of the scoring of partitions."""

from __future__ import annotations

from typing import Any

import pandas as pd

from showerforge.places import Place
from showerforge.scoring.settings import ScoringSettings
from showerforge.serving.releases import Release, find_point


def score_partitions(
    events_to_score: Place,
    scored_events: Place,
    refused_events: Place,
    releases: Place,
    release: Release,
    scoring: ScoringSettings,
) -> list[dict[str, Any]]:
    """Score all partitions that are not scored yet.

    Parameters
    ----------
    events_to_score, scored_events, refused_events : folders of partitions.
    releases : folder of releases.
    release : that scores.
    scoring : parameters.

    Returns
    -------
    scoring_records : see `showerforge.scoring.run.score_folder`.
    """
    from showerforge.extras import require_packages
    from showerforge.scoring.run import score_folder

    require_packages("Scores", ("onnx", "onnxruntime"), ("serve",))
    release.reference.check_condition(scoring.condition)
    return score_folder(
        events_to_score,
        scored_events,
        refused_events,
        releases / release.name,
        find_point(release, scoring.working_point).threshold,
        scoring.batch_events,
    )


def summarise_scoring(
    scoring_records: list[dict[str, Any]], release: Release, scoring: ScoringSettings
) -> tuple[dict[str, Any], pd.DataFrame, dict[str, float]]:
    """Add up what came of all partitions.

    Returns
    -------
    scoring_summary : see `showerforge.scoring.run.summarise`.
    scoring_drift : a row for each column, of all scored events against the reference.
    scoring_metrics : its numbers, for tracking.
    """
    from showerforge.monitoring.tables import rows_of
    from showerforge.partitions.folder import numbers_of
    from showerforge.scoring.run import summarise

    point = find_point(release, scoring.working_point)
    summary, drift = summarise(scoring_records, release, point, scoring.condition)
    return summary, pd.DataFrame(rows_of(drift) if drift else []), numbers_of(summary)


def draw_gammaness(
    scoring_summary: dict[str, Any], release: Release, scoring: ScoringSettings
) -> Any:
    """Draw the gammaness of all scored events, with the gammas and hadrons that explain it."""
    from showerforge.figures.scoring import gammaness_figure

    return gammaness_figure(
        scoring_summary, release.reference, scoring.condition, release.manifest.note
    )
