"""Compilation of inner loops by numba, with a cache that knows when it is out of date."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import numba
from platformdirs import user_cache_dir

#: packages with compiled functions
_PACKAGES = ("cameras", "showers")


def cache_folder() -> Path:
    """Folder for compiled functions, another one for each state of their source.

    numba's own cache looks at the file of a function only, not at those of the functions that it
    calls, so that a change of these would go unnoticed.
    """
    digest = hashlib.sha256()
    for package in _PACKAGES:
        for file in sorted((Path(__file__).parent / package).glob("*.py")):
            digest.update(file.read_bytes())
    return Path(user_cache_dir("showerforge")) / f"compiled-{digest.hexdigest()[:16]}"


if "NUMBA_CACHE_DIR" not in os.environ:
    numba.config.CACHE_DIR = str(cache_folder())

#: decorator of functions that are compiled when they are first called
compiled: Any = numba.njit(cache=True)
