"""Figures of the scores of two classes, and of what a cut on them makes of the events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from showerforge.classifiers.classes import Classes
from showerforge.figures import style
from showerforge.figures.contenders import order

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

N_BINS = 40
N_COLUMNS = 4
#: share of a class from which the cell of a matrix is dark
DARK = 0.5


def draw_scores(
    axes: Axes,
    score: NDArray[np.floating],
    is_signal: NDArray[np.bool_],
    weight: NDArray[np.floating],
    threshold: float,
    classes: Classes,
) -> None:
    """Draw the scores of signal and background, with the cut of Q.

    Parameters
    ----------
    axes : what is drawn on.
    score : float[n_events], in [0, 1].
    is_signal : bool[n_events]
    weight : float[n_events], how much each event counts.
    threshold : cut of Q.
    classes : what the classes are called.
    """
    bins = np.linspace(0, 1, N_BINS + 1).tolist()
    # tied to the two classes, whatever they are called
    looks: tuple[tuple[str, NDArray[np.bool_], dict[str, Any]], ...] = (
        (classes.signal, is_signal, {"color": style.GAMMA_COLOUR, "alpha": 0.6}),
        (
            classes.background,
            ~is_signal,
            {"color": style.HADRON_COLOUR, "histtype": "step", "linewidth": 1.4},
        ),
    )
    for name, chosen, look in looks:
        axes.hist(score[chosen], bins, weights=weight[chosen], label=name, **look)
    axes.axvline(threshold, color="black", linestyle="--", linewidth=1, label="cut of Q")
    axes.set(yscale="log", xlabel=classes.score, ylabel="events")
    style.tidy(axes)


def new_panels(n: int, height: float, footer: str) -> tuple[Figure, list[Axes]]:
    """Make a figure with panels in rows, and hide those beyond ``n``."""
    n_rows = max(1, -(-n // N_COLUMNS))
    figure = style.new_figure(12, height * n_rows, footer)
    panels = np.ravel(figure.subplots(n_rows, N_COLUMNS, squeeze=False))
    for axes in panels[n:]:
        axes.set_visible(False)
    return figure, list(panels[:n])


def score_distributions(
    scores: pd.DataFrame,
    is_signal: NDArray[np.bool_],
    separation: pd.DataFrame,
    classes: Classes,
    footer: str,
) -> Figure:
    """Scores of both classes, a panel for each classifier, with the cut of Q.

    Parameters
    ----------
    scores : float[n_events, n_classifiers], scores of the test events, in [0, 1].
    is_signal : bool[n_events]
    separation : table of the classifiers that are drawn: ``classifier`` (column of the scores),
        ``label``, ``kind`` and ``threshold``.
    classes : what the classes are called.
    footer : provenance of the data.
    """
    figure, panels = new_panels(len(separation), 2.6, footer)
    for axes, row in zip(panels, order(separation).itertuples(), strict=True):
        score = scores[row.classifier].to_numpy()
        draw_scores(axes, score, is_signal, np.ones(len(score)), row.threshold, classes)
        axes.set_title(row.label, fontsize=8, wrap=True)
    figure.legend(
        *panels[0].get_legend_handles_labels(), loc="outside upper center", ncols=3, fontsize=8
    )
    return figure


def confusion_matrices(
    scores: pd.DataFrame,
    is_signal: NDArray[np.bool_],
    separation: pd.DataFrame,
    classes: Classes,
    footer: str,
) -> Figure:
    """Counts of kept and rejected events of both classes at the cut of Q, with their shares.

    Parameters are those of `score_distributions`.
    """
    figure, panels = new_panels(len(separation), 2.9, footer)
    names = [classes.signal, classes.background]
    for axes, row in zip(panels, order(separation).itertuples(), strict=True):
        is_kept = scores[row.classifier].to_numpy() >= row.threshold
        counts = np.array(
            [
                [np.sum(truth & is_kept), np.sum(truth & ~is_kept)]
                for truth in (is_signal, ~is_signal)
            ]
        )
        shares = counts / counts.sum(axis=1, keepdims=True)
        axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
        for (i, j), share in np.ndenumerate(shares):
            text = f"{counts[i, j]:,}\n{100 * share:.1f} %"
            colour = "white" if share > DARK else "black"
            axes.text(j, i, text, ha="center", va="center", color=colour, fontsize=9)
        axes.set_xticks([0, 1], [f"called {name}" for name in names], fontsize=8)
        axes.set_yticks([0, 1], names, fontsize=8, rotation=90, va="center")
        axes.set_title(f"{row.label}\n{row.rule}", fontsize=8, wrap=True)
        axes.spines[:].set_visible(False)
        axes.tick_params(length=0)
    return figure
