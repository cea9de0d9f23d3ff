"""Figures of how well classifiers separate gammas from hadrons."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from showerforge.classifiers.classes import GAMMA_HADRON
from showerforge.classifiers.names import Candidate, Training
from showerforge.figures import style
from showerforge.figures.scores import draw_scores, new_panels
from showerforge.metrics.separation import REFERENCE_BACKGROUNDS, Separation

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from plotly.graph_objects import Figure as InteractiveFigure

MAXIMUM_POINTS = 800


def thin(*curves: np.ndarray) -> list[np.ndarray]:
    """Thin curves of equal length for plotting, both ends kept."""
    keep = np.unique(np.linspace(0, len(curves[0]) - 1, MAXIMUM_POINTS).astype(int))
    return [curve[keep] for curve in curves]


def _separations(
    scores: pd.DataFrame, is_gamma: np.ndarray, weight: np.ndarray
) -> dict[str, Separation]:
    return {
        name: Separation.weighted(is_gamma, scores[name].to_numpy(), weight)
        for name in sorted(scores, key=style.sort_key)
    }


def roc_curves(
    scores: pd.DataFrame, is_gamma: np.ndarray, weight: np.ndarray, footer: str
) -> Figure:
    """Gamma against hadron efficiency, with the five reference points of Bock et al. 2004.

    Parameters
    ----------
    scores : DataFrame[n_events, n_candidates], gammaness.
    is_gamma : bool[n_events]
    weight : float[n_events], how much each event counts.
    footer : provenance of the data.
    """
    figure = style.new_figure(11, 5, footer)
    for axes, scale in zip(figure.subplots(1, 2), ("linear", "log"), strict=True):
        for name, separation in _separations(scores, is_gamma, weight).items():
            axes.plot(
                separation.hadron_efficiency[0],
                separation.gamma_efficiency[0],
                style.line_style(name),
                color=style.colour_of(name),
                linewidth=1.3,
                label=f"{style.label_of(name)}: {separation.roc_auc()[0]:.4f}",
            )
            points = [separation.acceptance(b)[0] for b in REFERENCE_BACKGROUNDS]
            axes.plot(REFERENCE_BACKGROUNDS, points, "o", color=style.colour_of(name), markersize=3)
        for background in REFERENCE_BACKGROUNDS:
            axes.axvline(background, color=style.GREY, linewidth=0.5, linestyle=":")
        axes.set(xscale=scale, xlabel="hadron efficiency", ylabel="gamma efficiency")
        axes.set_ylim(0, 1.01)
        if scale == "log":
            axes.set_xlim(0.002, 1)
        style.tidy(axes)
    figure.axes[0].legend(title="ROC-AUC", fontsize=7, loc="lower right")
    figure.axes[1].set_title("reference points at 0.01, 0.02, 0.05, 0.1, 0.2", fontsize=9)
    return figure


def precision_recall_curves(
    scores: pd.DataFrame, is_gamma: np.ndarray, weight: np.ndarray, footer: str
) -> Figure:
    """Precision against recall for gammas and for hadrons, at the table's own balance."""
    figure = style.new_figure(11, 5, footer)
    panels = zip(
        figure.subplots(1, 2),
        ("gamma", "hadron"),
        (is_gamma, ~is_gamma),
        (1, -1),
        strict=True,
    )
    for axes, particle, wanted, sign in panels:
        for name in sorted(scores, key=style.sort_key):
            separation = Separation.weighted(wanted, sign * scores[name].to_numpy(), weight)
            kept = separation.gammas_kept[0, 1:] + separation.hadrons_kept[0, 1:]
            axes.plot(
                separation.gamma_efficiency[0, 1:],
                separation.gammas_kept[0, 1:] / kept,
                style.line_style(name),
                color=style.colour_of(name),
                linewidth=1.3,
                label=f"{style.label_of(name)}: {separation.average_precision_gamma()[0]:.4f}",
            )
        share = float(np.average(wanted, weights=weight))
        axes.axhline(share, color=style.GREY, linewidth=0.8, linestyle=":")
        axes.set(xlabel=f"recall of {particle}s", ylabel=f"precision of {particle}s")
        axes.set_ylim(min(share, 0.3) - 0.02, 1.01)
        axes.legend(title="PR-AUC", fontsize=7, loc="lower left")
        style.tidy(axes)
    return figure


