"""One partition: worked on unless that was done already, with a record of what came of it."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from showerforge.atomic import PARTIAL, replaced_when_done
from showerforge.errors import InputError
from showerforge.partitions.writing import is_ours

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
    folder: Path
    results: Path
    quarantine: Path

    @property
    def source(self) -> Path:
        """The file itself."""
        return self.folder / self.name

    @property
    def target(self) -> Path:
        """File of what is made of it."""
        return self.results / target_of(self.name)

    @property
    def refused(self) -> Path:
        """File of refused events, if there are any."""
        return self.quarantine / target_of(self.name)

    @property
    def record(self) -> Path:
        """File of what came of it."""
        return self.results / _RECORDS / f"{self.name}.json"


def target_of(name: str) -> str:
    """Name of what is written for a partition: always Parquet."""
    return name if name.endswith(".parquet") else f"{name}.parquet"


class Work(Protocol):
    """What is done with a partition. It travels to the workers, so it is small."""

    @property
    def settings(self) -> dict[str, Any]:
        """All that the results depend on beside the partition, as plain JSON."""

    def __call__(self, partition: Partition) -> dict[str, Any]:
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
        ``seconds`` and ``cpu_seconds`` it took, ``is_new``, its settings, and digests of the
        files; or else ``set_aside``, see `set_aside`.
    """
    begin, cpu = time.monotonic(), time.process_time()
    try:
        about = {
            "version": VERSION,
            "name": partition.name,
            **work.settings,
            "source_sha256": digest_of(partition.source),
        }
        known = _find_finished(partition, about)
        if known is not None:
            return {**known, "is_new": False}
        _claim(partition)
        record = {**about, **work(partition), **_digests_of(partition), "problem": None}
    except (InputError, OSError) as error:
        return {
            "name": partition.name,
            "problem": str(error),
            "is_new": True,
            "set_aside": set_aside(partition),
        }
    record["seconds"] = time.monotonic() - begin
    record["cpu_seconds"] = time.process_time() - cpu
    _write_record(partition, record)
    return {**record, "is_new": True}


def find_recorded(results: Path) -> list[str]:
    """List the partitions that a folder of results has records of."""
    folder = results / _RECORDS
    return sorted(
        path.relative_to(folder).as_posix().removesuffix(".json")
        for path in folder.rglob("*.json")
        if not path.name.startswith(PARTIAL)
    )


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
    for folder, file, digest in (
        (partition.results, partition.target, "target_sha256"),
        (partition.quarantine, partition.refused, "refused_sha256"),
    ):
        if not file.exists():
            continue
        if digest in record and digest_of(file) != record[digest]:
            notes.append(f"{file} was changed by somebody else, and is left")
            continue
        gone = folder.with_name(folder.name + GONE) / file.relative_to(folder)
        gone.parent.mkdir(parents=True, exist_ok=True)
        file.replace(gone)
        notes.append(f"{file} is {gone} now")
    partition.record.unlink()
    return notes


def digest_of(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _claim(partition: Partition) -> None:
    """Write down that the files of a partition are ours, before there are any.

    Raises
    ------
    InputError
        If there is a file already that is not.
    """
    if not partition.record.exists():
        for file in (partition.target, partition.refused):
            if file.exists() and not is_ours(file):
                raise InputError(
                    f"{file} is there, but was not made of {partition.name}. Move it away, or "
                    "rename the partition."
                )
    _write_record(partition, {"version": VERSION, "name": partition.name})


def _write_record(partition: Partition, record: dict[str, Any]) -> None:
    with replaced_when_done(partition.record) as partial:
        partial.write_text(json.dumps(record))


def _read_record(partition: Partition) -> dict[str, Any] | None:
    """Read the record, None if there is none; one that is spoilt says nothing of the files."""
    try:
        record: dict[str, Any] = json.loads(partition.record.read_text())
    except FileNotFoundError:
        return None
    except ValueError:
        return {}
    return record


def _find_finished(partition: Partition, about: dict[str, Any]) -> dict[str, Any] | None:
    """Find what came of the same partition before, if files are what they were then."""
    record = _read_record(partition)
    if record is None or not partition.target.exists():
        return None
    wanted = {**about, **_digests_of(partition)}
    return record if all(record.get(key) == value for key, value in wanted.items()) else None


def _digests_of(partition: Partition) -> dict[str, str | None]:
    return {
        "target_sha256": digest_of(partition.target),
        "refused_sha256": digest_of(partition.refused) if partition.refused.exists() else None,
    }
