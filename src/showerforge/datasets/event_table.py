"""The raw event table: acquired, verified, read strictly."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from kedro.io import AbstractDataset, DatasetError
from kedro_datasets._typing import TablePreview

from showerforge.datasets.acquisition import Source, acquire
from showerforge.events.reader import read_events


class EventTableDataset(AbstractDataset[None, pd.DataFrame]):
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
        self._path = Path(filepath)
        self._sha256 = sha256
        self._sources = [Source(**source) for source in sources or []]
        self.metadata = metadata

    @property
    def _filepath(self) -> Path:
        return self._path

    def load(self) -> pd.DataFrame:
        """Acquire the table if need be, verify and read it; see `read_events`."""
        if self._sha256:
            acquire(self._path, self._sha256, self._sources)
        return read_events(self._path)

    def save(self, data: None) -> None:
        """Refuse: raw data are never written by a pipeline."""
        raise DatasetError("Raw data are read only.")

    def preview(self, nrows: int = 5) -> TablePreview:
        """Show the first rows in kedro-viz."""
        return TablePreview(read_events(self._path).head(nrows).to_dict(orient="split"))

    def _exists(self) -> bool:
        return self._path.is_file()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._path), "sha256": self._sha256}