def interactive_roc_curves(
    scores: pd.DataFrame, is_gamma: np.ndarray, weight: np.ndarray, footer: str
) -> InteractiveFigure:
    """ROC curves to zoom into; see `roc_curves`."""
    figure = _interactive_curves(
        {
            name: (s.hadron_efficiency[0, 1:], s.gamma_efficiency[0, 1:], s, s.roc_auc()[0])
            for name, s in _separations(scores, is_gamma, weight).items()
        },
        "hadrons %{x:.4f}<br>gammas %{y:.4f}",
        footer,
    )
    for background in REFERENCE_BACKGROUNDS:
        figure.add_vline(background, line={"color": style.GREY, "dash": "dot", "width": 1})
    return figure.update_layout(
        title="ROC curves (area in brackets); dotted: reference points of Bock et al. 2004",
        xaxis={"title": "hadron efficiency", "type": "log", "range": [-3, 0]},
        yaxis={"title": "gamma efficiency"},
    )


def interactive_precision_recall_curves(
    scores: pd.DataFrame, is_gamma: np.ndarray, weight: np.ndarray, footer: str
) -> InteractiveFigure:
    """Precision-recall curves of gammas to zoom into."""
    curves = {}
    for name, separation in _separations(scores, is_gamma, weight).items():
        gammas, hadrons = separation.gammas_kept[0, 1:], separation.hadrons_kept[0, 1:]
        area = separation.average_precision_gamma()[0]
        recall = separation.gamma_efficiency[0, 1:]
        curves[name] = (recall, gammas / (gammas + hadrons), separation, area)
    figure = _interactive_curves(curves, "recall %{x:.4f}<br>precision %{y:.4f}", footer)
    return figure.update_layout(
        title="Precision and recall of gammas (area in brackets), at the table's own balance",
        xaxis={"title": "recall of gammas"},
        yaxis={"title": "precision of gammas"},
    )


def _interactive_curves(
    curves: dict[str, tuple[np.ndarray, np.ndarray, Separation, float]], hover: str, footer: str
) -> InteractiveFigure:
    """Draw one curve (x, y, separation, area) for each candidate, with its thresholds."""
    import plotly.graph_objects as go

    figure = go.Figure()
    for name, (horizontal, vertical, separation, area) in curves.items():
        x, y, thresholds = thin(horizontal, vertical, separation.thresholds)
        figure.add_scatter(
            x=x,
            y=y,
            customdata=thresholds,
            mode="lines",
            line={"color": style.colour_of(name), "dash": style.plotly_dash(name)},
            name=f"{style.label_of(name)} ({area:.4f})",
            hovertemplate=hover + "<br>gammaness %{customdata:.4f}",
        )
    return style.with_footer(figure.update_layout(**style.PLOTLY_LAYOUT), footer)


def score_distributions(
    scores: pd.DataFrame,
    is_gamma: np.ndarray,
    weight: np.ndarray,
    thresholds: dict[str, float],
    footer: str,
) -> Figure:
    """Gammaness of gammas and hadrons, a panel for each candidate, with the cut of Q."""
    names = sorted(scores, key=style.sort_key)
    figure, panels = new_panels(len(names), 2.6, footer)
    for axes, name in zip(panels, names, strict=True):
        draw_scores(axes, scores[name].to_numpy(), is_gamma, weight, thresholds[name], GAMMA_HADRON)
        axes.set_title(style.label_of(name), fontsize=8)
    panels[0].legend(fontsize=7, loc="upper left")
    return figure


def interactive_score_distributions(
    scores: pd.DataFrame,
    is_gamma: np.ndarray,
    weight: np.ndarray,
    candidate: str,
    threshold: float,
    footer: str,
) -> InteractiveFigure:
    """Gammaness of gammas and hadrons of one candidate, to zoom into."""
    import plotly.graph_objects as go

    figure = go.Figure()
    values = scores[candidate].to_numpy()
    for particle, chosen, colour in (
        ("gamma", is_gamma, style.GAMMA_COLOUR),
        ("hadron", ~is_gamma, style.HADRON_COLOUR),
    ):
        figure.add_histogram(
            x=values[chosen],
            y=weight[chosen],
            histfunc="sum",
            xbins={"start": 0, "end": 1, "size": 0.01},
            name=particle,
            marker_color=colour,
            opacity=0.6,
        )
    figure.add_vline(threshold, line={"color": "black", "dash": "dash"})
    figure.update_layout(
        **style.PLOTLY_LAYOUT,
        barmode="overlay",
        title=f"Gammaness of the test events: {style.label_of(candidate)}; dashed: cut of Q",
        xaxis={"title": "gammaness"},
        yaxis={"title": "events", "type": "log"},
    )
    return style.with_footer(figure, footer)


