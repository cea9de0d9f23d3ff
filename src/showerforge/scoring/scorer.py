"""One partition of events: read, checked, scored and written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from showerforge.monitoring.references import GAMMA, HADRON
from showerforge.monitoring.summaries import add_counts
from showerforge.partitions.work import Files
from showerforge.partitions.writing import REASON, ROW, TableWriter, rename_taken
from showerforge.places import Place, reaching
from showerforge.scoring.tables import numbers_of, read_batches
from showerforge.serving.events import NO_SCORE, Rules, kind_of
from showerforge.serving.releases import Release, read_release

if TYPE_CHECKING:
    import pyarrow as pa

Floats = NDArray[np.float64]

#: Events are scored in numbers that are multiples of this. Vector instructions take so many at a
#: time at most, and what they leave over is rounded otherwise in the last digit.
TOGETHER = 64
#: what is added to the columns of a partition beside its row and the reason
GAMMANESS, PARTICLE = "gammaness", "particle"
NOT_FINITE = "is missing or no finite number"
_MADE_HERE = (ROW, GAMMANESS, PARTICLE, REASON)


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
        release, rules = _open_release(self.release)
        names = release.manifest.names
        reference = release.reference
        counts = [np.zeros(len(edges) + 1, dtype=np.int64) for edges in reference.binning.edges]
        reasons: Counter[str] = Counter()
        n_events = n_scored = n_gamma = 0
        with ExitStack() as opened:
            scored = TableWriter(files.target, opened)
            refused = TableWriter(files.refused, opened)
            for batch in read_batches(files.source, names, self.batch_events):
                rows = np.arange(n_events, n_events + len(batch))
                events = numbers_of(batch, names)
                why = _judge(events, rules, names)
                good = np.array([reason is None for reason in why])
                scores = np.full(len(events), np.nan)
                scores[good] = score_events(release, events[good])
                for n in np.flatnonzero(good & ~np.isfinite(scores)):
                    why[n], good[n] = NO_SCORE, False
                is_gamma = scores[good] >= self.threshold
                scored.write(_scored_columns(batch, rows, good, names, scores, is_gamma))
                if not good.all():
                    refused.write(_refused_columns(batch, rows, ~good, why))
                    reasons.update(kind_of(reason) for reason in why if reason is not None)
                values = reference.values_of(events[good], scores[good])
                counts = add_counts(counts, reference.binning.count(values))
                n_events += len(batch)
                n_scored += int(good.sum())
                n_gamma += int(is_gamma.sum())
            scored.write_nothing_if_empty(_schema_of_nothing())
        return {
            "n_events": n_events,
            "n_refused": n_events - n_scored,
            "n_gamma": n_gamma,
            "reasons": dict(sorted(reasons.items())),
            "counts": [own.tolist() for own in counts],
        }


@lru_cache(maxsize=1)
def _open_release(folder: Place) -> tuple[Release, Rules]:
    """Read a release once in each process."""
    with reaching(folder):
        release = read_release(folder)
    return release, Rules(release.manifest)


def score_events(release: Release, events: Floats) -> Floats:
    """Score events so that the score of each is the same in whatever company, to the last bit.

    Parameters
    ----------
    release : that scores.
    events : float64[n_events, n_parameters].
    """
    n = len(events)
    if n == 0:
        return np.empty(0)
    missing = -n % TOGETHER
    filled = np.concatenate([events, np.repeat(events[-1:], missing, axis=0)])
    return release.score(filled)[:n]


def _judge(events: Floats, rules: Rules, names: Sequence[str]) -> list[str | None]:
    """Say why events are refused."""
    finite = np.isfinite(events)
    is_whole = np.asarray(finite.all(axis=1))
    if is_whole.all():
        return rules.judge(events)
    why: list[str | None] = [None] * len(events)
    judged = iter(rules.judge(events[is_whole]))
    for n in range(len(events)):
        if is_whole[n]:
            why[n] = next(judged)
        else:
            why[n] = f"{names[int(np.argmin(finite[n]))]} {NOT_FINITE}"
    return why


def _scored_columns(
    batch: pa.RecordBatch,
    rows: NDArray[np.int64],
    good: NDArray[np.bool_],
    names: Sequence[str],
    scores: Floats,
    is_gamma: NDArray[np.bool_],
) -> pa.RecordBatch:
    """What travels along, the row of the partition, and the verdict; not the parameters again."""
    import pyarrow as pa

    carried = [name for name in batch.schema.names if name not in names]
    kept = batch.select(carried).rename_columns(rename_taken(carried, _MADE_HERE))
    if not good.all():
        kept = kept.filter(pa.array(good))
    particles = pa.DictionaryArray.from_arrays(
        pa.array(is_gamma.astype(np.int8)), pa.array([HADRON, GAMMA])
    )
    columns = {
        **{name: kept.column(name) for name in kept.schema.names},
        ROW: pa.array(rows[good]),
        GAMMANESS: pa.array(scores[good]),
        PARTICLE: particles,
    }
    return pa.RecordBatch.from_pydict(columns)


def _refused_columns(
    batch: pa.RecordBatch,
    rows: NDArray[np.int64],
    bad: NDArray[np.bool_],
    why: Sequence[str | None],
) -> pa.RecordBatch:
    import pyarrow as pa

    kept = batch.filter(pa.array(bad))
    kept = kept.rename_columns(rename_taken(kept.schema.names, _MADE_HERE))
    columns = {
        **{name: kept.column(name) for name in kept.schema.names},
        ROW: pa.array(rows[bad]),
        REASON: pa.array([reason for reason in why if reason is not None]),
    }
    return pa.RecordBatch.from_pydict(columns)


def _schema_of_nothing() -> pa.Schema:
    import pyarrow as pa

    columns = {ROW: pa.int64(), GAMMANESS: pa.float64()}
    columns |= {PARTICLE: pa.dictionary(pa.int8(), pa.string())}
    return pa.schema(list(columns.items()))
