"""All partitions of a folder, side by side, and what came of them together."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from showerforge.atomic import remove_partials
from showerforge.errors import InputError, list_problems
from showerforge.monitoring.alarms import WindowDrift, compare
from showerforge.monitoring.summaries import add_counts
from showerforge.progress import run_side_by_side
from showerforge.scoring.partitions import list_partitions
from showerforge.scoring.scorer import Task, score_partition, target_of
from showerforge.serving.manifest import WorkingPoint
from showerforge.serving.releases import Release

logger = logging.getLogger(__name__)


def score_folder(
    source: Path,
    scored: Path,
    quarantine: Path,
    release: Path,
    threshold: float,
    batch_events: int,
) -> list[dict[str, Any]]:
    """Score all partitions of a folder that are not scored yet.

    Parameters
    ----------
    source, scored, quarantine, release, threshold, batch_events : see
        `showerforge.scoring.scorer.Task`.

    Returns
    -------
    records : see `showerforge.scoring.scorer.score_partition`, in the order of the names.

    Raises
    ------
    InputError
        If there are no partitions, or two would be written to the same file.
    """
    names = list_partitions(source)
    targets = Counter(map(target_of, names))
    if len(targets) < len(names):
        twice = next(name for name, n in targets.items() if n > 1)
        raise InputError(
            f"Two partitions in {source} would be scored into {twice}. Rename one of them. Nothing "
            "has been written."
        )
    tasks = [
        Task(name, source, scored, quarantine, release, threshold, batch_events) for name in names
    ]
    begin, n_new, n_events = time.monotonic(), 0, 0

    def remark() -> str:
        rate = n_events / max(time.monotonic() - begin, 1e-9)
        return f" ({n_events:,} events, {rate:,.0f} events/s)" if n_new else ""

    records = []
    for record in run_side_by_side(
        score_partition,
        [(task,) for task in tasks],
        -1,
        "Scoring",
        in_processes=True,
        remark=remark,
    ):
        records.append(record)
        if record["problem"] is None and record["is_new"]:
            n_new += 1
            n_events += record["n_events"]
    for folder in (scored, quarantine):
        remove_partials(folder)
    finished = sum(r["problem"] is None and not r["is_new"] for r in records)
    if finished:
        logger.info("%d of %d partitions were scored before and are left", finished, len(records))
    return records


def tell_bad_partitions(records: Sequence[dict[str, Any]]) -> str | None:
    """Say which partitions could not be read, None if all could."""
    bad = [record["problem"] for record in records if record["problem"] is not None]
    if not bad:
        return None
    return f"{len(bad)} of {len(records)} partitions could not be read:\n{list_problems(bad)}"


def summarise(
    records: Sequence[dict[str, Any]], release: Release, point: WorkingPoint, condition: str
) -> tuple[dict[str, Any], WindowDrift | None]:
    """Add up what came of all partitions.

    The excess is what passes the working point beyond what hadrons alone would leave, if a share
    ``hadron_efficiency`` of them passes as of the test events; its uncertainty is that of counting.

    Parameters
    ----------
    records : of all partitions.
    release : that scored.
    point : working point.
    condition : of the observation.

    Returns
    -------
    summary : numbers of partitions and events, refused events by reason, excess, events per second
        of CPU.
    drift : all scored events against the reference; None where there are none.
    """
    good = [record for record in records if record["problem"] is None]
    n_events, n_scored, n_gamma = (
        sum(record[key] for record in good) for key in ("n_events", "n_scored", "n_gamma")
    )
    reasons: Counter[str] = Counter()
    for record in good:
        reasons.update(record["reasons"])
    efficiency = point.hadron_efficiency
    of_hadrons = None if efficiency is None else efficiency * n_scored
    cpu_seconds = sum(record["cpu_seconds"] for record in good)
    summary = {
        "release": release.name,
        "threshold": point.threshold,
        "partitions": len(records),
        "bad_partitions": len(records) - len(good),
        "events": n_events,
        "refused": n_events - n_scored,
        "refused_by_reason": dict(reasons.most_common()),
        "gamma_like": n_gamma,
        "gamma_like_of_hadrons_alone": of_hadrons,
        "excess": None if of_hadrons is None else n_gamma - of_hadrons,
        "excess_uncertainty": float(np.sqrt(n_gamma)),
        "events_per_cpu_second": n_events / cpu_seconds if cpu_seconds else None,
    }
    if n_scored == 0:
        return summary, None
    counts = [np.array(own) for own in good[0]["counts"]]
    for record in good[1:]:
        counts = add_counts(counts, [np.array(own) for own in record["counts"]])
    rate = release.manifest.alarms.false_alarm_rate
    return summary, compare(release.reference, condition, counts, rate)
