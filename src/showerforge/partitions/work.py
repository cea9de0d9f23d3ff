"""One partition: worked on unless that was done already, with a record of what came of it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from showerforge.atomic import PARTIAL
from showerforge.errors import InputError
from showerforge.partitions.writing import is_ours
from showerforge.places import (
    Place,
    StoreError,
    at_hand,
    fingerprint_of,
    is_there,
    list_files,
    made_at,
    move,
    read_text,
    remove,
    write_text,
)

#: version of the records
VERSION = 2
#: added to the names of folders for what was made of partitions that are gone
GONE = "_gone"
_RECORDS = ".records"


@dataclass(frozen=True)
class Partition:
    """A file of a folder, and where that is written which comes of it.

    Attributes
    ----------
    name : path of the file within `folder`.
    folder, results, quarantine : folders of partitions, of what is made of them, and of the events
        that are refused.
    """

    name: str
    folder: Place
    results: Place
    quarantine: Place

    @property
    def source(self) -> Place:
        """The file itself."""
        return self.folder / self.name

    @property
    def target(self) -> Place:
        """File of what is made of it."""
        return self.results / target_of(self.name)

    @property
    def refused(self) -> Place:
        """File of refused events, if there are any."""
        return self.quarantine / target_of(self.name)

    @property
    def record(self) -> Place:
        """File of what came of it."""
        return self.results / _RECORDS / f"{self.name}.json"


def target_of(name: str) -> str:
    """Name of what is written for a partition: always Parquet."""
    return name if name.endswith(".parquet") else f"{name}.parquet"


@dataclass(frozen=True)
class Files:
    """Files of a partition on a disk, wherever its folders are.

    Attributes
    ----------
    source : is read.
    target : is written.
    refused : is written if events are refused.
    """

    source: Path
    target: Path
    refused: Path


class Work(Protocol):
    """What is done with a partition. It travels to the workers, so it is small."""

    @property
    def settings(self) -> dict[str, Any]:
        """All that the results depend on beside the partition, as plain JSON."""

    def __call__(self, files: Files) -> dict[str, Any]:
        """Write the target, and the refused events if there are any.

        Returns
        -------
        record : as plain JSON; at least ``n_events``, ``n_refused``, and ``reasons``, numbers of
            refused events by the reason.

        Raises
        ------
        InputError
            If the partition cannot be read. Then neither file is new.
        """


def work_on(partition: Partition, work: Work) -> dict[str, Any]:
    """Work on a partition, unless that was done already.

    Returns
    -------
    record : ``name``; ``problem``, why it could not be read, or None; then that of the work with
        ``seconds`` and ``cpu_seconds`` it took, ``is_new``, its settings, and fingerprints of the
        files; or else ``set_aside``, see `set_aside`.
    """
    begin, cpu = time.monotonic(), time.process_time()
    try:
        about = {
            "version": VERSION,
            "name": partition.name,
            **work.settings,
            "source_fingerprint": fingerprint_of(partition.source),
        }
        known = _find_finished(partition, about)
        if known is not None:
            return {**known, "is_new": False}
        _claim(partition)
        with _at_hand(partition) as files:
            record = {**about, **work(files), "problem": None}
        record |= _fingerprints_of(partition)
        record["seconds"] = time.monotonic() - begin
        record["cpu_seconds"] = time.process_time() - cpu
        _write_record(partition, record)
    except StoreError as error:
        return {"name": partition.name, "problem": str(error), "is_new": True, "set_aside": []}
    except (InputError, OSError) as error:
        return {
            "name": partition.name,
            "problem": str(error),
            "is_new": True,
            "set_aside": set_aside(partition),
        }
    return {**record, "is_new": True}


@contextmanager
def _at_hand(partition: Partition) -> Iterator[Files]:
    """Give the files of a partition on a disk; see `showerforge.places`."""
    with (
        made_at(partition.refused) as refused,
        made_at(partition.target) as target,
        at_hand(partition.source) as source,
    ):
        yield Files(source, target, refused)


def find_recorded(results: Place) -> list[str]:
    """List the partitions that a folder of results has records of."""
    return [
        name.removesuffix(".json")
        for name in list_files(results / _RECORDS)
        if name.endswith(".json") and not name.rpartition("/")[2].startswith(PARTIAL)
    ]


def set_aside(partition: Partition) -> list[str]:
    """Move what was made of a partition out of the way, because it is not true any more.

    Its record says what was written. What is another file now is somebody else's, and is left.

    Returns
    -------
    notes : what became of each file.
    """
    record = _read_record(partition)
    if record is None:
        return []
    notes = []
    for folder, file, key in (
        (partition.results, partition.target, "target_fingerprint"),
        (partition.quarantine, partition.refused, "refused_fingerprint"),
    ):
        if not is_there(file):
            continue
        if key in record and fingerprint_of(file) != record[key]:
            notes.append(f"{file} was changed by somebody else, and is left")
            continue
        gone = folder.with_name(folder.name + GONE) / target_of(partition.name)
        move(file, gone)
        notes.append(f"{file} is {gone} now")
    remove(partition.record)
    return notes


def _claim(partition: Partition) -> None:
    """Write down that the files of a partition are ours, before there are any.

    Raises
    ------
    InputError
        If there is a file already that is not.
    """
    if not is_there(partition.record):
        for file in (partition.target, partition.refused):
            if is_there(file) and not is_ours(file):
                raise InputError(
                    f"{file} is there, but was not made of {partition.name}. Move it away, or "
                    "rename the partition."
                )
    _write_record(partition, {"version": VERSION, "name": partition.name})


def _write_record(partition: Partition, record: dict[str, Any]) -> None:
    write_text(partition.record, json.dumps(record))


def _read_record(partition: Partition) -> dict[str, Any] | None:
    """Read the record, None if there is none; one that is spoilt says nothing of the files."""
    text = read_text(partition.record)
    if text is None:
        return None
    try:
        record: dict[str, Any] = json.loads(text)
    except ValueError:
        return {}
    return record


def _find_finished(partition: Partition, about: dict[str, Any]) -> dict[str, Any] | None:
    """Find what came of the same partition before, if files are what they were then."""
    record = _read_record(partition)
    if record is None or not is_there(partition.target):
        return None
    wanted = {**about, **_fingerprints_of(partition)}
    return record if all(record.get(key) == value for key, value in wanted.items()) else None


def _fingerprints_of(partition: Partition) -> dict[str, str | None]:
    refused = partition.refused
    return {
        "target_fingerprint": fingerprint_of(partition.target),
        "refused_fingerprint": fingerprint_of(refused) if is_there(refused) else None,
    }
