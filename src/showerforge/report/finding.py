"""Pages that runs have written: where they are, and which is the newest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from showerforge.errors import MissingError, suggest_names

#: of all experiments, beneath a project
REPORTS = Path("data/08_reporting")


@dataclass(frozen=True)
class Page:
    """A page in HTML.

    Attributes
    ----------
    path : the file.
    experiment : its folder: an experiment, with the environment it was run in, such as
        "magic_quick".
    kind : what it is, such as "report" or "certificate".
    written : when.
    """

    path: Path
    experiment: str
    kind: str
    written: datetime


def find_pages(
    folder: Path, experiment: str | None = None, kind: str | None = "report"
) -> list[Page]:
    """Find pages, the newest first.

    Parameters
    ----------
    folder : of the reports of all experiments.
    experiment : such as "magic", in any environment, or "magic_quick"; None for all.
    kind : of the pages; None for all.

    Raises
    ------
    MissingError
        If there are none; it says what there is instead, and what makes one.
    """
    pages = [
        Page(
            path,
            path.parent.name,
            path.stem,
            datetime.fromtimestamp(path.stat().st_mtime, UTC).astimezone(),
        )
        for path in folder.glob("*/[!.]*.html")
    ]
    found = [
        page
        for page in pages
        if kind in (None, page.kind) and (experiment is None or _is_of(page.experiment, experiment))
    ]
    if not found:
        known = sorted({f"{page.experiment} ({page.kind})" for page in pages})
        near = suggest_names(experiment or "", {page.experiment for page in pages})
        raise MissingError(
            f"There is no {kind or 'page'} {f'of {experiment} ' if experiment else ''}in {folder}"
            f"{near}; there is {', '.join(known) or 'nothing'}. Make one: `showerforge run "
            f"{experiment or 'magic'}`."
        )
    return sorted(found, key=lambda page: page.written, reverse=True)


def _is_of(folder: str, experiment: str) -> bool:
    return folder == experiment or folder.startswith(f"{experiment}_")
