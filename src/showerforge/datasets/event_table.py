"""The raw event table: acquired, verified, read strictly."""

from __future__ import annotations

from typing import Any

import pandas as pd
from kedro.io import DatasetError
from kedro_datasets._typing import TablePreview

from showerforge.datasets.acquisition import Source, acquire
from showerforge.datasets.atomic import LocalFileDataset
from showerforge.events.reader import read_events


class EventTableDataset(LocalFileDataset):
    """Comma-separated event table that fetches itself when it is not there.

    Parameters
    ----------
    filepath : the table.
    sha256 : checksum of the right table; null for a table of the user's own, which is read
        as it is.
    sources : where to get it, in order, as mappings of `Source`.
    metadata : for kedro-viz and MLflow.
    """

    def __init__(
        self,
        filepath: str,
        sha256: str | None = None,
        sources: list[dict[str, Any]] | None = None,
        metadata: dict[str, Any] | None = None,
    ):
        super().__init__(filepath, metadata)
        self._sha256 = sha256
        self._sources = [Source(**source) for source in sources or []]

    def load(self) -> pd.DataFrame:
        """Acquire the table if need be, verify and read it; see `read_events`."""
        if self._sha256:
            acquire(self._filepath, self._sha256, self._sources)
        return read_events(self._filepath)

    def save(self, data: None) -> None:
        """Refuse: raw data are never written by a pipeline."""
        raise DatasetError("Raw data are read only.")

    def preview(self, nrows: int = 5) -> TablePreview:
        """Show the first rows in kedro-viz."""
        return TablePreview(read_events(self._filepath).head(nrows).to_dict(orient="split"))
