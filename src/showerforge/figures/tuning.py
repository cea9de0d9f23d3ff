"""Figures of a search for the settings of models."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from showerforge.figures import style
from showerforge.metrics.figures_of_merit import FIGURES_OF_MERIT

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from plotly.graph_objects import Figure as InteractiveFigure

PANEL_WIDTH, PANEL_HEIGHT = 4.2, 3.8
#: share of the trials, the worst, that may lie beyond the range that is drawn
BEYOND = 0.2
#: share of the range that is left free above and below
MARGIN = 0.08
HORIZONTAL = "trial"


def _of_model(
    trials: pd.DataFrame, model: str, higher_is_better: bool
) -> tuple[pd.DataFrame, pd.DataFrame, float]:
    """Take complete trials with the best value so far, pruned ones, and the shipped value.

    The value of a pruned trial is that of the shipped setting plus their difference on the folds
    that both were given: means over some folds and over all of them cannot be compared.
    """
    rows = trials[trials["model"] == model].sort_values("trial")
    done = rows[rows["state"] == "complete"]
    best = done["value"].cummax() if higher_is_better else done["value"].cummin()
    of_folds = rows.filter(regex="^fold_")
    is_shipped = rows["shipped"].astype(bool)
    shipped = float(rows.loc[is_shipped, "value"].iloc[0])
    paired = shipped + (of_folds - of_folds[is_shipped].iloc[0]).mean(axis=1)
    is_pruned = rows["state"] == "pruned"
    return done.assign(best=best), rows.assign(value=paired)[is_pruned], shipped


def _range(done: pd.DataFrame, shipped: float, higher_is_better: bool) -> tuple[float, float]:
    """Range of values in which the search ends; bad trials would hide it."""
    best = float(done["best"].iloc[-1])
    bad = float(np.quantile(abs(done["value"] - best), 1 - BEYOND))
    width = max(bad, abs(shipped - best)) or abs(best)
    margin = MARGIN * width
    if higher_is_better:
        return best - width - margin, best + margin
    return best - margin, best + width + margin


def history(trials: pd.DataFrame, footer: str) -> Figure:
    """Value of every trial and the best one so far, a panel for each model.

    The range is that of good trials; worse ones are drawn at its edge. Stopped trials are drawn by
    their difference from the shipped setting on the folds that they were given.

    Parameters
    ----------
    trials : see `showerforge.classifiers.tuning_results.tabulate_trials`.
    footer : provenance of the data.
    """
    models = list(dict.fromkeys(trials["model"]))
    figure = style.new_figure(PANEL_WIDTH * len(models), PANEL_HEIGHT, footer)
    panels = np.ravel(figure.subplots(1, len(models), squeeze=False))
    figure_of_merit = FIGURES_OF_MERIT[trials["figure_of_merit"].iloc[0]]
    higher_is_better = figure_of_merit.higher_is_better
    for axes, model in zip(panels, models, strict=True):
        done, pruned, shipped = _of_model(trials, model, higher_is_better)
        label, colour = style.MODELS[model]
        low, high = _range(done, shipped, higher_is_better)
        axes.set_ylim(low, high)
        axes.axhline(shipped, color=style.GREY, linestyle="--", linewidth=1, label="shipped")
        axes.step(
            done["trial"], done["best"], where="post", color=colour, linewidth=1.2, label="best"
        )
        for rows, marker, shade, name in (
            (done, "o", colour, "all folds"),
            (pruned, "x", style.GREY, "stopped"),
        ):
            values = rows["value"].clip(low, high)
            (points,) = axes.plot(
                rows["trial"], values, marker, color=shade, markersize=4, clip_on=False, label=name
            )
            # or the layout chases after points at the edge until nothing is left of the panels
            points.set_in_layout(False)
        axes.set(xlabel=HORIZONTAL, title=label)
        axes.xaxis.get_major_locator().set_params(integer=True)
        style.tidy(axes)
    panels[0].set_ylabel(f"{figure_of_merit.label}, mean over the folds")
    panels[-1].legend(fontsize=7).set_in_layout(False)
    return figure


def interactive_history(trials: pd.DataFrame, footer: str) -> InteractiveFigure:
    """Value of every trial, with its settings at the pointer; see `history`."""
    from plotly.subplots import make_subplots

    models = list(dict.fromkeys(trials["model"]))
    figure_of_merit = FIGURES_OF_MERIT[trials["figure_of_merit"].iloc[0]]
    figure = make_subplots(
        1, len(models), subplot_titles=[style.MODELS[model][0] for model in models]
    )
    fixed = ["model", "trial", "state", "shipped", "figure_of_merit", "value"]
    settings = [c for c in trials if c not in fixed and not c.startswith("fold_")]
    for column, model in enumerate(models, start=1):
        done, pruned, shipped = _of_model(trials, model, figure_of_merit.higher_is_better)
        colour = style.MODELS[model][1]
        for rows, symbol, name, shade in (
            (done, "circle", "all folds", colour),
            (pruned, "x", "stopped", style.GREY),
        ):
            texts = [
                "<br>".join(f"{name} {row[name]}" for name in settings if pd.notna(row[name]))
                for row in rows.to_dict("records")
            ]
            figure.add_scatter(
                x=rows["trial"],
                y=rows["value"],
                text=texts,
                mode="markers",
                marker={"symbol": symbol, "color": shade},
                name=name,
                legendgroup=name,
                showlegend=column == 1,
                hovertemplate="trial %{x}: %{y:.5f}<br>%{text}",
                row=1,
                col=column,
            )
        figure.add_scatter(
            x=done["trial"],
            y=done["best"],
            mode="lines",
            line={"color": colour, "shape": "hv"},
            name="best",
            legendgroup="best",
            showlegend=column == 1,
            hoverinfo="skip",
            row=1,
            col=column,
        )
        figure.add_hline(shipped, line={"color": style.GREY, "dash": "dash"}, row=1, col=column)
    figure.update_layout(
        **style.PLOTLY_LAYOUT,
        title=f"{figure_of_merit.label} of every trial, mean over the folds; dashed: shipped",
    )
    figure.update_xaxes(title=HORIZONTAL)
    return style.with_footer(figure, footer)


def importance(importance: pd.DataFrame, footer: str) -> Figure:
    """Share of the variation among trials that each setting explains, a panel for each model.

    Parameters
    ----------
    importance : see `showerforge.classifiers.tuning_results.measure_importance`.
    footer : provenance of the data.
    """
    models = list(dict.fromkeys(importance["model"]))
    if not models:
        figure = style.new_figure(PANEL_WIDTH, PANEL_HEIGHT, footer)
        figure.text(0.5, 0.5, "too few trials to say\nwhich settings matter", ha="center")
        return figure
    figure = style.new_figure(PANEL_WIDTH * len(models), PANEL_HEIGHT, footer)
    panels = np.ravel(figure.subplots(1, len(models), squeeze=False))
    for axes, model in zip(panels, models, strict=True):
        rows = importance[importance["model"] == model].sort_values("importance")
        label, colour = style.MODELS[model]
        axes.barh(rows["setting"], rows["importance"], color=colour, height=0.6)
        axes.set(
            xlabel="share of the variation", title=f"{label}, {rows['n_trials'].iloc[0]} trials"
        )
        axes.set_xlim(0, 1)
        axes.tick_params(axis="y", labelsize=8)
        style.tidy(axes)
    return figure
