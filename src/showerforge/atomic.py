"""Files and folders that are either written whole or not at all."""

import ctypes
import errno
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from showerforge.errors import InputError, find_cause

PARTIAL = ".partial-"

#: what the system says where nothing can be written, whatever the program does; NumPy says nothing
_CANNOT_WRITE = (
    None,
    errno.EACCES,
    errno.EDQUOT,
    errno.EEXIST,
    errno.EFBIG,
    errno.EISDIR,
    errno.ENOSPC,
    errno.ENOTDIR,
    errno.EPERM,
    errno.EROFS,
)
#: of Linux: paths start at the working directory; swap what is there with what is here
_AT_FDCWD, _RENAME_EXCHANGE = -100, 2


@contextmanager
def replaced_when_done(target: Path) -> Iterator[Path]:
    """Give a path beside the target to write to, and rename it when all went well.

    What is there afterwards is the old or the new, never a mixture, whatever kills the program or
    the machine. On file systems that cannot swap two folders, a kill in the moment between two
    renames leaves no folder.

    Parameters
    ----------
    target : file or folder to be replaced. Its folder is made if there is none.

    Raises
    ------
    InputError
        If the disk is full, or the folder cannot be written.
    """
    # not the process id: on machines that share a disk, and in containers, others have the same
    partial = target.with_name(f"{PARTIAL}{uuid4().hex[:12]}-{target.name}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield partial
        _flush(partial)
        if partial.is_dir() and target.is_dir():
            _exchange(partial, target)
        else:
            os.replace(partial, target)
    except Exception as error:
        # Kedro's own datasets raise another error with this one as cause
        refused = find_cause(error, OSError)
        if refused is None or refused.errno not in _CANNOT_WRITE:
            raise
        raise InputError(
            f"{target} cannot be written: {str(refused).splitlines()[0]}. Make room there, get the "
            "right to write, or name another place. What was there before is as it was."
        ) from error
    finally:
        _remove(partial)


def remove_partials(folder: Path) -> None:
    """Remove what writers that were killed have left in a folder, or beneath.

    Parameters
    ----------
    folder : in which nobody writes now.
    """
    for partial in list(folder.rglob(f"{PARTIAL}*")):
        _remove(partial)


def remove_partials_of(target: Path) -> None:
    """Remove what writers that were killed have left beside a file or folder, and beneath it.

    Parameters
    ----------
    target : which nobody writes now.
    """
    own = re.compile(rf"{re.escape(PARTIAL)}[0-9a-f]+-{re.escape(target.name)}")
    for partial in list(target.parent.glob(f"{PARTIAL}*")):
        if own.fullmatch(partial.name):
            _remove(partial)
    remove_partials(target)


def _remove(partial: Path) -> None:
    if partial.is_dir():
        shutil.rmtree(partial, ignore_errors=True)
    elif partial.exists():
        partial.unlink(missing_ok=True)


def _flush(partial: Path) -> None:
    """Have the disk hold what was written, so that the new name never comes before the content."""
    for file in [partial, *partial.rglob("*")]:
        if file.is_file():
            with file.open("rb") as written:
                os.fsync(written.fileno())


def _exchange(one: Path, other: Path) -> None:
    """Swap two folders: in one step where the system can, or else in three."""
    swap = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    names = (os.fsencode(one), os.fsencode(other))
    if swap and swap(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_EXCHANGE) == 0:
        return
    aside = one.with_name(f"{one.name}.old")
    os.replace(other, aside)
    os.replace(one, other)
    os.replace(aside, one)
