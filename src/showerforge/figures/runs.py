"""Figure of the metrics of several runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from showerforge.figures import style
from showerforge.report.runs import Group, interval_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PANELS_IN_ROW = 3
PANEL_WIDTH, LINE_HEIGHT, PANEL_MARGIN = 5.0, 0.3, 1.3


def run_intervals(group: Group, footer: str) -> Figure:
    """Draw every metric with its interval, run by run, the latest on top.

    Parameters
    ----------
    group : runs that can be compared.
    footer : where they come from.
    """
    n_rows = -(-len(group.metrics) // PANELS_IN_ROW)
    n_columns = min(PANELS_IN_ROW, len(group.metrics))
    height = n_rows * (PANEL_MARGIN + LINE_HEIGHT * len(group.runs))
    figure = style.new_figure(PANEL_WIDTH * n_columns, height, footer)
    panels = figure.subplots(n_rows, n_columns, squeeze=False, sharey=True)
    places = np.arange(len(group.runs))[::-1]
    for axes, metric in zip(panels.flat, group.metrics, strict=False):
        for place, run in zip(places, group.runs, strict=True):
            interval = interval_of(run, metric)
            if interval is not None:
                value, lower, upper = interval
                axes.plot([lower, upper], [place, place], color=style.BLUE, linewidth=2)
                axes.plot(value, place, "o", color=style.BLUE)
        axes.set_xlabel(metric)
        axes.locator_params(axis="x", nbins=4)
        axes.set_yticks(places, [f"{run['started']}  {run['run']}" for run in group.runs])
        style.tidy(axes)
    for axes in panels.flat[len(group.metrics) :]:
        axes.set_visible(False)
    return figure
