"""Figures: PNG for papers, Plotly for a closer look."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from kedro_datasets._typing import ImagePreview, PlotlyPreview

from showerforge.atomic import replaced_when_done
from showerforge.datasets.atomic import LocalFileDataset

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from plotly.graph_objects import Figure as InteractiveFigure


class InteractiveFigureDataset(LocalFileDataset):
    """Plotly figure as JSON.

    That of kedro-datasets imports the widgets of notebooks: a second and a half at every run.
    """

    def save(self, data: InteractiveFigure) -> None:
        """Write the figure."""
        with replaced_when_done(self._filepath) as partial:
            partial.write_text(data.to_json(), encoding="utf-8")

    def load(self) -> InteractiveFigure:
        """Read the figure."""
        import plotly.io

        return plotly.io.from_json(self._filepath.read_text(encoding="utf-8"))

    def preview(self) -> PlotlyPreview:
        """Show the figure in kedro-viz."""
        return PlotlyPreview(json.loads(self._filepath.read_text(encoding="utf-8")))


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
        from showerforge.figures.style import as_png

        with replaced_when_done(self._filepath) as partial:
            partial.write_bytes(as_png(data, self._dots_per_inch))

    def load(self) -> bytes:
        """Read the file."""
        return self._filepath.read_bytes()

    def preview(self) -> ImagePreview:
        """Show the figure in kedro-viz."""
        return ImagePreview(base64.b64encode(self.load()).decode())
