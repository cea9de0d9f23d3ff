"""The file of a study: a journal that several processes write to and any of them may be killed."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from showerforge.errors import InputError
from showerforge.locks import lock, locked

#: how every line of a journal begins
LINE_BEGINS = b'{"op_code":'


class KernelLock:
    """Lock of a journal for one addition, which the system opens when its holder is killed.

    Optuna's own locks are files, which a killed process leaves behind for half a minute. Before
    anything is added, a line that a killed process left unfinished is taken away.

    Parameters
    ----------
    path : the journal.
    """

    def __init__(self, path: Path):
        self._path = path
        self._file: BinaryIO | None = None

    def __reduce__(self) -> tuple[type[KernelLock], tuple[Path]]:
        """Another process opens the file itself."""
        return KernelLock, (self._path,)

    def acquire(self) -> bool:
        """Wait for the lock."""
        self._file = self._path.open("r+b")
        lock(self._file)
        _drop_unfinished_line(self._file)
        return True

    def release(self) -> None:
        """Open the lock."""
        if self._file is not None:
            self._file.close()
            self._file = None


def _drop_unfinished_line(file: BinaryIO) -> None:
    size = file.seek(0, os.SEEK_END)
    if size == 0:
        return
    file.seek(size - 1)
    if file.read(1) != b"\n":
        file.seek(0)
        file.truncate(file.read().rfind(b"\n") + 1)


def open_storage(path: Path) -> JournalStorage:
    """Open a journal, or begin one.

    Parameters
    ----------
    path : the journal. An unfinished last line, as a killed process leaves it, does not matter.

    Raises
    ------
    InputError
        If the file is no journal; it is left as it is.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        _check_lines(path)
    return JournalStorage(JournalFileBackend(str(path), lock_obj=KernelLock(path)))


def _check_lines(path: Path) -> None:
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            whole = line.endswith(b"\n")
            if not (_is_record(line) if whole else _may_become_record(line)):
                raise InputError(
                    f"{path}, line {number}, is no record of a study: {line[:60]!r}. Either the "
                    "file is something else, or it was damaged. Remove it to begin anew, or give "
                    "magic.tuning_journal another filepath in the catalog. Nothing has been "
                    "changed."
                )


def _is_record(line: bytes) -> bool:
    try:
        record = json.loads(line)
    except ValueError:
        return False
    return isinstance(record, dict) and {"op_code", "worker_id"} <= set(record)


def _may_become_record(line: bytes) -> bool:
    return line.startswith(LINE_BEGINS) or LINE_BEGINS.startswith(line)


@contextmanager
def only_call(path: Path) -> Iterator[None]:
    """Keep other calls off a study as long as this one works on it.

    Raises
    ------
    InputError
        If another call works on it.
    """
    with locked(path, wait=False) as is_ours:
        if not is_ours:
            raise InputError(
                f"{path} is in use by another call. Wait for its end, or end it; all finished "
                "trials are kept."
            )
        yield
