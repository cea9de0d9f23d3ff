"""Figures: PNG for papers, Plotly for a closer look."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from kedro_datasets import plotly
from kedro_datasets._typing import ImagePreview

from showerforge.atomic import replaced_when_done
from showerforge.datasets.atomic import AtomicSave, LocalFileDataset

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class InteractiveFigureDataset(AtomicSave, plotly.JSONDataset):
    """Plotly figure as JSON."""


class FigureDataset(LocalFileDataset):
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
        super().__init__(filepath, metadata)
        self._dots_per_inch = dots_per_inch

    def save(self, data: Figure) -> None:
        """Write the figure."""
        with replaced_when_done(self._filepath) as partial:
            data.savefig(partial, format="png", dpi=self._dots_per_inch)

    def load(self) -> bytes:
        """Read the file."""
        return self._filepath.read_bytes()

    def preview(self) -> ImagePreview:
        """Show the figure in kedro-viz."""
        return ImagePreview(base64.b64encode(self.load()).decode())
