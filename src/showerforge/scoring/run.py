"""All partitions of events of a folder scored, and what came of them together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from showerforge.events.layout import FORMAT_OF_SUFFIX
from showerforge.monitoring.alarms import WindowDrift, compare
from showerforge.monitoring.summaries import add_counts, borders_of
from showerforge.partitions.folder import count_events, good_of, list_partitions, work_on_all
from showerforge.partitions.work import Partition
from showerforge.places import Place
from showerforge.scoring.scorer import Scoring
from showerforge.serving.manifest import WorkingPoint
from showerforge.serving.releases import Release

GAMMANESS_RANGE = np.array([0.0, 1.0])


def score_folder(
    source: Place,
    scored: Place,
    quarantine: Place,
    release: Place,
    threshold: float,
    batch_events: int,
) -> list[dict[str, Any]]:
    """Score all partitions of a folder that are not scored yet.

    Parameters
    ----------
    source, scored, quarantine : folders of partitions, of scored events, and of refused ones.
    release, threshold, batch_events : see `showerforge.scoring.scorer.Scoring`.

    Returns
    -------
    records : of `showerforge.partitions.work.work_on` and `Scoring`, in the order of the names.

    Raises
    ------
    InputError
        If there are no partitions, or two would be written to the same file.
    """
    names = list_partitions(source, tuple(FORMAT_OF_SUFFIX), "magic.events_to_score")
    partitions = [Partition(name, source, scored, quarantine) for name in names]
    return work_on_all(partitions, Scoring(release, threshold, batch_events), "Scoring")


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
        of CPU; ``gammaness``, the ``events`` between ``borders``, which are those of the reference.
    drift : all scored events against the reference; None where there are none.
    """
    good = good_of(records)
    events = count_events(records)
    n_scored = events["events"] - events["refused"]
    n_gamma = sum(record["n_gamma"] for record in good)
    efficiency = point.hadron_efficiency
    of_hadrons = None if efficiency is None else efficiency * n_scored
    binning = release.reference.binning
    counts = [np.zeros(len(edges) + 1, dtype=np.int64) for edges in binning.edges]
    for record in good:
        counts = add_counts(counts, [np.array(own) for own in record["counts"]])
    summary = {
        "release": release.name,
        "threshold": point.threshold,
        **events,
        "gamma_like": n_gamma,
        "gamma_like_of_hadrons_alone": of_hadrons,
        "excess": None if of_hadrons is None else n_gamma - of_hadrons,
        "excess_uncertainty": float(np.sqrt(n_gamma)),
        "gammaness": {
            "borders": borders_of(binning.edges[-1], GAMMANESS_RANGE).tolist(),
            "events": counts[-1].tolist(),
        },
    }
    if n_scored == 0:
        return summary, None
    rate = release.manifest.alarms.false_alarm_rate
    return summary, compare(release.reference, condition, counts, rate)
