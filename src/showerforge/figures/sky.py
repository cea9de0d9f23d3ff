"""Figures of what classifiers are worth at the telescope."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from showerforge.classifiers.names import Candidate, Training
from showerforge.figures import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: the best quality factor, then the other operating points
_MARKERS = ("*", "o")
#: the axes show what is left of the curves above this gamma efficiency
SMALLEST_EFFICIENCY = 0.1
#: bins of neighbouring candidates are drawn this far apart, in log10 of the size
APART = 0.02


def detection_times(
    curves: pd.DataFrame,
    operating_points: pd.DataFrame,
    minimum_hadrons: int,
    minimum_signal_to_background: float,
    source: str,
    footer: str,
) -> Figure:
    """Hours to 5 sigma and signal-to-background against the gammas kept.

    Curves are read off the test events; where too few hadrons are left they are dotted.
    Points are thresholds chosen on out-of-fold scores, with intervals; the star is the best
    quality factor. They are hollow for candidates trained on more than real events.

    Parameters
    ----------
    curves : see `showerforge.classifiers.operating_points.detection_curves`.
    operating_points : rows of one source of the table of operating points, and those of the
        gamma efficiencies.
    minimum_hadrons : test hadrons that a cut must leave.
    minimum_signal_to_background : below it systematics come first.
    source : what is looked at, in words.
    footer : provenance of the data.
    """
    figure = style.new_figure(11, 4.8, footer)
    panels = figure.subplots(1, 2)
    what = (
        ("hours_to_5_sigma", "hours to 5 σ"),
        ("signal_to_background", "gammas for each hadron kept"),
    )
    for axes, (name, label) in zip(panels, what, strict=True):
        for candidate in sorted(curves["candidate"].unique(), key=style.sort_key):
            _draw_curve(axes, curves[curves["candidate"] == candidate], name, minimum_hadrons)
            _draw_points(axes, operating_points[operating_points["candidate"] == candidate], name)
        axes.set(xlim=(0, 1.01), yscale="log", xlabel="gamma efficiency", ylabel=label)
        axes.set_title(source, fontsize=9)
        style.tidy(axes)
    told = curves[(curves["gamma_efficiency"] > SMALLEST_EFFICIENCY)]
    told = told[told["surviving_hadrons"] >= minimum_hadrons]
    hours, ratio = told["hours_to_5_sigma"], told["signal_to_background"]
    panels[0].set_ylim(hours.min() / 3, hours.max() * 1.5)
    top = max(ratio.max(), minimum_signal_to_background)
    panels[1].set_ylim(ratio.min() / 1.5, top * 6)
    panels[1].axhspan(0, minimum_signal_to_background, color=style.SKY, alpha=0.12, zorder=0)
    panels[1].annotate(
        f"shaded: below {100 * minimum_signal_to_background:g} %, systematics come first",
        (0.02, minimum_signal_to_background),
        textcoords="offset points",
        xytext=(0, -10),
        fontsize=8,
    )
    panels[1].legend(
        title=f"star: best Q · dotted: fewer than {minimum_hadrons} hadrons left",
        title_fontsize=7,
        fontsize=7,
        loc="upper right",
    )
    return figure


def _draw_curve(axes: Axes, rows: pd.DataFrame, name: str, minimum_hadrons: int) -> None:
    candidate = rows["candidate"].iloc[0]
    few = (rows["surviving_hadrons"] < minimum_hadrons).to_numpy()
    x, y = rows["gamma_efficiency"].to_numpy(), rows[name].to_numpy()
    colour = style.colour_of(candidate)
    axes.plot(
        x,
        np.where(few, np.nan, y),
        style.line_style(candidate),
        color=colour,
        linewidth=1.3,
        label=style.label_of(candidate),
    )
    finite = np.where(few & np.isfinite(y), y, np.nan)
    axes.plot(x, finite, ":", color=colour, linewidth=0.8, alpha=0.6)


def _draw_points(axes: Axes, rows: pd.DataFrame, name: str) -> None:
    by_figure = {
        figure: group.set_index("operating_point") for figure, group in rows.groupby("figure")
    }
    heights = by_figure[name].dropna(subset="test")
    for number, point in enumerate(by_figure[name].index):
        if point not in heights.index:
            continue
        height, width = heights.loc[point], by_figure["gamma_efficiency"].loc[point]
        is_best = number == 0
        candidate = rows["candidate"].iloc[0]
        colour = style.colour_of(candidate)
        is_real = Candidate.parse(candidate).training is Training.REAL
        x = width["test"]
        axes.vlines(x, height["test_lower"], height["test_upper"], color=colour, linewidth=0.9)
        axes.plot(
            x,
            height["test"],
            _MARKERS[0] if is_best else _MARKERS[1],
            markersize=10 if is_best else 4,
            color=colour,
            markerfacecolor=colour if is_real else "white",
            zorder=3,
        )


def size_bins(
    table: pd.DataFrame, labels: dict[str, str], confidence: float, footer: str
) -> Figure:
    """Figures of merit in bins of image size, at one threshold for all bins.

    Hollow points rest on few hadrons.

    Parameters
    ----------
    table : see `showerforge.classifiers.size_bins.judge_size_bins`.
    labels : name of each figure of merit for people; those named are drawn.
    confidence : coverage of the intervals.
    footer : provenance of the data.
    """
    figure = style.new_figure(11, 6.4, footer)
    panels = np.ravel(figure.subplots(2, int(np.ceil(len(labels) / 2)), squeeze=False))
    candidates = sorted(table["candidate"].unique(), key=style.sort_key)
    for axes, (name, label) in zip(panels, labels.items(), strict=False):
        rows_of_figure = table[(table["figure"] == name) & np.isfinite(table["test"])]
        ends = rows_of_figure[["test", "test_upper"]].to_numpy()
        top = np.max(ends[np.isfinite(ends)], initial=0.0)
        for place, candidate in enumerate(candidates):
            rows = rows_of_figure[rows_of_figure["candidate"] == candidate]
            x = rows["size_median"].to_numpy() + APART * (2 * place - len(candidates) + 1)
            y, colour = rows["test"].to_numpy(), style.colour_of(candidate)
            # an interval without end leaves the axes
            upper = rows["test_upper"].replace(np.inf, 2 * top).to_numpy()
            axes.vlines(x, rows["test_lower"], upper, color=colour, linewidth=1.1)
            axes.hlines(y, rows["size_lower"], rows["size_upper"], color=colour, linewidth=1.1)
            hollow = rows["remark"].fillna("").astype(bool).to_numpy()
            for chosen, face in ((~hollow, colour), (hollow, "white")):
                axes.plot(
                    x[chosen],
                    y[chosen],
                    "o",
                    color=colour,
                    markerfacecolor=face,
                    markersize=5,
                    zorder=3,
                    label=style.label_of(candidate) if face == colour else None,
                )
        if np.isinf(ends).any():
            axes.set_ylim(top=1.1 * top)
        axes.set(xlabel="fSize [log10 of photons]", ylabel=label)
        style.tidy(axes)
    for axes in panels[len(labels) :]:
        axes.set_axis_off()
    handles, names = panels[0].get_legend_handles_labels()
    panels[-1].legend(
        handles,
        names,
        title=f"bars: {100 * confidence:g} % intervals and widths of bins\n"
        "hollow: few hadrons left by the cut",
        title_fontsize=8,
        fontsize=8,
        loc="center",
    )
    return figure
