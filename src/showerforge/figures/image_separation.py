"""Figures of how well image parameters separate gammas from hadrons."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from showerforge.classifiers.image_separation import BY_NAME, CUTS
from showerforge.figures import style
from showerforge.figures.separation import thin
from showerforge.metrics.separation import Separation

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from plotly.graph_objects import Figure as InteractiveFigure

#: least hadron efficiency that is drawn
LOWEST = 1e-4


def _colour(name: str) -> str:
    return style.PURPLE if BY_NAME[name].model == CUTS else style.GREEN


def roc_curves(
    scores: pd.DataFrame, is_gamma: np.ndarray, separation: pd.DataFrame, footer: str
) -> Figure:
    """Gamma against hadron efficiency, with the cuts of Q.

    Parameters
    ----------
    scores : float[n_events, n_classifiers], gammaness of the test events.
    is_gamma : bool[n_events]
    separation : see `showerforge.classifiers.image_separation.judge`.
    footer : provenance of the data.
    """
    figure = style.new_figure(11, 5, footer)
    for axes, scale in zip(figure.subplots(1, 2), ("linear", "log"), strict=True):
        for row in separation.itertuples():
            values = Separation.unweighted(is_gamma, scores[row.classifier].to_numpy())
            axes.plot(
                values.hadron_efficiency[0],
                values.gamma_efficiency[0],
                "--" if row.is_blind else "-",
                color=_colour(row.classifier),
                linewidth=1.4,
                label=f"{row.label}: {row.roc_auc:.4f}",
            )
            axes.plot(
                row.hadron_efficiency,
                row.gamma_efficiency,
                "o",
                color=_colour(row.classifier),
                markersize=6,
                markerfacecolor="white" if row.is_blind else None,
            )
        axes.set(xscale=scale, xlabel="hadron efficiency", ylabel="gamma efficiency")
        axes.set_ylim(0, 1.01)
        if scale == "log":
            axes.set_xlim(LOWEST, 1)
        style.tidy(axes)
    figure.axes[0].legend(
        title="ROC-AUC; dashed: blind to directions", fontsize=7, title_fontsize=7
    )
    figure.axes[1].set_title("points: cuts of Q, chosen on training events", fontsize=9)
    return figure


def interactive_roc_curves(
    scores: pd.DataFrame, is_gamma: np.ndarray, separation: pd.DataFrame, footer: str
) -> InteractiveFigure:
    """ROC curves to zoom into; see `roc_curves`."""
    import plotly.graph_objects as go

    figure = go.Figure()
    for row in separation.itertuples():
        values = Separation.unweighted(is_gamma, scores[row.classifier].to_numpy())
        x, y, thresholds = thin(
            values.hadron_efficiency[0, 1:], values.gamma_efficiency[0, 1:], values.thresholds
        )
        figure.add_scatter(
            x=x,
            y=y,
            customdata=thresholds,
            mode="lines",
            line={"color": _colour(row.classifier), "dash": "dash" if row.is_blind else "solid"},
            name=f"{row.label} ({row.roc_auc:.4f})",
            hovertemplate="hadrons %{x:.4f}<br>gammas %{y:.4f}<br>gammaness %{customdata:.4f}",
        )
    figure.update_layout(
        **style.PLOTLY_LAYOUT,
        title="ROC curves (area in brackets); dashed: blind to directions",
        xaxis={"title": "hadron efficiency", "type": "log", "range": [np.log10(LOWEST), 0]},
        yaxis={"title": "gamma efficiency"},
    )
    return style.with_footer(figure, footer)
