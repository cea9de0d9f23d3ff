"""Disk, memory and what is compiled."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from showerforge.diagnosis.findings import Finding, Status

#: bytes of free disk and memory below which there is a warning, and below which a problem
DISK = 5 * 2**30, 2**30
MEMORY = 4 * 2**30, 2**30
TOPIC = "machine"


def look_at_machine(project: Path | None) -> Iterator[Finding]:
    """See whether there is room.

    Parameters
    ----------
    project : on whose disk results go; None for the current folder.
    """
    import psutil

    from showerforge.compiled import cache_folder
    from showerforge.executors import count_cores

    folder = project or Path.cwd()
    yield _judge(f"free disk at {folder}", shutil.disk_usage(folder).free, DISK)
    yield _judge("free memory", psutil.virtual_memory().available, MEMORY)
    yield Finding(TOPIC, "ok", f"{count_cores()} cores")
    cache = cache_folder()
    if cache is None:
        yield Finding(
            TOPIC,
            "warning",
            "compiled functions cannot be kept, and are compiled anew by every process",
            "make ~/.cache writable, or name a folder in NUMBA_CACHE_DIR",
        )
    else:
        yield Finding(TOPIC, "ok", f"compiled functions are kept in {cache}")


def _judge(what: str, n_bytes: int, limits: tuple[int, int]) -> Finding:
    low, least = limits
    status: Status = "problem" if n_bytes < least else "warning" if n_bytes < low else "ok"
    remedy = "" if status == "ok" else f"less than {low / 2**30:g} GiB may not be enough"
    return Finding(TOPIC, status, f"{n_bytes / 2**30:.1f} GiB {what}", remedy)
