"""One partition of events: read, checked, scored and written."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from showerforge.monitoring.summaries import add_counts
from showerforge.partitions.work import Files
from showerforge.partitions.writing import ROW, TableWriter
from showerforge.places import Place, reaching
from showerforge.scoring.fast_models import speed_up
from showerforge.scoring.judging import GAMMANESS, PARTICLE, judge_batches
from showerforge.scoring.tables import read_batches
from showerforge.scoring.thresholds import count_in_bins
from showerforge.serving.events import Rules, kind_of
from showerforge.serving.releases import Release, read_release

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Scoring:
    """What is done with a partition of events; a `showerforge.partitions.work.Work`.

    Attributes
    ----------
    release : folder of the release.
    threshold : gammaness of the working point.
    batch_events : events in memory at a time.
    """

    release: Place
    threshold: float
    batch_events: int

    @property
    def settings(self) -> dict[str, Any]:
        """What the scores depend on."""
        return {"release": self.release.name, "threshold": self.threshold}

    def __call__(self, files: Files) -> dict[str, Any]:
        """Score and write a partition.

        Returns
        -------
        record : ``n_events``, ``n_refused``, ``n_gamma``, ``reasons`` (refused events by the
            parameter or relation) and ``counts`` (of scored events in the bins of the release's
            reference).
        """
        release, rules = open_release(self.release)
        names = release.manifest.names
        reference = release.reference
        counts = [np.zeros(len(edges) + 1, dtype=np.int64) for edges in reference.binning.edges]
        reasons: Counter[str] = Counter()
        n_events = n_scored = n_gamma = 0
        with ExitStack() as opened:
            scored = TableWriter(files.target, opened)
            refused = TableWriter(files.refused, opened)
            batches = read_batches(files.source, names, self.batch_events)
            for judged in judge_batches(batches, release, rules, self.threshold):
                scored.write(judged.scored)
                if judged.reasons:
                    refused.write(judged.refused)
                    reasons.update(map(kind_of, judged.reasons))
                values = reference.values_of(judged.events, judged.scores)
                counts = add_counts(counts, count_in_bins(values, reference.binning))
                n_events += len(judged.events) + len(judged.reasons)
                n_scored += len(judged.events)
                n_gamma += judged.n_gamma
            scored.write_nothing_if_empty(_schema_of_nothing())
        return {
            "n_events": n_events,
            "n_refused": n_events - n_scored,
            "n_gamma": n_gamma,
            "reasons": dict(sorted(reasons.items())),
            "counts": [own.tolist() for own in counts],
        }


@lru_cache(maxsize=1)
def open_release(folder: Place) -> tuple[Release, Rules]:
    """Read a release once in each process."""
    with reaching(folder):
        release = speed_up(read_release(folder))
    return release, Rules(release.manifest.parameters, release.manifest.relations)


def _schema_of_nothing() -> pa.Schema:
    import pyarrow as pa

    columns = {ROW: pa.int64(), GAMMANESS: pa.float64()}
    columns |= {PARTICLE: pa.dictionary(pa.int8(), pa.string())}
    return pa.schema(list(columns.items()))
