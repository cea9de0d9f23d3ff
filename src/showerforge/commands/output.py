"""How results are written: aligned columns for people, JSON for machines."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click


@contextmanager
def logging_to_stderr() -> Iterator[None]:
    """Let what our packages log go beside the result, whatever else is told to log."""
    logger, handler = logging.getLogger("showerforge"), logging.StreamHandler(sys.stderr)
    level, propagates = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        logger.propagate = propagates


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
