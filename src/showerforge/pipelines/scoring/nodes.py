"""Nodes of the scoring of partitions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from showerforge.errors import InputError, suggest_names
from showerforge.scoring.settings import ScoringSettings
from showerforge.serving.manifest import WorkingPoint
from showerforge.serving.releases import Release


def _point_of(release: Release, scoring: ScoringSettings) -> WorkingPoint:
    points = release.manifest.working_points
    name = scoring.working_point or release.manifest.working_point
    if name not in points:
        raise InputError(
            f"Release {release.name} has no working point {name!r}"
            f"{suggest_names(name, list(points))}; it has {', '.join(points)}. Set "
            "magic.scoring.working_point. Nothing has been written."
        )
    return points[name]


def score_partitions(
    events_to_score: Path,
    scored_events: Path,
    refused_events: Path,
    releases: Path,
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
    scoring_records : see `showerforge.scoring.scorer.score_partition`.
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
        _point_of(release, scoring).threshold,
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
    from showerforge.scoring.run import summarise

    point = _point_of(release, scoring)
    summary, drift = summarise(scoring_records, release, point, scoring.condition)
    numbers = {k: float(v) for k, v in summary.items() if isinstance(v, int | float)}
    return summary, pd.DataFrame(rows_of(drift) if drift else []), numbers


def check_partitions(
    scoring_records: list[dict[str, Any]],
    scoring_summary: dict[str, Any],
    scoring: ScoringSettings,
) -> None:
    """End with an error if a partition could not be read, now that all others are done.

    Raises
    ------
    InputError
        Naming each, unless the parameters say to go on.
    """
    import logging

    from showerforge.scoring.run import tell_bad_partitions

    problem = tell_bad_partitions(scoring_records)
    if problem is None:
        return
    if scoring.fail_on_bad_partitions:
        done = scoring_summary["partitions"] - scoring_summary["bad_partitions"]
        raise InputError(
            f"{problem}\nThe other {done} are scored, and the summary is written. Mend these and "
            "run the same again: what is finished is left. With "
            "magic.scoring.fail_on_bad_partitions=false this is no error."
        )
    logging.getLogger(__name__).warning(problem)
