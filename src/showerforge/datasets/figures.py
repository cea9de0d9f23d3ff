"""Figures: PNG for papers, Plotly for a closer look."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kedro.io import AbstractDataset
from kedro_datasets import plotly
from kedro_datasets._typing import ImagePreview

from showerforge.datasets.atomic import AtomicSave, replaced_when_done

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class InteractiveFigureDataset(AtomicSave, plotly.JSONDataset):
    """Plotly figure as JSON."""


class FigureDataset(AbstractDataset["Figure", bytes]):
    """Matplotlib figure, saved as PNG and loaded as the bytes of the file.

    Parameters
    ----------
    filepath : PNG file.
    dots_per_inch : resolution.
    metadata : for kedro-viz and MLflow.
    """

    def __init__(
        self, filepath: str, dots_per_inch: int = 150, metadata: dict[str, Any] | None = None
    ):
        self._path = Path(filepath)
        self._dots_per_inch = dots_per_inch
        self.metadata = metadata

    @property
    def _filepath(self) -> Path:
        return self._path

    def save(self, data: Figure) -> None:
        """Write the figure."""
        with replaced_when_done(self._path) as partial:
            data.savefig(partial, format="png", dpi=self._dots_per_inch)

    def load(self) -> bytes:
        """Read the file."""
        return self._path.read_bytes()

    def preview(self) -> ImagePreview:
        """Show the figure in kedro-viz."""
        return ImagePreview(base64.b64encode(self.load()).decode())

    def _exists(self) -> bool:
        return self._path.is_file()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._path), "dots_per_inch": self._dots_per_inch}
