"""First look at all partitions: how many events, how many of no use, and what they weigh."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from showerforge.at_scale.labelled import PARTICLES, LabelledBatch, Reading, read_labelled
from showerforge.at_scale.splits import Hashes, Side, hash_contents
from showerforge.atomic import remove_partials
from showerforge.errors import InputError
from showerforge.events.layout import FORMAT_OF_SUFFIX
from showerforge.partitions.folder import list_partitions, tell_bad_partitions
from showerforge.partitions.work import target_of
from showerforge.partitions.writing import TableWriter
from showerforge.places import Place, check_writable, fingerprint_of, made_at
from showerforge.progress import run_side_by_side
from showerforge.serving.events import kind_of

logger = logging.getLogger(__name__)

#: different events of a partition by which copies on both sides of a split are looked for
WATCHED = 20_000


@dataclass(frozen=True)
class PartitionSurvey:
    """What is in a partition.

    Attributes
    ----------
    name : path within the folder of partitions.
    problem : why it cannot be read, or None.
    fingerprint : of the file.
    n_events : rows of the file.
    reasons : rows that cannot be used, by parameter or relation.
    counts : events that can, by side, then by particle.
    weights : sums of weights of the training events by particle.
    """

    name: str
    problem: str | None = None
    fingerprint: str = ""
    n_events: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    weights: dict[str, float] = field(default_factory=dict)

    @property
    def n_training(self) -> int:
        """Events that are learnt from."""
        return sum(self.counts[Side.TRAINING.label].values())


@dataclass(frozen=True, eq=False)
class Watched:
    """Events with the smallest hashes of their contents, each once, and the sides they are on.

    What has a small hash in one partition has it in all others. So the copies of a watched event
    are watched everywhere, and all events are where there are few.

    Attributes
    ----------
    contents : uint64[n], sorted.
    sides : int8[n], a bit for each side.
    limit : hash beyond which events are not watched.
    """

    contents: Hashes
    sides: NDArray[np.int8]
    limit: int

    @classmethod
    def nothing(cls) -> Watched:
        """Watch no event yet."""
        return cls(np.empty(0, np.uint64), np.empty(0, np.int8), 2**64 - 1)

    def join(self, contents: Hashes, sides: NDArray[np.int8], limit: int = 2**64 - 1) -> Watched:
        """Watch more events, as far as there is room.

        Parameters
        ----------
        contents : uint64[n], hashes in any order.
        sides : int8[n], a bit for each side.
        limit : hash up to which they are watched.
        """
        limit = min(limit, self.limit)
        contents = np.concatenate([self.contents, contents])
        sides = np.concatenate([self.sides, sides])
        inside = contents <= np.uint64(limit)
        distinct, places = np.unique(contents[inside], return_inverse=True)
        joined = np.zeros(len(distinct), np.int8)
        np.bitwise_or.at(joined, places, sides[inside])
        if len(distinct) > WATCHED:
            distinct, joined = distinct[:WATCHED], joined[:WATCHED]
            limit = int(distinct[-1])
        return Watched(distinct, joined, limit)

    @property
    def n_on_several_sides(self) -> int:
        """Events with copies on more than one side."""
        return int((np.bitwise_count(self.sides) > 1).sum())


def survey_partition(reading: Reading, name: str) -> tuple[PartitionSurvey, Watched]:
    """Read a partition once, and write what cannot be used to the folder for that."""
    watched = Watched.nothing()
    reasons: Counter[str] = Counter()
    counts = np.zeros((len(Side), len(PARTICLES)), dtype=np.int64)
    weights = np.zeros(len(PARTICLES))
    n_events = 0
    try:
        with made_at(reading.refused / target_of(name)) as refused, ExitStack() as opened:
            writer = TableWriter(refused, opened)
            for batch in read_labelled(reading, name):
                n_events += len(batch.rows) + len(batch.reasons)
                reasons.update(map(kind_of, batch.reasons))
                if batch.refused is not None:
                    writer.write(batch.refused)
                np.add.at(counts, (batch.sides, batch.is_gamma.astype(int)), 1)
                is_learnt = batch.sides == Side.TRAINING
                weights += np.bincount(
                    batch.is_gamma[is_learnt], batch.weight[is_learnt], len(PARTICLES)
                )
                if reading.group is not None:
                    watched = _watch(watched, batch)
        fingerprint = fingerprint_of(reading.source / name)
    except (InputError, OSError) as error:
        return PartitionSurvey(name, problem=str(error)), Watched.nothing()
    survey = PartitionSurvey(
        name,
        fingerprint=fingerprint,
        n_events=n_events,
        reasons=dict(sorted(reasons.items())),
        counts={
            side.label: dict(zip(PARTICLES, counts[side].tolist(), strict=True)) for side in Side
        },
        weights=dict(zip(PARTICLES, weights.tolist(), strict=True)),
    )
    return survey, watched


def _watch(watched: Watched, batch: LabelledBatch) -> Watched:
    return watched.join(hash_contents(batch.events), np.left_shift(np.int8(1), batch.sides))


def survey_folder(reading: Reading) -> list[PartitionSurvey]:
    """Read all partitions once.

    Returns
    -------
    surveys : in the order of the names, which is that of the events.

    Raises
    ------
    InputError
        If there are none, one cannot be read, or copies of an event have different groups, and
        are on different sides therefore.
    """
    names = list_partitions(reading.source, tuple(FORMAT_OF_SUFFIX), "magic.labelled_events")
    check_writable(reading.refused)
    jobs = [(reading, name) for name in names]
    surveys, watched = [], Watched.nothing()
    for survey, own in run_side_by_side(
        survey_partition, jobs, -1, "Looking at partitions", in_processes=True
    ):
        surveys.append(survey)
        watched = watched.join(own.contents, own.sides, own.limit)
    if isinstance(reading.refused, Path):
        remove_partials(reading.refused)
    problem = tell_bad_partitions([asdict(survey) for survey in surveys])
    if problem is not None:
        raise InputError(f"{problem}\nMend or remove them. Nothing has been trained.")
    _check_copies(watched, reading)
    return surveys


def _check_copies(watched: Watched, reading: Reading) -> None:
    if watched.n_on_several_sides:
        raise InputError(
            f"Of {len(watched.contents):,} different events that were looked at, "
            f"{watched.n_on_several_sides:,} have copies with the same ten parameters and another "
            f"{reading.group}, so that what is learnt from is tested on as well. Give copies the "
            f"same {reading.group}, or set magic.training_at_scale.group to null, by which copies "
            "stay together. Nothing has been trained."
        )


def summarise(surveys: Sequence[PartitionSurvey]) -> dict[str, Any]:
    """Add up what is in all partitions.

    Returns
    -------
    summary : ``partitions``, ``events``, ``refused``, ``refused_by_reason``; ``counts`` of the
        events by side and particle, and ``mean_weights`` of the training events by particle.

    Raises
    ------
    InputError
        If a side has no events of a class, or those that are learnt from weigh nothing.
    """
    reasons = _add(survey.reasons for survey in surveys)
    counts = {side.label: _add(survey.counts[side.label] for survey in surveys) for side in Side}
    for side, of_side in counts.items():
        for particle in PARTICLES:
            if not of_side[particle]:
                raise InputError(
                    f"There are no {particle} events for the {side}: of "
                    f"{sum(s.n_events for s in surveys):,} events {sum(reasons.values()):,} cannot "
                    "be used, and the rest is parted by magic.data_processing.test_fraction and "
                    "magic.training_at_scale.validation_fraction. Bring more events. Nothing has "
                    "been trained."
                )
    weights = _add(survey.weights for survey in surveys)
    for particle in PARTICLES:
        if not weights[particle] > 0:
            raise InputError(f"All {particle} events that are learnt from have weight zero.")
    return {
        "partitions": len(surveys),
        "events": sum(survey.n_events for survey in surveys),
        "refused": int(sum(reasons.values())),
        "refused_by_reason": dict(Counter(reasons).most_common()),
        "counts": counts,
        "mean_weights": {p: weights[p] / counts["training"][p] for p in PARTICLES},
    }


def check_refused(summary: Mapping[str, Any], maximum_fraction: float, refused: Place) -> None:
    """Refuse partitions of which too much cannot be used.

    Raises
    ------
    InputError
        If more than `maximum_fraction` of the events cannot; they are in the folder `refused`.
    """
    reasons = ", ".join(f"{why}: {n:,}" for why, n in summary["refused_by_reason"].items())
    if summary["refused"] > maximum_fraction * summary["events"]:
        raise InputError(
            f"{summary['refused']:,} of {summary['events']:,} events cannot be used ({reasons}), "
            f"more than the allowed share of {maximum_fraction:g}. They are in {refused}, with "
            "their reasons. Either the events are wrong, or a constraint is not hard: see "
            "magic.data_processing. Nothing has been trained."
        )
    if summary["refused"]:
        logger.info(
            "%d of %d events cannot be used (%s); they are in %s",
            summary["refused"],
            summary["events"],
            reasons,
            refused,
        )


def _add(parts: Iterable[dict[str, Any]]) -> dict[str, Any]:
    total: Counter[str] = Counter()
    for part in parts:
        total.update(part)
    return dict(total)
