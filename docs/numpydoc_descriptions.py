"""Griffe reads what follows a colon in our docstrings as a type; here it becomes the description.

``events : DataFrame[n_events, 10], the Hillas parameters`` says what the argument is, in words and
shapes. Types are taken from the annotations.
"""

import re
from typing import Any

import griffe

SECTION = re.compile(r"^(Parameters|Returns|Attributes|Yields)\n-+\n", flags=re.MULTILINE)
UNDERLINED = re.compile(r"^\S.*\n-{3,}$", flags=re.MULTILINE)
ENTRY = re.compile(r"^(\S[^:\n]*?) : (.+)$", flags=re.MULTILINE)


class DescribedEntries(griffe.Extension):
    """Puts descriptions where the numpydoc parser looks for them."""

    def on_instance(self, *, obj: griffe.Object, **_: Any) -> None:
        """Rewrite the docstring of an object that has one."""
        if obj.docstring:
            obj.docstring.value = describe_entries(obj.docstring.value)


def describe_entries(text: str) -> str:
    """Move the words behind the name of each entry to a line of their own."""
    parts = SECTION.split(text)
    for place in range(2, len(parts), 2):
        following = UNDERLINED.search(parts[place])
        end = following.start() if following else len(parts[place])
        entries = ENTRY.sub(r"\1\n    \2", parts[place][:end])
        parts[place] = (
            f"{parts[place - 1]}\n{'-' * len(parts[place - 1])}\n{entries}{parts[place][end:]}"
        )
        parts[place - 1] = ""
    return "".join(parts)
