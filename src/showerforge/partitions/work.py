"""One partition: worked on unless that was done already, with a record of what came of it."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from showerforge.atomic import replaced_when_done
from showerforge.errors import InputError

#: version of the records
VERSION = 2
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
    record : ``name``; ``problem``, why it could not be read, or None; and else that of the work
        with ``seconds`` and ``cpu_seconds`` it took, ``is_new``, its settings, and digests of the
        files.
    """
    begin, cpu = time.monotonic(), time.process_time()
    try:
        about = {
            "version": VERSION,
            "name": partition.name,
            **work.settings,
            "source_sha256": digest_of(partition.source),
        }
        known = _find_record(partition, about)
        if known is not None:
            return {**known, "is_new": False}
        record = {**about, **work(partition), **_digests_of(partition), "problem": None}
    except (InputError, OSError) as error:
        partition.record.unlink(missing_ok=True)
        return {"name": partition.name, "problem": str(error), "is_new": True}
    record["seconds"] = time.monotonic() - begin
    record["cpu_seconds"] = time.process_time() - cpu
    with replaced_when_done(partition.record) as partial:
        partial.write_text(json.dumps(record))
    return {**record, "is_new": True}


def digest_of(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _find_record(partition: Partition, about: dict[str, Any]) -> dict[str, Any] | None:
    """Find what came of the same partition before, if files are what they were then."""
    try:
        record: dict[str, Any] = json.loads(partition.record.read_text())
        wanted = {**about, **_digests_of(partition)}
    except (OSError, ValueError):
        return None
    return record if all(record.get(key) == value for key, value in wanted.items()) else None


def _digests_of(partition: Partition) -> dict[str, str | None]:
    return {
        "target_sha256": digest_of(partition.target),
        "refused_sha256": digest_of(partition.refused) if partition.refused.exists() else None,
    }
