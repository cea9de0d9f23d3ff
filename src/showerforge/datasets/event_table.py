"""The raw event table: acquired, verified, read strictly."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from kedro_datasets._typing import TablePreview

from showerforge.datasets.acquisition import Source, acquire
from showerforge.datasets.atomic import LocalFileDataset
from showerforge.datasets.read_only import ReadOnly
from showerforge.errors import InputError
from showerforge.events.layout import TableLayout, as_list, parse_layout
from showerforge.events.mapping import EventFile, read_mapped_events
from showerforge.events.reader import read_events
from showerforge.events.schema import GAMMA, HADRON
from showerforge.project import in_project


class EventTableDataset(ReadOnly, LocalFileDataset):
    """Event table that fetches itself when it is not there, or a table of the user's own.

    Parameters
    ----------
    filepath : the table.
    sha256 : checksum of the right table; null for a table of the user's own, which is read
        as it is.
    sources : where to get it, in order, as mappings of `Source`.
    metadata : for kedro-viz and MLflow.
    files : instead of `filepath`, the file or files of each class: ``gamma`` and ``hadron``.
    layout : what a table of the user's own looks like, see `TableLayout`; null for
        comma-separated text as in the UCI table.

    Raises
    ------
    InputError
        If the layout cannot be used, or does not go with the files.
    """

    def __init__(
        self,
        filepath: str | None = None,
        sha256: str | None = None,
        sources: list[dict[str, Any]] | None = None,
        metadata: dict[str, Any] | None = None,
        files: dict[str, str | list[str]] | None = None,
        layout: dict[str, Any] | None = None,
    ):
        if (sha256 and files) or (sources and not sha256):
            raise InputError(
                "sha256 is for the one file named by filepath, and sources need a sha256 by which "
                "they are verified. Remove what does not go with the rest of the catalog entry."
            )
        self._layout = parse_layout(layout) if layout is not None else None
        self._files = _event_files(filepath, files, self._layout)
        super().__init__(str(self._files[0].path), metadata)
        self._sha256 = sha256
        self._sources = [Source(**source) for source in sources or []]

    def load(self) -> pd.DataFrame:
        """Acquire the table if need be, verify and read it.

        See `read_events`, and `read_mapped_events` for a table with a layout.
        """
        if self._sha256:
            acquire(self._filepath, self._sha256, self._sources)
        return self._read()

    def _read(self) -> pd.DataFrame:
        if self._layout is None:
            return read_events(self._filepath)
        return read_mapped_events(self._files, self._layout)

    def preview(self, nrows: int = 5) -> TablePreview:
        """Show the first rows in kedro-viz."""
        return TablePreview(self._read().head(nrows).to_dict(orient="split"))

    def files(self) -> list[Path]:
        """List the file or files of events that are there."""
        return [file.path for file in self._files if file.path.is_file()]

    def _exists(self) -> bool:
        return all(file.path.is_file() for file in self._files)

    def _describe(self) -> dict[str, Any]:
        return {"files": [str(file.path) for file in self._files]}


def _event_files(
    filepath: str | None, files: dict[str, str | list[str]] | None, layout: TableLayout | None
) -> list[EventFile]:
    """List the files and check that the layout goes with them."""
    if (filepath is None) == (files is None):
        raise InputError(
            "The event table in the catalog needs either `filepath`, or `files` with the file or "
            "files of each class."
        )
    if filepath is not None:
        if layout is not None and layout.label is None:
            raise InputError(
                f"{filepath}: the layout must say by `label` which column tells gammas from "
                "hadrons; or name the file of each class by `files` instead of `filepath`."
            )
        return [EventFile(Path(filepath))]
    if files is None or sorted(files) != [GAMMA, HADRON]:
        raise InputError(
            f"`files` of the event table must name {GAMMA} and {HADRON}, not "
            f"{', '.join(map(str, files or [])) or 'nothing'}."
        )
    if layout is None or layout.label is not None:
        raise InputError(
            "An event table with `files` of each class needs a `layout`, and in it no `label`: the "
            "file is the label."
        )
    # Kedro makes only `filepath` absolute
    return [
        EventFile(in_project(path), particle)
        for particle in (GAMMA, HADRON)
        for path in as_list(files[particle])
    ]
