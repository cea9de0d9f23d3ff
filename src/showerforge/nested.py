"""Settings within settings, as one level of dotted names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def flatten(values: Any, prefix: str = "") -> dict[str, Any]:
    """Flatten nested mappings and lists to dotted names."""
    if isinstance(values, dict):
        items: Iterator[tuple[Any, Any]] = iter(values.items())
    elif isinstance(values, list) and any(isinstance(value, dict) for value in values):
        items = enumerate(values)
    else:
        return {prefix: values}
    flat: dict[str, Any] = {}
    for key, value in items:
        flat.update(flatten(value, f"{prefix}.{key}" if prefix else str(key)))
    return flat
