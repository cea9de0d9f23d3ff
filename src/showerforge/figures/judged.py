"""Figures of images that classifiers judged rightly and wrongly, whatever took them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from showerforge.classifiers.classes import Classes
from showerforge.classifiers.image_examples import KEPT, LOST, MISTAKEN, REJECTED
from showerforge.figures import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    Draw = Callable[[Axes, int], Any]

PANEL_WIDTH, PANEL_HEIGHT = 3.0, 2.75
#: colours of changes, which are centred on no change
DIVERGING = "RdBu_r"
PAIRS_BESIDE = 2
#: share of the changes within the range of the colours
UNSATURATED = 0.999
SMALLEST_CHANGE = 1e-6
#: what becomes of an event at a threshold, and in which colour that is written; the words stand
#: for the names of the classes
VERDICTS = {
    KEPT: style.BLACK,
    LOST: style.VERMILION,
    REJECTED: style.BLACK,
    MISTAKEN: style.VERMILION,
}


def draw_judged(
    judged: pd.DataFrame,
    draw: Draw,
    colour_label: str,
    energy_unit: str,
    classes: Classes,
    footer: str,
) -> Figure:
    """Show images in a row for each verdict.

    Parameters
    ----------
    judged : one row per image: ``verdict`` (see `VERDICTS`), ``score``, and ``true_energy`` where
        it is known.
    draw : colours the image of a number on axes, and returns what a colour bar needs.
    colour_label : what the colours are, with unit.
    energy_unit : of the true energy.
    classes : what the classes are called.
    footer : provenance of the data.
    """
    groups = {
        verdict: np.flatnonzero(judged["verdict"] == verdict).tolist() for verdict in VERDICTS
    }
    n_columns = max(1, *map(len, groups.values()))
    figure = style.new_figure(PANEL_WIDTH * n_columns, PANEL_HEIGHT * len(groups) + 0.4, footer)
    rows = figure.subplots(len(groups), n_columns, squeeze=False)
    for panels, (verdict, numbers) in zip(rows, groups.items(), strict=True):
        for axes in panels[len(numbers) :]:
            axes.set_axis_off()
        if not numbers:
            text = f"no {_name(verdict, classes)}"
            panels[0].text(0, 0.5, text, transform=panels[0].transAxes, color=style.GREY)
        for axes, number in zip(panels, numbers, strict=False):
            _add_colours(axes, draw(axes, number), colour_label)
            _head(axes, judged.iloc[number], energy_unit, classes)
    return figure


def draw_occlusion(
    judged: pd.DataFrame,
    draw_image: Draw,
    draw_change: Callable[[Axes, int, tuple[float, float]], Any],
    occlusion: NDArray[np.floating],
    colour_label: str,
    energy_unit: str,
    classes: Classes,
    footer: str,
) -> Figure:
    """Show images, each beside the change of the logit when parts of it are set to zero.

    Parameters
    ----------
    judged, colour_label, energy_unit, classes, footer : see `draw_judged`.
    draw_image : colours the image of a number on axes.
    draw_change : the same of the changes of a number, in a range of colours.
    occlusion : float[n_images, ...], change of the logit of the score.
    """
    n_rows = max(1, -(-len(judged) // PAIRS_BESIDE))
    figure = style.new_figure(2 * PAIRS_BESIDE * PANEL_WIDTH, PANEL_HEIGHT * n_rows + 0.4, footer)
    panels = figure.subplots(n_rows, 2 * PAIRS_BESIDE, squeeze=False).reshape(-1, 2)
    for number, (left, right) in enumerate(panels):
        if number >= len(judged):
            left.set_axis_off()
            right.set_axis_off()
            continue
        _add_colours(left, draw_image(left, number), colour_label)
        _head(left, judged.iloc[number], energy_unit, classes)
        reach = float(np.quantile(np.abs(occlusion[number]), UNSATURATED)) or SMALLEST_CHANGE
        changes = draw_change(right, number, (-reach, reach))
        _add_colours(right, changes, f"change of logit({classes.score})")
        right.set_title(
            f"each part emptied in turn;\nblue: it spoke for {classes.signal}s", fontsize=8
        )
    return figure


def _add_colours(axes: Axes, colours: Any, label: str) -> None:
    bar = axes.figure.colorbar(colours, ax=axes, shrink=0.72, aspect=16, pad=0.03)
    bar.set_label(label, fontsize=7)
    bar.ax.tick_params(labelsize=7)


def _name(verdict: str, classes: Classes) -> str:
    return verdict.replace("signal", classes.signal).replace("background", classes.background)


def _head(axes: Axes, row: pd.Series, energy_unit: str, classes: Classes) -> None:
    words = [f"score {row['score']:.3f}"]
    if pd.notna(energy := row.get("true_energy")):
        words.append(f"{energy:.3g} {energy_unit}")
    text = f"{_name(row['verdict'], classes)}\n{', '.join(words)}"
    axes.set_title(text, fontsize=8, color=VERDICTS[row["verdict"]])
