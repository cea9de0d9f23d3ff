"""Compilation of inner loops by numba, with a cache that knows when it is out of date."""

from __future__ import annotations

import logging
import os
import tempfile
from pathlib import Path
from typing import Any

import numba
from platformdirs import user_cache_dir

from showerforge.fingerprints import code_of

logger = logging.getLogger(__name__)

#: packages with compiled functions
COMPILED = ("calorimeter", "cameras", "generators/images", "scoring", "showers")


def cache_folder() -> Path | None:
    """Make a folder for compiled functions, another one for each state of their source.

    numba's own cache looks at the file of a function only, not at those of the functions that it
    calls, so that a change of these would go unnoticed.

    Returns
    -------
    folder : in the user's cache, or among temporary files where that cannot be written; None
        where neither can.
    """
    name = f"compiled-{code_of(*COMPILED)}"
    for parent in (user_cache_dir("showerforge"), f"{tempfile.gettempdir()}/showerforge"):
        folder = Path(parent) / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            return folder
    return None


def _decorator() -> Any:
    if "NUMBA_CACHE_DIR" in os.environ:
        return numba.njit(cache=True)
    folder = cache_folder()
    if folder is None:
        logger.info("Compiled functions cannot be kept: no folder for them can be written")
        return numba.njit
    numba.config.CACHE_DIR = str(folder)
    return numba.njit(cache=True)


#: decorator of functions that are compiled when they are first called
compiled: Any = _decorator()