def calibration_curves(
    scores: pd.DataFrame, is_gamma: np.ndarray, weight: np.ndarray, footer: str
) -> Figure:
    """Share of gammas against gammaness, in bins of equal numbers of events.

    Bars are 68 % binomial intervals (Wilson 1927, as usual in the field one sigma), for the
    effective number of events in the bin.
    """
    from scipy.stats import binomtest

    from showerforge.events.weights import effective_number

    figure = style.new_figure(6.5, 6, footer)
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color=style.GREY, linewidth=0.8, linestyle=":")
    for name in sorted(scores, key=style.sort_key):
        order = np.argsort(scores[name].to_numpy())
        bins = np.array_split(order, 15)
        mean, share = (
            np.array([np.average(values[chosen], weights=weight[chosen]) for chosen in bins])
            for values in (scores[name].to_numpy(), is_gamma)
        )
        numbers = [max(1, round(effective_number(weight[chosen]))) for chosen in bins]
        intervals = [
            binomtest(round(part * n), n).proportion_ci(0.6827, method="wilson")
            for part, n in zip(share, numbers, strict=True)
        ]
        ends = np.array([[i.low, i.high] for i in intervals])
        errors = np.maximum((ends - share[:, np.newaxis]) * [-1, 1], 0).T
        axes.errorbar(
            mean,
            share,
            errors,
            fmt=f"o{style.line_style(name)}",
            color=style.colour_of(name),
            markersize=3,
            linewidth=1.1,
            label=style.label_of(name),
        )
    axes.set(xlabel="mean gammaness of the bin", ylabel="share of gammas in the bin")
    axes.legend(fontsize=8)
    style.tidy(axes)
    return figure


def _short_label(candidate: str) -> str:
    """Name a candidate and whose synthetic events it is trained on."""
    model = style.label_of(candidate).split(",")[0]
    is_reference = Candidate.parse(candidate).training is Training.REFERENCE
    return f"{model}, {'reference' if is_reference else 'chosen'}"


def paired_changes(comparisons: pd.DataFrame, labels: dict[str, str], footer: str) -> Figure:
    """Paired changes by synthetic events, with intervals from the folds and from the test.

    Parameters
    ----------
    comparisons : rows of one question of the table of comparisons.
    labels : name of each figure of merit for people.
    footer : provenance of the data.
    """
    figures = list(dict.fromkeys(comparisons["figure"]))
    n_rows = comparisons["candidate"].nunique()
    figure = style.new_figure(12, 1 + (0.45 + 0.1 * n_rows) * len(figures), footer)
    panels = np.ravel(figure.subplots(int(np.ceil(len(figures) / 2)), 2, squeeze=False))
    for axes, name in zip(panels, figures, strict=False):
        rows = comparisons[comparisons["figure"] == name].iloc[::-1].reset_index(drop=True)
        for shift, kind, marker in ((0.15, "folds", "o"), (-0.15, "test", "s")):
            errors = [
                rows[kind] - rows[f"{kind}_lower"],
                rows[f"{kind}_upper"] - rows[kind],
            ]
            axes.errorbar(
                rows[kind],
                rows.index + shift,
                xerr=np.array(errors),
                fmt=marker,
                markersize=4,
                color=style.BLACK if kind == "folds" else style.SKY,
                label="folds, corrected t" if kind == "folds" else "test, paired bootstrap",
            )
        axes.axvline(0, color=style.GREY, linewidth=0.8)
        axes.set_yticks(rows.index, [_short_label(name) for name in rows["candidate"]])
        axes.tick_params(labelsize=7)
        axes.set_title(f"change of {labels[name]}", fontsize=9)
        axes.set_ylim(-0.6, len(rows) - 0.4)
        style.tidy(axes)
    for axes in panels[len(figures) :]:
        axes.set_visible(False)
    handles, names = panels[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside upper right", ncols=2, fontsize=7)
    return figure
