"""Files and folders that are either written whole or not at all."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

PARTIAL = ".partial-"


@contextmanager
def replaced_when_done(target: Path) -> Iterator[Path]:
    """Give a path beside the target to write to, and rename it when all went well.

    Parameters
    ----------
    target : file to be replaced. Its folder is made if there is none.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    # not the process id: on machines that share a disk, and in containers, others have the same
    partial = target.with_name(f"{PARTIAL}{uuid4().hex[:12]}-{target.name}")
    try:
        yield partial
        os.replace(partial, target)
    finally:
        if partial.is_dir():
            shutil.rmtree(partial)
        partial.unlink(missing_ok=True)


def remove_partials(folder: Path) -> None:
    """Remove what writers that were killed have left in a folder, or beneath.

    Parameters
    ----------
    folder : in which nobody writes now.
    """
    for partial in folder.rglob(f"{PARTIAL}*"):
        partial.unlink(missing_ok=True)
