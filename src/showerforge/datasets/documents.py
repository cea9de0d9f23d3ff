"""Text documents."""

from typing import Any

from kedro_datasets import json, text

from showerforge.datasets.atomic import AtomicSave


class JSONDataset(AtomicSave, json.JSONDataset):
    """Plain JSON."""


class OptionalJSONDataset(JSONDataset):
    """Plain JSON that loads as None when there is no file."""

    def load(self) -> Any:
        """Read the file, if there is one."""
        return super().load() if self.exists() else None


class TextDataset(AtomicSave, text.TextDataset):
    """Plain text, such as HTML."""
