"""Names of results that change with whatever the results depend on."""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

import showerforge

KEY_DIGITS = 12


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
