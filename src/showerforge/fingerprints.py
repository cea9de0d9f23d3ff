"""Names of results that change with whatever the results depend on."""

import hashlib
import json
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import showerforge

KEY_DIGITS = 12


@lru_cache
def code_of(*packages: str) -> str:
    """Fingerprint of the source of some of our packages, such as "showers"."""
    digest = hashlib.sha256()
    for package in packages:
        for file in sorted((Path(__file__).parent / package).glob("*.py")):
            digest.update(file.read_bytes())
    return digest.hexdigest()[:KEY_DIGITS]


def key_of(name: str, depends_on: Mapping[str, Any]) -> str:
    """Name a result by what it is, and by a fingerprint of all that its numbers depend on.

    Parameters
    ----------
    name : what the result is, for people.
    depends_on : everything that changes its numbers, of types that JSON knows.
    """
    text = json.dumps(
        {**depends_on, "version": showerforge.__version__}, sort_keys=True, default=list
    )
    fingerprint = hashlib.sha256(text.encode()).hexdigest()[:KEY_DIGITS]
    return re.sub(r"[^\w-]+", "-", f"{name}_{fingerprint}").lower()
