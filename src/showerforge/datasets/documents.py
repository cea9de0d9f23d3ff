"""Text documents."""

from kedro_datasets import json, text

from showerforge.datasets.atomic import AtomicSave


class JSONDataset(AtomicSave, json.JSONDataset):
    """Plain JSON."""


class TextDataset(AtomicSave, text.TextDataset):
    """Plain text, such as HTML."""
