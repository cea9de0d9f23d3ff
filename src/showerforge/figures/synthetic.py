"""Figures of how synthetic events compare with real ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from showerforge.events.schema import HILLAS_COLUMNS
from showerforge.figures import style
from showerforge.validation.marginals import ks_distance, quantile_pairs

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def qq_panels(
    synthetic: pd.DataFrame,
    reference: pd.DataFrame,
    train: pd.DataFrame,
    n_quantiles: int,
    footer: str,
) -> Figure:
    """Quantiles of synthetic and of real training events against held-out real ones.

    The training events show how far apart two real samples are.

    Parameters
    ----------
    synthetic, reference, train : events of one class.
    n_quantiles : points in each panel.
    footer : provenance of the data.
    """
    figure = style.new_figure(13, 5.6, footer)
    for axes, column in zip(np.ravel(figure.subplots(2, 5)), HILLAS_COLUMNS, strict=True):
        held_out = reference[column.name]
        for events, colour, marker, label in (
            (train, style.GREY, "-", "real, training"),
            (synthetic, style.SYNTHETIC_COLOUR, ".", "synthetic"),
        ):
            quantiles, expected = quantile_pairs(events[column.name], held_out, n_quantiles)
            axes.plot(expected, quantiles, marker, color=colour, markersize=3, label=label)
        ends = np.quantile(held_out, [0.005, 0.995])
        axes.plot(ends, ends, color="black", linewidth=0.6)
        distance = ks_distance(synthetic[column.name], held_out)
        axes.set_title(f"{column.label}\nKS distance {distance:.3f}", fontsize=8)
        axes.tick_params(labelsize=6)
        style.tidy(axes)
    figure.axes[0].legend(fontsize=7)
    figure.supylabel("quantiles of the sample", fontsize=9)
    figure.suptitle("quantiles against those of held-out real events", fontsize=10)
    return figure


def ks_bars(marginals: pd.DataFrame, limit: float | None, footer: str) -> Figure:
    """Kolmogorov-Smirnov distance of every parameter and feature, with the limit of gate G2.

    Parameters
    ----------
    marginals : DataFrame with ``column`` and ``ks_distance``.
    limit : largest distance of a recorded parameter that passes; None if not judged.
    footer : provenance of the data.
    """
    rows = marginals.sort_values("ks_distance")
    figure = style.new_figure(7, 0.2 * len(rows) + 1.2, footer)
    axes = figure.subplots()
    recorded = rows["column"].isin([column.name for column in HILLAS_COLUMNS])
    colours = np.where(recorded, style.BLUE, style.SKY)
    axes.barh(rows["column"], rows["ks_distance"], color=colours)
    if limit is not None:
        axes.axvline(limit, color=style.VERMILION, linestyle="--", linewidth=1)
        axes.annotate(
            f" limit {limit:.3f}", (limit, 0), color=style.VERMILION, fontsize=8, va="bottom"
        )
    axes.tick_params(axis="y", labelsize=7)
    axes.set_xlabel(
        "Kolmogorov-Smirnov distance, synthetic to held-out real "
        "(dark: recorded, light: engineered)",
        fontsize=8,
    )
    axes.margins(y=0.01)
    style.tidy(axes)
    return figure


def correlation_triple(correlations: pd.DataFrame, columns: Sequence[str], footer: str) -> Figure:
    """Rank correlations of real and synthetic events, and their difference.

    Parameters
    ----------
    correlations : DataFrame with ``first``, ``second``, ``real``, ``synthetic`` and
        ``difference``.
    columns : order of the parameters.
    footer : provenance of the data.
    """
    figure = style.new_figure(15, 5.2, footer)
    for axes, what in zip(figure.subplots(1, 3), ("real", "synthetic", "difference"), strict=True):
        matrix = correlations.pivot(index="first", columns="second", values=what)
        matrix = matrix.loc[list(columns), list(columns)].to_numpy()
        image = axes.imshow(matrix, cmap="RdBu_r", vmin=-1, vmax=1)
        axes.set_xticks(range(len(columns)), columns, rotation=60, ha="right", fontsize=7)
        axes.set_yticks(range(len(columns)), columns, fontsize=7)
        for (row, column), value in np.ndenumerate(matrix):
            colour = "white" if abs(value) > 0.6 else "black"
            axes.text(column, row, f"{value:.2f}", ha="center", va="center", size=5, color=colour)
        title = "synthetic - real" if what == "difference" else f"{what} (held out)"
        axes.set_title("synthetic" if what == "synthetic" else title, fontsize=10)
    figure.colorbar(image, ax=figure.axes, shrink=0.8, label="Spearman rank correlation")
    return figure
