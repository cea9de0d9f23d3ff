"""What several commands have in common: places, types of options, examples."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from showerforge.project import in_project

Function = TypeVar("Function", bound=Callable[..., Any])

#: of the folder of releases, the log and its days, what is to be scored, and what is to be learnt
#: from, beneath a project
RELEASES = Path("data/06_models/magic/releases")
LOG = Path("data/07_model_output/magic/predictions.sqlite")
DAYS = Path("data/07_model_output/magic/served_events")
TO_SCORE = Path("data/01_raw/magic/events_to_score")
TO_LEARN = Path("data/01_raw/magic/labelled_events")

#: a file that is there, a file or folder that is there, and a path of any kind
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
THERE = click.Path(exists=True, path_type=Path)
PATH = click.Path(path_type=Path)


def examples(*lines: str) -> str:
    """Write examples as the end of a help text."""
    return "\n".join(["\b", "Examples:", *(f"  $ {line}" for line in lines)])


def path_option(name: str, default: Path, about: str) -> Callable[[Function], Function]:
    """Make an option for a place beneath the project, or beneath the current folder outside of one.

    Parameters
    ----------
    name : such as "--releases".
    default : from the project.
    about : help text.
    """
    return click.option(
        name, type=PATH, default=lambda: in_project(default), show_default=str(default), help=about
    )


releases_option = path_option("--releases", RELEASES, "Folder of releases.")
json_option = click.option("--json", "as_json", is_flag=True, help="Write the result as JSON.")


def check_output(as_json: bool, out: Path | None) -> None:
    """Refuse to write both a table and JSON to the output."""
    if as_json and out is None:
        raise click.UsageError("--json writes the counts to the output; name a file by --out.")


def split_names(
    context: click.Context, parameter: click.Parameter, value: str | None
) -> list[str] | None:
    """Read names that are separated by commas."""
    return None if value is None else [name.strip() for name in value.split(",")]
