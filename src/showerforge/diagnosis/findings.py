"""What an examination finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from showerforge.errors import find_input_error

Status = Literal["ok", "warning", "problem"]


@dataclass(frozen=True)
class Finding:
    """What was found of one thing.

    Attributes
    ----------
    topic : such as "data".
    status : "warning" for what may be meant so, "problem" for what stops commands or pipelines.
    text : what was found.
    remedy : what to do; empty if nothing.
    """

    topic: str
    status: Status
    text: str
    remedy: str = ""


def asking(
    topic: str, look: Callable[..., Iterator[Finding]], *arguments: Any
) -> Iterator[Finding]:
    """Yield what a look finds; whatever ends it is a finding, too, and others go on."""
    try:
        yield from look(*arguments)
    except Exception as error:
        reason = find_input_error(error)
        said = str(reason) if reason else f"{type(error).__name__}: {error}"
        first, *rest = said.strip().splitlines()
        yield Finding(topic, "problem", first, " ".join(line.strip() for line in rest))
