"""All partitions of a folder, side by side, and what came of them together."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from showerforge.atomic import remove_partials
from showerforge.errors import InputError, list_problems
from showerforge.partitions.work import (
    Partition,
    Work,
    find_recorded,
    set_aside,
    target_of,
    work_on,
)
from showerforge.places import Place, check_writable, list_files
from showerforge.progress import run_side_by_side

logger = logging.getLogger(__name__)


def list_partitions(folder: Place, endings: Sequence[str], dataset: str) -> list[str]:
    """List the files of a folder and those beneath that can be partitions, by relative path.

    What begins with a dot or an underscore is left out, as it is being written or says something
    about the others.

    Parameters
    ----------
    folder : of partitions.
    endings : of the names of partitions, in small letters.
    dataset : name of the folder in the catalog.

    Raises
    ------
    InputError
        If there are none, or what is made of two would be written to the same file.
    """
    names = [
        name
        for name in list_files(folder)
        if name.lower().endswith(tuple(endings))
        and not any(part[0] in "._" for part in name.split("/"))
    ]
    if not names:
        raise InputError(
            f"There are no partitions in {folder}: files of events that end in "
            f"{', '.join(endings)}. Put some there, or set the path of the dataset {dataset}. "
            "Nothing has been written."
        )
    twice, n = Counter(map(target_of, names)).most_common(1)[0]
    if n > 1:
        raise InputError(
            f"What is made of two partitions in {folder} would be written to {twice}. Rename one "
            "of them. Nothing has been written."
        )
    return names


def work_on_all(
    partitions: Sequence[Partition], work: Work, description: str
) -> list[dict[str, Any]]:
    """Work on all partitions that are not finished yet.

    What was made of partitions that are gone, or cannot be read any more, is set aside, so that
    what is in the folder of results belongs together.

    Parameters
    ----------
    partitions : all of the same folders.
    work : what is done with each.
    description : what is being done, such as "Scoring".

    Returns
    -------
    records : see `showerforge.partitions.work.work_on`, in the order of the partitions.
    """
    begin, n_new, n_events = time.monotonic(), 0, 0

    def remark() -> str:
        rate = n_events / max(time.monotonic() - begin, 1e-9)
        return f" ({n_events:,} events, {rate:,.0f} events/s)" if n_new else ""

    written = {place for one in partitions for place in (one.results, one.quarantine)}
    for folder in written:
        check_writable(folder)
    notes = _set_aside_gone(partitions)
    records = []
    jobs = [(partition, work) for partition in partitions]
    for record in run_side_by_side(
        work_on, jobs, -1, description, in_processes=True, remark=remark
    ):
        records.append(record)
        if record["problem"] is None and record["is_new"]:
            n_new += 1
            n_events += record["n_events"]
        notes += record.get("set_aside", [])
    for folder in written:
        # a store has none
        if isinstance(folder, Path):
            remove_partials(folder)
    finished = sum(record["problem"] is None and not record["is_new"] for record in records)
    if finished:
        logger.info(
            "%s: %d of %d partitions were finished before and are left",
            description,
            finished,
            len(records),
        )
    problem = tell_bad_partitions(records)
    if problem is not None:
        logger.warning("%s: %s", description, problem)
    if notes:
        logger.warning(
            "%s: partitions are gone or cannot be read any more, and what was made of them is set "
            "aside:\n%s",
            description,
            list_problems(notes),
        )
    return records


def _set_aside_gone(partitions: Sequence[Partition]) -> list[str]:
    """Set aside what was made of partitions that are not there any more."""
    any_one, names = partitions[0], {partition.name for partition in partitions}
    gone = [name for name in find_recorded(any_one.results) if name not in names]
    return [note for name in gone for note in set_aside(replace(any_one, name=name))]


def good_of(records: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Records of the partitions that could be read."""
    return [record for record in records if record["problem"] is None]


def count_events(records: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Add up what came of all partitions, whatever was done with them.

    Returns
    -------
    counts : numbers of partitions and events, refused events by reason, events per second of CPU.
    """
    good = good_of(records)
    reasons: Counter[str] = Counter()
    for record in good:
        reasons.update(record["reasons"])
    n_events = sum(record["n_events"] for record in good)
    cpu_seconds = sum(record["cpu_seconds"] for record in good)
    return {
        "partitions": len(records),
        "bad_partitions": len(records) - len(good),
        "events": n_events,
        "refused": sum(record["n_refused"] for record in good),
        "refused_by_reason": dict(reasons.most_common()),
        "events_per_cpu_second": n_events / cpu_seconds if cpu_seconds else None,
    }


def numbers_of(summary: dict[str, Any]) -> dict[str, float]:
    """Take the numbers out of a summary, for tracking."""
    return {key: float(value) for key, value in summary.items() if isinstance(value, int | float)}


def tell_bad_partitions(records: Sequence[dict[str, Any]]) -> str | None:
    """Say which partitions could not be read, None if all could."""
    bad = [record["problem"] for record in records if record["problem"] is not None]
    if not bad:
        return None
    return f"{len(bad)} of {len(records)} partitions could not be read:\n{list_problems(bad)}"
