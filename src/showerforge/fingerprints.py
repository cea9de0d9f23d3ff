"""Fingerprints of files, values and code, and names that change with what results depend on."""

import hashlib
import json
import os
import re
import sys
from collections.abc import Iterable, Mapping
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


@lru_cache
def code_in_use() -> str:
    """Fingerprint of all that numbers depend on beside files and parameters.

    These are our own source, Python, all installed packages with their versions, and the backend of
    Keras.
    """
    digest = hashlib.sha256(f"{sys.version} {os.environ.get('KERAS_BACKEND')}".encode())
    for file in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(file.read_bytes())
    # names with the versions; to read the packages' own notes takes a hundred times as long
    for folder in sorted({i.name for place in sys.path for i in Path(place).glob("*.dist-info")}):
        digest.update(folder.encode())
    return digest.hexdigest()


def digest_of(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest_of_files(files: Iterable[Path], folder: str) -> str:
    """SHA-256 of files and of their places relative to a folder."""
    return digest_of_value(
        sorted((os.path.relpath(file, folder), digest_of(file)) for file in files)
    )


def digest_of_value(value: Any) -> str:
    """SHA-256 of what JSON knows, or a model of pydantic."""
    text = json.dumps(value, sort_keys=True, default=lambda model: model.model_dump(mode="json"))
    return hashlib.sha256(text.encode()).hexdigest()


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
