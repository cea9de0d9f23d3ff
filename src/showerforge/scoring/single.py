"""One table of events, scored into one table."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import IO

from showerforge.errors import InputError, list_problems
from showerforge.events.layout import format_of
from showerforge.events.output import open_output
from showerforge.partitions.writing import ROW
from showerforge.scoring.judging import judge_batches
from showerforge.scoring.tables import read_batches
from showerforge.serving.events import Rules, kind_of
from showerforge.serving.manifest import WorkingPoint
from showerforge.serving.releases import Release

#: events in memory at a time
BATCH_EVENTS = 65_536


@dataclass(frozen=True)
class Outcome:
    """What came of a table.

    Attributes
    ----------
    n_events, n_scored, n_gamma : all, those with a score, those that pass the working point.
    reasons : refused events by the parameter or relation.
    refused : the first of them, in words.
    """

    n_events: int
    n_scored: int
    n_gamma: int
    reasons: dict[str, int]
    refused: str


def classify_table(
    table: str | PathLike[str],
    release: Release,
    point: WorkingPoint,
    scored: str | PathLike[str] | IO[bytes],
    refused: str | PathLike[str] | None = None,
) -> Outcome:
    """Score the events of a table.

    Parameters
    ----------
    table : Parquet, CSV with a header, or HDF5; the parameters are found by name, in the units of
        the release.
    release : that scores.
    point : where gammas end.
    scored : where the scores go: ``row`` of the table, from 0, ``gammaness`` and ``particle``, and
        all columns that are no parameters; see `showerforge.events.output.open_output`.
    refused : where refused events go, whole and with the ``reason``; None for nowhere.

    Returns
    -------
    outcome : what came of it.

    Raises
    ------
    InputError
        If the table cannot be read, lacks a parameter, or holds no events.
    """
    table = Path(table)
    format_of(table)
    rules = Rules(release.manifest.parameters, release.manifest.relations)
    n_events = n_scored = n_gamma = 0
    reasons: Counter[str] = Counter()
    told: list[str] = []
    with ExitStack() as opened:
        write = opened.enter_context(open_output(scored))
        write_refused = opened.enter_context(open_output(refused)) if refused else None
        batches = read_batches(table, release.manifest.names, BATCH_EVENTS)
        for judged in judge_batches(batches, release, rules, point.threshold):
            write(judged.scored)
            if judged.reasons and write_refused:
                write_refused(judged.refused)
            rows = judged.refused.column(ROW).to_pylist()
            told += [f"row {row}: {why}" for row, why in zip(rows, judged.reasons, strict=True)]
            reasons.update(map(kind_of, judged.reasons))
            n_events += len(judged.events) + len(judged.reasons)
            n_scored += len(judged.events)
            n_gamma += judged.n_gamma
        if not n_events:
            raise InputError(f"{table} holds no events. Nothing has been written.")
    return Outcome(n_events, n_scored, n_gamma, dict(reasons.most_common()), list_problems(told))
