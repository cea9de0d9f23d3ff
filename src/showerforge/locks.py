"""Locks that the system opens when their holder ends, however it ends."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


def lock(file: IO[bytes], wait: bool = True, shared: bool = False) -> bool:
    """Lock an open file until it is closed.

    Parameters
    ----------
    file : to be locked.
    wait : for another holder to end.
    shared : whether others may hold a shared lock, too.

    Returns
    -------
    is_locked : False if somebody else has it locked.

    Raises
    ------
    OSError
        If the file system knows no locks.
    """
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        fcntl.flock(file, kind | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    return True


@contextmanager
def locked(path: Path, wait: bool = True) -> Iterator[bool]:
    """Hold the lock of a path, by a file beside it; tells whether it was got."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(f"{path.name}.lock").open("ab") as file:
        yield lock(file, wait)
