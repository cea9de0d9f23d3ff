"""Figures of how many thrown events are seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from showerforge.figures import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: by place in the list of steps
_MARKERS = (("o", "-", None), ("s", "--", "white"))
#: what is drawn of the area that events are thrown over
AREA_RANGE = (0.1, 1.5)
AREAS = {
    "gamma": "effective area of gammas [m²]",
    "proton": "effective area × solid angle, protons [m² sr]",
}


def effective_areas(table: pd.DataFrame, confidence: float, footer: str) -> Figure:
    """Efficiency, and effective area of gammas and of protons, against true energy.

    Parameters
    ----------
    table : one row per ``primary``, ``step`` and bin: ``lowest_energy`` and ``highest_energy``,
        TeV, ``efficiency`` with ``lower`` and ``upper``; and ``thrown_over``, the area, m2, or
        area times solid angle, m2 sr, over which events were thrown.
    confidence : coverage of the intervals.
    footer : provenance of the data.
    """
    figure = style.new_figure(14, 4.4, footer)
    efficiency, *areas = figure.subplots(1, 1 + len(AREAS))
    for (primary, step), rows in table.groupby(["primary", "step"], sort=False):
        _draw(efficiency, rows, primary, step, 1.0, f"{primary}, {step}", table)
    efficiency.set(ylabel="share of the thrown events", ylim=(0, 1.02))
    efficiency.set_title(f"bars: {100 * confidence:g} % intervals that know of showers", fontsize=9)
    efficiency.legend(fontsize=7)
    for axes, (primary, label) in zip(areas, AREAS.items(), strict=True):
        of_primary = table[table["primary"] == primary]
        thrown_over = float(of_primary["thrown_over"].max())
        for step, rows in of_primary.groupby("step", sort=False):
            _draw(axes, rows[rows["n_passed"] > 0], primary, step, thrown_over, step, table)
        axes.axhline(thrown_over, color=style.GREY, linestyle=":", label="thrown over")
        axes.set(
            ylabel=label,
            yscale="log",
            ylim=(AREA_RANGE[0] * thrown_over, AREA_RANGE[1] * thrown_over),
        )
        axes.legend(fontsize=7, loc="lower right")
    for axes in (efficiency, *areas):
        style.plain_numbers(axes, "x")
        axes.set_xlabel("true energy [TeV]")
        style.tidy(axes)
    return figure


def _draw(
    axes: Axes,
    rows: pd.DataFrame,
    primary: str,
    step: str,
    factor: float,
    label: str,
    table: pd.DataFrame,
) -> None:
    place = list(dict.fromkeys(table["step"])).index(step)
    marker, line, face = _MARKERS[place % len(_MARKERS)]
    energy = np.sqrt(rows["lowest_energy"] * rows["highest_energy"])
    errors = [rows["efficiency"] - rows["lower"], rows["upper"] - rows["efficiency"]]
    axes.errorbar(
        energy,
        factor * rows["efficiency"],
        factor * np.maximum(errors, 0),
        [energy - rows["lowest_energy"], rows["highest_energy"] - energy],
        fmt=f"{marker}{line}",
        color=style.PRIMARY_COLOURS[primary],
        markerfacecolor=face,
        markersize=4,
        linewidth=1.1,
        label=label,
    )
