"""How results are written: aligned columns for people, JSON for machines."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import click


def write_json(result: Any) -> None:
    """Write a result as JSON."""
    click.echo(json.dumps(result, indent=2, default=str))


def align(rows: Sequence[Sequence[str]]) -> str:
    """Lay out rows as lines, each column as wide as its widest cell."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
