"""Figures of one network on several backends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from showerforge.classifiers.classes import Classes
from showerforge.figures import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = {"torch": style.VERMILION, "tensorflow": style.BLUE, "jax": style.GREEN}
NAMES = {"torch": "PyTorch", "tensorflow": "TensorFlow", "jax": "JAX"}
LINES = {"torch": "-", "tensorflow": "--", "jax": ":"}
MARKERS = {"torch": "o", "tensorflow": "s", "jax": "^"}
#: bars: column, what it is called, with unit
COSTS = {
    "train_images_per_cpu_second": "images per CPU-second in training",
    "predict_images_per_cpu_second": "images per CPU-second in prediction",
    "peak_memory_mb": "peak memory [MB]",
}
#: height of the panel of Q in units of the largest at the cut that was chosen; beyond it is noise
HEADROOM = 1.5
#: width of the group of seeds of one backend
SPREAD = 0.5


def backend_comparison(
    backends: pd.DataFrame,
    curves: pd.DataFrame,
    classes: Classes,
    confidence: float,
    footer: str,
) -> Figure:
    """Quality and cost of the same network on several backends.

    Above, Q and signal efficiency against the cut and ROC-AUC with intervals, a line or point
    for each seed; below, speed and memory: bars are means over the seeds, points single seeds.

    Parameters
    ----------
    backends : one row per backend and seed: ``backend``, ``version``, ``seed``, ``roc_auc`` with
        ``_lower`` and ``_upper``, ``quality_factor``, and the columns of `COSTS`.
    curves : ``backend``, ``seed``, ``threshold``, ``gamma_efficiency``, ``hadron_efficiency`` and
        ``quality_factor``.
    classes : what the classes are called.
    confidence : coverage of the intervals.
    footer : provenance of the data.
    """
    figure = style.new_figure(13, 7.4, footer)
    panels = figure.subplots(2, 3)
    quality, efficiency, area = panels[0]
    names = list(dict.fromkeys(backends["backend"]))
    for axes, column, label in (
        (quality, "quality_factor", "quality factor Q"),
        (efficiency, "gamma_efficiency", f"{classes.signal} efficiency"),
    ):
        _draw_curves(axes, curves, column, names)
        axes.set(xlabel=f"cut on the {classes.score}", ylabel=label, xlim=(0, 1), ylim=(0, None))
    at_cuts = backends["quality_factor"].replace(np.inf, np.nan).max()
    if np.isfinite(at_cuts):
        quality.set_ylim(0, HEADROOM * at_cuts)
    quality.legend(fontsize=8, loc="upper left")
    _draw_areas(area, backends, names)
    area.set_ylabel(f"ROC-AUC, {confidence:.0%} interval")
    for axes, (column, label) in zip(panels[1], COSTS.items(), strict=True):
        _draw_bars(axes, backends, column, names)
        axes.set_ylabel(label)
    for axes in (area, *panels[1]):
        versions = backends.drop_duplicates("backend").set_index("backend")["version"]
        ticks = [f"{NAMES[name]}\n{versions[name]}" for name in names]
        axes.set_xticks(range(len(names)), ticks, fontsize=8)
        axes.set_xlim(-0.6, len(names) - 0.4)
    for axes in panels.flat:
        style.tidy(axes)
    return figure


def _draw_curves(axes: Axes, curves: pd.DataFrame, column: str, names: list[str]) -> None:
    for name in names:
        of_backend = curves[curves["backend"] == name]
        for number, (_, rows) in enumerate(of_backend.groupby("seed")):
            line = rows.sort_values("threshold")
            # Q is infinite where no background is left
            height = line[column].where(np.isfinite(line[column]))
            label = f"{NAMES[name]}, a line for each seed" if number == 0 else None
            axes.plot(
                line["threshold"],
                height,
                LINES[name],
                color=COLOURS[name],
                linewidth=0.9,
                label=label,
            )


def _places(names: list[str], name: str, n: int) -> np.ndarray:
    """Where the seeds of a backend are drawn, side by side."""
    steps = (np.arange(n) + 0.5) / n - 0.5
    return np.asarray(names.index(name) + SPREAD * steps)


def _draw_areas(axes: Axes, backends: pd.DataFrame, names: list[str]) -> None:
    for name, rows in backends.groupby("backend"):
        axes.errorbar(
            _places(names, name, len(rows)),
            rows["roc_auc"],
            (rows["roc_auc"] - rows["roc_auc_lower"], rows["roc_auc_upper"] - rows["roc_auc"]),
            fmt=MARKERS[name],
            color=COLOURS[name],
            markersize=5,
            capsize=2,
            linewidth=1.2,
        )
    axes.set_title("a point for each seed", fontsize=9)


def _draw_bars(axes: Axes, backends: pd.DataFrame, column: str, names: list[str]) -> None:
    for name, rows in backends.groupby("backend"):
        mean = rows[column].mean()
        place = names.index(name)
        axes.bar(place, mean, width=0.7, color=COLOURS[name], alpha=0.55)
        axes.plot(
            _places(names, name, len(rows)),
            rows[column],
            MARKERS[name],
            color="black",
            markersize=3,
        )
        axes.annotate(
            f"{mean:,.0f}",
            (place, 0),
            (0, 4),
            textcoords="offset points",
            ha="center",
            fontsize=9,
        )
    axes.set_ylim(0, None)
