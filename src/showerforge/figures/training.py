"""Figures of how networks were trained."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from showerforge.classifiers.image_judgement import NETWORK
from showerforge.figures import style
from showerforge.figures.contenders import KINDS, MARKERS, legend_beside

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: thin lines tell by their hue, which shades of one colour would not
COLOURS = (
    style.BLUE,
    style.VERMILION,
    style.GREEN,
    style.ORANGE,
    style.PURPLE,
    style.SKY,
    style.BLACK,
    style.GREY,
    *KINDS[NETWORK],
)

#: inches, a side of the panel of a generator
LOSS_PANEL = 3.6


def training_curves(curves: pd.DataFrame, footer: str) -> Figure:
    """Loss and validation ROC-AUC against the epoch, with the epoch that is kept.

    Parameters
    ----------
    curves : one row per epoch of each fit: ``classifier``, ``label``, ``member`` (fit of the same
        classifier), ``epoch`` (from 1), ``loss``, ``validation_loss`` and
        ``validation_roc_auc``. The epoch of the least validation loss is the one that is kept.
    footer : provenance of the data.
    """
    figure = style.new_figure(13, 4.6, footer)
    panels = figure.subplots(1, 3)
    training, validation, area = panels
    training.sharey(validation)
    markers = list(MARKERS)
    for place, (_, rows) in enumerate(curves.groupby("classifier", sort=False)):
        colour = COLOURS[place % len(COLOURS)]
        marker = markers[place % len(markers)]
        for member, epochs in rows.groupby("member"):
            fit = epochs.sort_values("epoch").set_index("epoch")
            kept = fit["validation_loss"].idxmin()
            label = rows["label"].iloc[0] if member == rows["member"].min() else None
            for axes, name in zip(
                panels, ("loss", "validation_loss", "validation_roc_auc"), strict=True
            ):
                axes.plot(
                    fit.index,
                    fit[name],
                    color=colour,
                    linewidth=0.9,
                    marker=marker,
                    markevery=[fit.index.get_loc(kept)],
                    markersize=6,
                    markeredgecolor="white",
                    markeredgewidth=0.6,
                    label=label,
                )
    training.set_ylabel("loss in training (cross-entropy)")
    validation.set_ylabel("validation loss (cross-entropy)")
    validation.set_title("a line for each fit; markers: epoch that is kept", fontsize=9)
    area.set_ylabel("validation ROC-AUC")
    for axes in panels:
        axes.set_xlabel("epoch")
        axes.xaxis.get_major_locator().set_params(integer=True)
        style.tidy(axes)
    legend_beside(figure, training, "")
    return figure


def generator_losses(curves: pd.DataFrame, footer: str) -> Figure:
    """Draw the losses of generators of images against the epoch, a panel for each generator.

    Parameters
    ----------
    curves : one row per epoch and loss: ``generator``, ``label``, ``epoch`` (from 1), ``loss``,
        its name, and ``value``.
    footer : provenance of the data.
    """
    generators = list(curves.groupby("generator", sort=False))
    figure = style.new_figure(LOSS_PANEL * len(generators), LOSS_PANEL, footer)
    panels = figure.subplots(1, len(generators), squeeze=False)[0]
    for axes, (_, rows) in zip(panels, generators, strict=True):
        for colour, (name, values) in zip(COLOURS, rows.groupby("loss", sort=False), strict=False):
            axes.plot(values["epoch"], values["value"], color=colour, label=name.replace("_", " "))
        axes.set(title=rows["label"].iloc[0], xlabel="epoch")
        axes.xaxis.get_major_locator().set_params(integer=True)
        if (rows["value"] > 0).all():
            axes.set_yscale("log")
            style.plain_numbers(axes, "y")
        axes.legend(fontsize=8, frameon=False)
        style.tidy(axes)
    panels[0].set_ylabel("loss in training")
    return figure
