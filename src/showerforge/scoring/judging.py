"""Batches of events: each event scored, or refused with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from showerforge.monitoring.references import GAMMA, HADRON
from showerforge.partitions.writing import REASON, ROW, rename_taken
from showerforge.scoring.tables import numbers_of
from showerforge.serving.events import NO_SCORE, Rules
from showerforge.serving.releases import Release

if TYPE_CHECKING:
    import pyarrow as pa

Floats = NDArray[np.float64]

#: Events are scored in numbers that are multiples of this. Vector instructions take so many at a
#: time at most, and what they leave over is rounded otherwise in the last digit.
TOGETHER = 64
#: so many at a time at most, so that what is computed on the way stays in the caches
BLOCK = 16 * TOGETHER
#: what is added to the columns of a table beside its row and the reason
GAMMANESS, PARTICLE = "gammaness", "particle"
NOT_FINITE = "is missing or no finite number"
_MADE_HERE = (ROW, GAMMANESS, PARTICLE, REASON)


@dataclass(frozen=True, eq=False)
class Judged:
    """A batch of events with a verdict on each.

    Attributes
    ----------
    scored : the columns of events that were scored but for the parameters, the row in the file,
        gammaness and particle.
    refused : all columns of the others, the row and the reason.
    reasons : of these.
    events : float64[n_scored, n_parameters], the parameters of the former.
    scores : float64[n_scored], their gammaness.
    n_gamma : events that pass the threshold.
    """

    scored: pa.RecordBatch
    refused: pa.RecordBatch
    reasons: list[str]
    events: Floats
    scores: Floats
    n_gamma: int


def judge_batches(
    batches: Iterable[pa.RecordBatch], release: Release, rules: Rules, threshold: float
) -> Iterator[Judged]:
    """Score events, and refuse those that cannot be any.

    Parameters
    ----------
    batches : of one file, see `showerforge.scoring.tables.read_batches`.
    release : that scores.
    rules : of the release.
    threshold : least gammaness of a gamma.

    Yields
    ------
    judged : for each batch.
    """
    names, n_before = release.manifest.names, 0
    for batch in batches:
        rows = np.arange(n_before, n_before + len(batch))
        events = numbers_of(batch, names)
        why = find_reasons(events, rules, names)
        good = np.array([reason is None for reason in why])
        scores = np.full(len(events), np.nan)
        scores[good] = score_events(release, events[good])
        for n in np.flatnonzero(good & ~np.isfinite(scores)):
            why[n], good[n] = NO_SCORE, False
        is_gamma = scores[good] >= threshold
        yield Judged(
            _scored_columns(batch, rows, good, names, scores, is_gamma),
            refused_columns(batch, rows, ~good, why),
            [reason for reason in why if reason is not None],
            events[good],
            scores[good],
            int(is_gamma.sum()),
        )
        n_before += len(batch)


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
    blocks = [release.score(filled[k : k + BLOCK]) for k in range(0, len(filled), BLOCK)]
    return np.concatenate(blocks)[:n]


def find_reasons(events: Floats, rules: Rules, names: Sequence[str]) -> list[str | None]:
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


def refused_columns(
    batch: pa.RecordBatch,
    rows: NDArray[np.int64],
    bad: NDArray[np.bool_],
    why: Sequence[str | None],
) -> pa.RecordBatch:
    """What is refused, whole, with the row of the file and the reason."""
    import pyarrow as pa

    kept = batch.filter(pa.array(bad))
    kept = kept.rename_columns(rename_taken(kept.schema.names, _MADE_HERE))
    columns = {
        **{name: kept.column(name) for name in kept.schema.names},
        ROW: pa.array(rows[bad]),
        REASON: pa.array([reason for reason in why if reason is not None]),
    }
    return pa.RecordBatch.from_pydict(columns)
