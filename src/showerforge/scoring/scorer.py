"""One partition: read, checked, scored and written, with a record of what came of it."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from showerforge.atomic import replaced_when_done
from showerforge.errors import InputError
from showerforge.monitoring.references import GAMMA, HADRON
from showerforge.monitoring.summaries import add_counts
from showerforge.scoring.fast_models import speed_up
from showerforge.scoring.partitions import digest_of, numbers_of, read_batches
from showerforge.scoring.thresholds import count_in_bins
from showerforge.serving.events import NO_SCORE, Rules, kind_of
from showerforge.serving.releases import Release, read_release

if TYPE_CHECKING:
    import pyarrow as pa

Floats = NDArray[np.float64]

#: version of the records
VERSION = 1
#: Events are scored in numbers that are multiples of this. Vector instructions take so many at a
#: time at most, and what they leave over is rounded otherwise in the last digit.
TOGETHER = 64
#: so many at a time at most, so that what is computed on the way stays in the caches
BLOCK = 16 * TOGETHER
#: what is added to the columns of a partition; columns of these names get `_OF_FILE` behind theirs
ROW, GAMMANESS, PARTICLE, REASON = "row", "gammaness", "particle", "reason"
NOT_FINITE = "is missing or no finite number"
_RECORDS, _OF_FILE = ".records", "_of_file"


@dataclass(frozen=True)
class Task:
    """A partition and what is to be done with it; only this travels.

    Attributes
    ----------
    name : path of the partition within `source`.
    source, scored, quarantine : folders of partitions, of scored events, and of refused ones.
    release : folder of the release.
    threshold : gammaness of the working point.
    batch_events : events in memory at a time.
    """

    name: str
    source: Path
    scored: Path
    quarantine: Path
    release: Path
    threshold: float
    batch_events: int

    @property
    def target(self) -> Path:
        """File of scored events."""
        return self.scored / target_of(self.name)

    @property
    def refused(self) -> Path:
        """File of refused events, if there are any."""
        return self.quarantine / target_of(self.name)

    @property
    def record(self) -> Path:
        """File of what came of it."""
        return self.scored / _RECORDS / f"{self.name}.json"


def target_of(name: str) -> str:
    """Name of what is written for a partition: always Parquet."""
    return name if name.endswith(".parquet") else f"{name}.parquet"


def score_partition(task: Task) -> dict[str, Any]:
    """Score a partition, unless that was done already.

    Returns
    -------
    record : ``name``; ``problem``, why it could not be read, or None; and else ``n_events``,
        ``n_scored``, ``n_gamma``, ``reasons`` (refused events by the parameter or relation),
        ``counts`` (of scored events in the bins of the release's reference), ``seconds`` and
        ``cpu_seconds`` it took, ``is_new``, and digests of release and files.
    """
    begin, cpu = time.monotonic(), time.process_time()
    try:
        source = digest_of(task.source / task.name)
        about = {
            "version": VERSION,
            "name": task.name,
            "release": task.release.name,
            "threshold": task.threshold,
            "source_sha256": source,
        }
        known = _find_record(task, about)
        if known is not None:
            return {**known, "is_new": False}
        record = {**about, **_score(task), "problem": None}
    except (InputError, OSError) as error:
        task.record.unlink(missing_ok=True)
        return {"name": task.name, "problem": str(error), "is_new": True}
    record["seconds"] = time.monotonic() - begin
    record["cpu_seconds"] = time.process_time() - cpu
    with replaced_when_done(task.record) as partial:
        partial.write_text(json.dumps(record))
    return {**record, "is_new": True}


def _find_record(task: Task, about: dict[str, Any]) -> dict[str, Any] | None:
    """Find what came of the same partition before, if files are what they were then."""
    try:
        record: dict[str, Any] = json.loads(task.record.read_text())
        if any(record.get(key) != value for key, value in about.items()):
            return None
        if digest_of(task.target) != record["scored_sha256"]:
            return None
        if record["refused_sha256"] is not None:
            return record if digest_of(task.refused) == record["refused_sha256"] else None
        return None if task.refused.exists() else record
    except (OSError, ValueError, KeyError):
        return None


def _score(task: Task) -> dict[str, Any]:
    """Score and write a partition; both files are there whole, or neither is new."""
    release, rules = open_release(task.release)
    names = release.manifest.names
    reference = release.reference
    counts = [np.zeros(len(edges) + 1, dtype=np.int64) for edges in reference.binning.edges]
    reasons: Counter[str] = Counter()
    n_events = n_scored = n_gamma = 0
    with ExitStack() as opened:
        scored = _Writer(task.target, opened)
        refused = _Writer(task.refused, opened)
        batches = read_batches(task.source / task.name, names, task.batch_events)
        for batch in batches:
            rows = np.arange(n_events, n_events + len(batch))
            events = numbers_of(batch, names)
            why = _judge(events, rules, names)
            good = np.array([reason is None for reason in why])
            scores = np.full(len(events), np.nan)
            scores[good] = score_events(release, events[good])
            for n in np.flatnonzero(good & ~np.isfinite(scores)):
                why[n], good[n] = NO_SCORE, False
            is_gamma = scores[good] >= task.threshold
            scored.write(_scored_columns(batch, rows, good, names, scores, is_gamma))
            if not good.all():
                refused.write(_refused_columns(batch, rows, ~good, why))
                reasons.update(kind_of(reason) for reason in why if reason is not None)
            values = reference.values_of(events[good], scores[good])
            counts = add_counts(counts, count_in_bins(values, reference.binning))
            n_events += len(batch)
            n_scored += int(good.sum())
            n_gamma += int(is_gamma.sum())
        scored.write_nothing_if_empty()
    if not refused.is_open:
        task.refused.unlink(missing_ok=True)
    return {
        "n_events": n_events,
        "n_scored": n_scored,
        "n_gamma": n_gamma,
        "reasons": dict(sorted(reasons.items())),
        "counts": [own.tolist() for own in counts],
        "scored_sha256": digest_of(task.target),
        "refused_sha256": digest_of(task.refused) if refused.is_open else None,
    }


@lru_cache(maxsize=1)
def open_release(folder: Path) -> tuple[Release, Rules]:
    """Read a release once in each process."""
    release = speed_up(read_release(folder))
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
    blocks = [release.score(filled[k : k + BLOCK]) for k in range(0, len(filled), BLOCK)]
    return np.concatenate(blocks)[:n]


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
    kept = batch.select(carried)
    if not good.all():
        kept = kept.filter(pa.array(good))
    particles = pa.DictionaryArray.from_arrays(
        pa.array(is_gamma.astype(np.int8)), pa.array([HADRON, GAMMA])
    )
    columns = {
        **{_carried(name): kept.column(name) for name in carried},
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
    columns = {
        **{_carried(name): kept.column(name) for name in batch.schema.names},
        ROW: pa.array(rows[bad]),
        REASON: pa.array([reason for reason in why if reason is not None]),
    }
    return pa.RecordBatch.from_pydict(columns)


def _carried(name: str) -> str:
    return name + _OF_FILE if name in (ROW, GAMMANESS, PARTICLE, REASON) else name


class _Writer:
    """Parquet file that grows beside its place, and takes it when all went well.

    Parameters
    ----------
    target : file.
    opened : closes it.
    """

    def __init__(self, target: Path, opened: ExitStack):
        self._target = target
        self._opened = opened
        self._file: Any = None

    @property
    def is_open(self) -> bool:
        """Whether anything was written."""
        return self._file is not None

    def write(self, batch: pa.RecordBatch) -> None:
        """Add rows."""
        import pyarrow.parquet as pq

        if self._file is None:
            partial = self._opened.enter_context(replaced_when_done(self._target))
            self._file = self._opened.enter_context(pq.ParquetWriter(partial, batch.schema))
        self._file.write_batch(batch)

    def write_nothing_if_empty(self) -> None:
        """Write a file without rows, for a partition that has none."""
        import pyarrow as pa

        if self._file is None:
            nothing = {ROW: pa.int64(), GAMMANESS: pa.float64()}
            nothing |= {PARTICLE: pa.dictionary(pa.int8(), pa.string())}
            schema = pa.schema(list(nothing.items()))
            self.write(pa.RecordBatch.from_pylist([], schema))
