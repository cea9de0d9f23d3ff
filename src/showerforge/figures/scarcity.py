"""Figures of when synthetic data help."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from showerforge.figures import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from plotly.graph_objects import Figure as InteractiveFigure

#: by place in the list of treatments; the first, class weights, makes no events
COLOURS = (
    style.GREY,
    style.BLACK,
    style.PURPLE,
    style.ORANGE,
    style.BLUE,
    style.GREEN,
    style.VERMILION,
    style.SKY,
)
MARKERS = "xs^vDo*P<>p"
#: budgets of neighbouring treatments are drawn this factor apart, so that bars do not overlap
APART = 1.035
HORIZONTAL = "hadrons in training"


def _lines(changes: pd.DataFrame) -> list[tuple[str, str, str, float, pd.DataFrame]]:
    """List label, colour, marker, factor of the budget and rows of each treatment."""
    treatments = list(dict.fromkeys(changes["treatment"]))
    return [
        (
            treatment,
            COLOURS[place % len(COLOURS)],
            MARKERS[place % len(MARKERS)],
            APART ** (place - (len(treatments) - 1) / 2),
            changes[changes["treatment"] == treatment].dropna(subset="change"),
        )
        for place, treatment in enumerate(treatments)
    ]


def _ends(rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    return (
        (rows["change"] - rows["lower"]).to_numpy(),
        (rows["upper"] - rows["change"]).to_numpy(),
    )


def changes_by_budget(changes: pd.DataFrame, confidence: float, footer: str) -> Figure:
    """Change of ROC-AUC against the number of hadrons, a panel for each learner.

    Hollow points have intervals that do not know how much the hadrons matter, because every
    repeat has the same.

    Parameters
    ----------
    changes : rows of one figure of merit of the table of the study.
    confidence : coverage of the intervals.
    footer : provenance of the data.
    """
    from matplotlib.ticker import NullFormatter

    learners = list(dict.fromkeys(changes["learner"]))
    figure = style.new_figure(4.6 * len(learners) + 0.6, 4.6, footer)
    panels = np.ravel(figure.subplots(1, len(learners), sharey=True, squeeze=False))
    budgets = changes[["n_hadrons", "budget"]].drop_duplicates("n_hadrons")
    for axes, learner in zip(panels, learners, strict=True):
        axes.axhline(0, color=style.GREY, linewidth=0.8)
        for label, colour, marker, factor, rows in _lines(changes[changes["learner"] == learner]):
            x, y = rows["n_hadrons"].to_numpy() * factor, rows["change"].to_numpy()
            axes.errorbar(
                x,
                y,
                _ends(rows),
                fmt=f"{marker}-",
                color=colour,
                markersize=5,
                linewidth=1.1,
                label=label,
            )
            hollow = rows["remark"].fillna("").astype(bool).to_numpy()
            axes.plot(
                x[hollow],
                y[hollow],
                marker,
                color=colour,
                markersize=5,
                markerfacecolor="white",
                zorder=3,
            )
        axes.set(xscale="log", xlabel=HORIZONTAL, title=learner)
        names = [f"{row.n_hadrons:,}" for row in budgets.itertuples()]
        axes.set_xticks(budgets["n_hadrons"], names, fontsize=8, rotation=45)
        axes.xaxis.set_minor_formatter(NullFormatter())
        style.tidy(axes)
    interval = f"{100 * confidence:g} % interval"
    panels[0].set_ylabel(f"change of ROC-AUC against no treatment\n({interval})", fontsize=9)
    panels[-1].legend(
        title="hollow: the same hadrons in every repeat", title_fontsize=7, fontsize=7
    )
    return figure


def interactive_changes_by_budget(
    changes: pd.DataFrame, confidence: float, footer: str
) -> InteractiveFigure:
    """Change of ROC-AUC to look at closely; see `changes_by_budget`."""
    from plotly.subplots import make_subplots

    learners = list(dict.fromkeys(changes["learner"]))
    figure = make_subplots(1, len(learners), shared_yaxes=True, subplot_titles=learners)
    for column, learner in enumerate(learners, start=1):
        for label, colour, _, factor, rows in _lines(changes[changes["learner"] == learner]):
            above, below = reversed(_ends(rows))
            figure.add_scatter(
                x=rows["n_hadrons"] * factor,
                y=rows["change"],
                error_y={"array": above, "arrayminus": below, "thickness": 1},
                customdata=rows[["n_hadrons", "value", "n_repeats", "answer", "remark"]].fillna(""),
                mode="lines+markers",
                line={"color": colour},
                name=label,
                legendgroup=label,
                showlegend=column == 1,
                hovertemplate="%{customdata[0]} hadrons<br>ROC-AUC %{customdata[1]:.4f}"
                "<br>change %{y:+.4f}, %{customdata[3]}<br>%{customdata[2]} repeats"
                "<br>%{customdata[4]}",
                row=1,
                col=column,
            )
    figure.add_hline(0, line={"color": style.GREY, "width": 1})
    figure.update_layout(
        **style.PLOTLY_LAYOUT,
        title="Change of ROC-AUC against no treatment of the imbalance, "
        f"{100 * confidence:g} % intervals",
    )
    figure.update_xaxes(type="log", title=HORIZONTAL)
    return style.with_footer(figure, footer)
