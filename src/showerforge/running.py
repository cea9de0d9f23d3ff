"""Runs that are going on: no two work on the same files, and none is killed without a trace."""

from __future__ import annotations

import errno
import json
import logging
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, NamedTuple

from showerforge.atomic import replaced_when_done
from showerforge.errors import InputError, list_problems
from showerforge.locks import lock

logger = logging.getLogger(__name__)

#: what file systems say that know no locks, as those of some clusters
_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)


@dataclass(frozen=True)
class Run:
    """A run, as others see it.

    Attributes
    ----------
    id : by which it is known elsewhere.
    command : that began it.
    since : date and time.
    process : number of the process, and name of its machine.
    reads, writes : paths of files and folders.
    """

    id: str
    command: str
    since: str
    process: str
    reads: list[str]
    writes: list[str]


class _Announcement(NamedTuple):
    path: Path
    run: Run
    goes_on: bool


@contextmanager
def announced(folder: Path, run: Run) -> Iterator[None]:
    """Announce a run to others as long as it goes on.

    Parameters
    ----------
    folder : of the announcements, one file for each run, which keeps it locked.
    run : the run.

    Raises
    ------
    InputError
        If another run works on the same files, or the folder cannot be written.
    """
    path = folder / f"{run.id}-{os.getpid()}.json"
    with ExitStack() as opened:
        with replaced_when_done(path) as partial:
            file = opened.enter_context(partial.open("xb"))
            has_locks = _try_lock(file, folder)
            file.write(json.dumps(asdict(run), indent=2).encode())
            file.flush()
        opened.callback(path.unlink, missing_ok=True)
        if has_locks:
            _refuse_clashes(run, [a.run for a in _read(folder) if a.goes_on and a.path != path])
        else:
            path.unlink()
        yield


def take_killed(folder: Path) -> list[Run]:
    """Find runs that have ended without a word, and forget them.

    Parameters
    ----------
    folder : of the announcements.
    """
    killed = []
    for announcement in _read(folder):
        if not announcement.goes_on:
            announcement.path.unlink(missing_ok=True)
            killed.append(announcement.run)
    return killed


def _try_lock(file: IO[bytes], folder: Path) -> bool:
    try:
        return lock(file)
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
        logger.warning("%s knows no locks: nothing keeps two runs off the same files", folder)
        return False


def _read(folder: Path) -> Iterator[_Announcement]:
    """Read all announcements, and see whose runs go on: they hold the lock of theirs."""
    for path in sorted(folder.glob("[!.]*.json")):
        try:
            with path.open("rb") as file:
                goes_on = not lock(file, wait=False, shared=True)
                yield _Announcement(path, Run(**json.load(file)), goes_on)
        except FileNotFoundError:
            # has ended meanwhile
            continue


def _refuse_clashes(run: Run, others: list[Run]) -> None:
    for other in others:
        clashes = set(run.writes) & {*other.reads, *other.writes} | set(run.reads) & set(
            other.writes
        )
        if clashes:
            raise InputError(
                f"Another run works on the same files: {other.command!r}, process {other.process}, "
                f"since {other.since}.\n{list_problems(sorted(clashes))}\n"
                "Wait for its end, or end it, or run with another environment, which has folders "
                "of its own. Nothing has been run."
            )
