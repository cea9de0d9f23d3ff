"""Figures of how well classifiers of images separate their two classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from showerforge.classifiers.classes import GAMMA_HADRON, Classes
from showerforge.figures import style
from showerforge.figures.contenders import choose_looks, legend_beside, order
from showerforge.figures.separation import thin
from showerforge.metrics.separation import Separation

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from plotly.graph_objects import Figure as InteractiveFigure

#: least background efficiency that is drawn
LOWEST = 1e-4
#: height of a panel in units of the largest Q that is sure
HEADROOM = 1.1
#: on an axis that is even in the logit of a score
SCORE_TICKS = (0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97, 0.99, 0.999)
#: how much closer to 1 than the closest cut the axis goes
SCORE_MARGIN = 5
BLIND = "dashed: blind to directions"


def roc_curves(
    scores: pd.DataFrame,
    is_signal: NDArray[np.bool_],
    separation: pd.DataFrame,
    footer: str,
    classes: Classes = GAMMA_HADRON,
) -> Figure:
    """Signal against background efficiency, with the cuts of Q.

    Parameters
    ----------
    scores : float[n_events, n_classifiers], scores of the test events, in [0, 1].
    is_signal : bool[n_events]
    separation : table of the classifiers, one row each: ``classifier`` (column of the scores),
        ``label``, ``kind`` (see `showerforge.figures.contenders`), ``is_blind``, ``roc_auc``, and
        ``gamma_efficiency`` and ``hadron_efficiency`` at the cut of Q.
    footer : provenance of the data.
    classes : what the classes are called.
    """
    figure = style.new_figure(13, 5, footer)
    looks = choose_looks(separation)
    panels = figure.subplots(1, 2)
    for row in order(separation).itertuples():
        look = looks[row.classifier]
        values = Separation.unweighted(is_signal, scores[row.classifier].to_numpy())
        curve = thin(values.hadron_efficiency[0], values.gamma_efficiency[0])
        for axes in panels:
            axes.plot(*curve, look.line, color=look.colour, linewidth=1.3)
            axes.plot(
                row.hadron_efficiency,
                row.gamma_efficiency,
                look.line,
                marker=look.marker,
                color=look.colour,
                markerfacecolor=look.face,
                markersize=6,
                linewidth=1.3,
                label=f"{row.label}: {row.roc_auc:.4f}",
                zorder=3,
            )
    for axes, scale in zip(panels, ("linear", "log"), strict=True):
        axes.set(xscale=scale, ylim=(0, 1.01))
        axes.set_xlabel(f"{classes.background} efficiency")
        style.tidy(axes)
    panels[0].set_ylabel(f"{classes.signal} efficiency")
    panels[1].set_xlim(LOWEST, 1)
    panels[1].set_title("markers: cuts of Q, not chosen on these events", fontsize=9)
    legend_beside(figure, panels[0], _title("ROC-AUC", separation))
    return figure


def _title(figure_of_merit: str, separation: pd.DataFrame) -> str:
    return f"{figure_of_merit}; {BLIND}" if separation["is_blind"].any() else figure_of_merit


def interactive_roc_curves(
    scores: pd.DataFrame,
    is_signal: NDArray[np.bool_],
    separation: pd.DataFrame,
    footer: str,
    classes: Classes = GAMMA_HADRON,
) -> InteractiveFigure:
    """ROC curves to zoom into; see `roc_curves`."""
    import plotly.graph_objects as go

    figure = go.Figure()
    looks = choose_looks(separation)
    for row in order(separation).itertuples():
        look = looks[row.classifier]
        values = Separation.unweighted(is_signal, scores[row.classifier].to_numpy())
        x, y, thresholds = thin(
            values.hadron_efficiency[0, 1:], values.gamma_efficiency[0, 1:], values.thresholds
        )
        figure.add_scatter(
            x=x,
            y=y,
            customdata=thresholds,
            mode="lines",
            line={"color": look.colour, "dash": look.dash},
            name=f"{row.label} ({row.roc_auc:.4f})",
            legendgroup=row.classifier,
            hovertemplate=f"{classes.background}s %{{x:.4f}}<br>{classes.signal}s %{{y:.4f}}"
            f"<br>{classes.score} %{{customdata:.4f}}",
        )
        figure.add_scatter(
            x=[row.hadron_efficiency],
            y=[row.gamma_efficiency],
            mode="markers",
            marker={"color": look.colour, "symbol": look.symbol, "size": 9},
            name=row.label,
            legendgroup=row.classifier,
            showlegend=False,
            hovertemplate="cut of Q<br>%{x:.4f}, %{y:.4f}",
        )
    figure.update_layout(
        **style.PLOTLY_LAYOUT,
        title=_title("ROC curves (area in brackets), markers: cuts of Q", separation),
        xaxis={
            "title": f"{classes.background} efficiency",
            "type": "log",
            "range": [np.log10(LOWEST), 0],
        },
        yaxis={"title": f"{classes.signal} efficiency"},
        legend={"font": {"size": 11}},
    )
    return style.with_footer(figure, footer)


def quality_curves(
    scores: pd.DataFrame,
    is_signal: NDArray[np.bool_],
    separation: pd.DataFrame,
    classes: Classes,
    footer: str,
    minimum_surviving_background: int = 30,
) -> Figure:
    """Quality factor and signal efficiency against the cut, as in figures of the TAIGA paper.

    Parameters
    ----------
    scores, is_signal, separation, footer : see `roc_curves`; classifiers that are not in
        ``separation`` are not drawn. It has ``threshold`` and ``quality_factor``, too.
    classes : what the classes are called.
    minimum_surviving_background : with fewer background events left, Q is mostly noise, and its
        line is dotted.
    """
    figure = style.new_figure(13, 5, footer)
    looks = choose_looks(separation)
    quality, efficiency = figure.subplots(1, 2, sharex=True)
    highest = 0.0
    for row in order(separation).itertuples():
        look = looks[row.classifier]
        line = {"color": look.colour, "linewidth": 1.3}
        values = Separation.unweighted(is_signal, scores[row.classifier].to_numpy())
        # Q is infinite where no background is left
        is_finite = values.hadrons_kept[0, 1:] > 0
        cuts = values.thresholds[is_finite]
        signal, share, left = (
            of_none[0, 1:][is_finite]
            for of_none in (values.gamma_efficiency, values.hadron_efficiency, values.hadrons_kept)
        )
        is_sure = left >= minimum_surviving_background
        q = signal / np.sqrt(share)
        highest = max(highest, q.max(where=is_sure, initial=0))
        for chosen, dashes in ((is_sure, look.line), (~is_sure, ":")):
            quality.plot(*thin(cuts, np.where(chosen, q, np.nan)), dashes, **line)
        efficiency.plot(*thin(values.thresholds, values.gamma_efficiency[0, 1:]), look.line, **line)
        for axes, height in ((quality, row.quality_factor), (efficiency, row.gamma_efficiency)):
            axes.plot(
                row.threshold,
                height if np.isfinite(height) else np.nan,
                look.line,
                marker=look.marker,
                markerfacecolor=look.face,
                markersize=6,
                label=row.label,
                zorder=3,
                **line,
            )
    at_cuts = separation["quality_factor"].replace(np.inf, np.nan).max()
    quality.set_ylim(0, HEADROOM * np.fmax(highest, at_cuts))
    quality.set_ylabel("quality factor Q")
    quality.set_title(
        f"dotted: fewer than {minimum_surviving_background} {classes.background}s left", fontsize=9
    )
    efficiency.set_ylim(0, 1.01)
    efficiency.set_ylabel(f"{classes.signal} efficiency")
    efficiency.set_title("markers: cuts of Q, not chosen on these events", fontsize=9)
    for axes in (quality, efficiency):
        # good classifiers are cut so close to 1 that all else would be an edge
        axes.set_xscale("logit")
        axes.set_xticks(SCORE_TICKS, [f"{tick:g}" for tick in SCORE_TICKS])
        axes.xaxis.set_minor_formatter("")
        axes.set_xlim(SCORE_TICKS[0], 1 - (1 - separation["threshold"].max()) / SCORE_MARGIN)
        axes.set_xlabel(f"cut on the {classes.score}")
        style.tidy(axes)
    legend_beside(figure, quality, BLIND if separation["is_blind"].any() else "")
    return figure
