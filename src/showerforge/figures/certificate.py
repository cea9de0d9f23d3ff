"""Figures of the certificate: how synthetic events compare with real ones nobody learnt from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import shorten
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from showerforge.figures import style
from showerforge.metrics.separation import Separation
from showerforge.validation.certificate import Interval, Verdict, judge
from showerforge.validation.marginals import (
    compare_marginals,
    quantile_envelope,
    quantile_pairs,
)
from showerforge.validation.utility import FIGURES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from showerforge.validation.yardstick import Evidence

Floats = NDArray[np.float64]

REAL_COLOUR = style.BLUE
BAND_COLOUR = "#C9D3DC"
PANELS_IN_A_ROW = 5
#: shares of the events outside of what is drawn, on either side
TAIL = 0.005
#: shares of the events inside the contours of a density
CONTOURS = (0.9, 0.6, 0.3)
REAL_LOOK: dict[str, Any] = {"color": REAL_COLOUR, "histtype": "stepfilled", "alpha": 0.35}
SYNTHETIC_LOOK: dict[str, Any] = {
    "color": style.SYNTHETIC_COLOUR,
    "histtype": "step",
    "linewidth": 1.5,
}
REAL_SHADES = ("#D5E5F0", "#A3C7E0", "#5F9FCB")
N_BINS = 30
SMOOTHING = 1.6
LOWEST_SHARE = 1e-3
MOST_SEPARATING = 10
#: more columns than this leave no room for numbers in a matrix
NUMBERED_COLUMNS = 12

SHORT_METRICS = {
    "seen": "compared with seen events",
    "parents": "foreign parents",
    "groups": "groups across the split",
    "twins": "twins across the split",
    "changes by garbage in the held-out events": "changes by held-out garbage",
    "differences between the proved and the certified table": "other table than proved",
    "parents inside of a fold that is held out": "parents in held-out folds",
    "groups in two folds": "groups in two folds",
    "alarms that did not sound": "alarms not sounded",
    "hard_rules": "broken hard rules",
    "identities": "broken identities",
    "decimals": "too many decimals",
    "missing_values": "missing repeated values",
    "special_rate": "rate of special values",
    "ks_distance": "KS distance, largest",
    "wasserstein": "mean shift, largest",
    "correlation": "correlation, largest diff.",
    "correlation_rms": "correlation, rms diff.",
    "two_sample_auc": "two-sample AUC, measured",
    "two_sample_auc_derived": "two-sample AUC, + derived",
    "energy_distance": "energy distance",
    "precision": "precision",
    "recall": "recall",
    "coverage": "coverage",
    "density": "density",
    "copies": "exact copies",
    "authenticity": "authenticity",
    "segment_share": "on a training segment",
    "membership_auc": "membership AUC",
    "membership_found": "members found at 1 %",
    "roc_auc against no resampling": "ROC-AUC vs no resampling",
    "roc_auc against class weights": "ROC-AUC vs class weights",
    "roc_auc against bootstrap copies": "ROC-AUC vs copies",
    "average_precision against no resampling": "PR-AUC vs no resampling",
}
FIGURE_LABELS = {
    "roc_auc": "ROC-AUC",
    "average_precision": "PR-AUC of the generated class",
    "loacc": "loacc, acceptance at low background",
    "f1_signal": "F1 of the signal",
    "f1_background": "F1 of the background",
    "brier_score": "Brier score",
}
COLUMN_SETS = {"raw": "measured columns", "derived": "measured and derived columns"}


def draw_likeness(
    certificate: Mapping[str, Any],
    evidence: Evidence,
    synthetic: pd.DataFrame,
    holdout: pd.DataFrame,
    train: pd.DataFrame,
    columns: Sequence[str],
    labels: Mapping[str, str],
    n_quantiles: int,
    n_repeats: int,
    seed: int,
    footer: str,
) -> tuple[Figure, Figure, Figure]:
    """Draw how synthetic events compare with real ones nobody learnt from.

    Parameters
    ----------
    certificate, evidence : of the synthetic events, the former as JSON.
    synthetic, holdout, train : events of one class.
    columns : columns that are compared.
    labels : name with unit of each column.
    n_quantiles, n_repeats, seed, footer : see `qq_panels`.

    Returns
    -------
    qq, two_sample, memorisation
    """
    gates = {gate["key"]: gate for gate in certificate["gates"]}
    bands = {
        name: gates[key]["band"]
        for name, key in (("raw", "two_sample_auc"), ("derived", "two_sample_auc_derived"))
        if gates[key]["band"]
    }
    held_out = holdout.drop_duplicates(list(columns))
    compared, reference = (
        events.sample(min(certificate["n_compared"], len(events)), random_state=seed)
        for events in (synthetic, held_out)
    )
    return (
        qq_panels(
            compared,
            reference,
            pd.concat([train, held_out]),
            columns,
            labels,
            n_quantiles,
            n_repeats,
            seed,
            footer,
        ),
        two_sample_test(evidence.two_sample, evidence.separating, bands, footer),
        memorisation(evidence.distances, evidence.membership, footer),
    )


def draw_verdict(
    certificates: Sequence[Mapping[str, Any]],
    evidence: Evidence,
    synthetic: pd.DataFrame,
    holdout: pd.DataFrame,
    columns: Sequence[str],
    leading: Sequence[str],
    labels: Mapping[str, str],
    footer: str,
) -> tuple[Figure, Figure, Figure, Figure, Figure]:
    """Draw what a certificate says.

    Parameters
    ----------
    certificates : as JSON; the first is drawn in full, the others in the chart of gates.
    evidence, synthetic, holdout : of the first.
    columns : columns that are compared.
    leading : some of them, for the densities of pairs.
    labels : name with unit of each column.
    footer : provenance of the data.

    Returns
    -------
    gates, ks, correlations, corner, utility
    """
    certificate = certificates[0]
    gates = {gate["key"]: gate for gate in certificate["gates"]}
    ks, correlation = gates["ks_distance"], gates["correlation"]
    lowest_change = -certificate["provenance"]["margins"]["utility"]
    return (
        gate_chart(certificates, footer),
        ks_bars(evidence.marginals, ks["highest"], ks["band"], labels, footer),
        correlation_triple(evidence.correlations, columns, correlation["band"], footer),
        corner(synthetic, holdout.drop_duplicates(list(columns)), leading, labels, footer),
        utility_forest(pd.DataFrame(certificate["utility"]), lowest_change, footer),
    )


def qq_panels(
    synthetic: pd.DataFrame,
    reference: pd.DataFrame,
    real: pd.DataFrame,
    columns: Sequence[str],
    labels: Mapping[str, str],
    n_quantiles: int,
    n_repeats: int,
    seed: int,
    footer: str,
) -> Figure:
    """Quantiles of synthetic against held-out real events, a panel for each column.

    Parameters
    ----------
    synthetic, reference : synthetic and held-out real events of one class.
    real : all real events of the class; random parts of them, as large as the reference,
        give the band.
    columns : columns that are drawn.
    labels : name with unit of each column.
    n_quantiles : points in each panel.
    n_repeats, seed : random parts behind the band, and their seed.
    footer : provenance of the data.
    """
    n_rows = int(np.ceil(len(columns) / PANELS_IN_A_ROW))
    figure = style.new_figure(12, 2.7 * n_rows + 0.7, footer)
    panels = np.ravel(figure.subplots(n_rows, PANELS_IN_A_ROW, squeeze=False))
    distances = compare_marginals(synthetic, reference, columns).set_index("column")["ks_distance"]
    for axes, column in zip(panels, columns, strict=False):
        quantiles, expected = quantile_pairs(synthetic[column], reference[column], n_quantiles)
        lower, upper = quantile_envelope(real[column], len(reference), n_quantiles, n_repeats, seed)
        axes.fill_between(expected, lower, upper, color=BAND_COLOUR, label="real events, 95 %")
        axes.axline((expected[0], expected[0]), slope=1, color="black", linewidth=0.6)
        axes.plot(
            expected, quantiles, ".", color=style.SYNTHETIC_COLOUR, markersize=4, label="synthetic"
        )
        ends = _robust_range(reference[column], synthetic[column])
        axes.set(xlim=ends, ylim=ends, aspect="equal")
        axes.set_title(f"{labels.get(column, column)}\nKS distance {distances[column]:.3f}", size=9)
        axes.tick_params(labelsize=7)
        axes.locator_params(nbins=4)
        style.tidy(axes)
    for axes in panels[len(columns) :]:
        axes.set_visible(False)
    panels[0].legend(fontsize=7, loc="upper left", frameon=False, handlelength=1)
    figure.supylabel("quantile of synthetic events", fontsize=9)
    figure.suptitle(
        "horizontal: quantile of held-out real events, in the unit of the panel", fontsize=9
    )
    return figure


def ks_bars(
    marginals: pd.DataFrame,
    limit: float | None,
    band: Interval | None,
    labels: Mapping[str, str],
    footer: str,
) -> Figure:
    """Kolmogorov-Smirnov distance of every measured and derived column.

    Parameters
    ----------
    marginals : DataFrame with ``column`` and ``ks_distance``.
    limit : largest distance of a measured column that passes; None if not judged.
    band : where the largest distance of a measured column lies for real events.
    labels : name with unit of the measured columns; the others are taken as derived.
    footer : provenance of the data.
    """
    if marginals.empty:
        return _without_data(footer)
    rows = marginals.sort_values("ks_distance")
    measured = rows["column"].isin(list(labels)).to_numpy()
    figure = style.new_figure(7, 0.22 * len(rows) + 1.6, footer)
    axes = figure.subplots()
    if band is not None:
        axes.axvspan(*band, color=BAND_COLOUR, label="largest of the measured columns, real events")
    for chosen, colour, label in (
        (measured, style.BLUE, "measured column"),
        (~measured, style.SKY, "derived column"),
    ):
        if chosen.any():
            axes.barh(
                np.flatnonzero(chosen),
                rows["ks_distance"].to_numpy()[chosen],
                color=colour,
                height=0.65,
                label=label,
            )
    if limit is not None:
        axes.axvline(
            limit,
            color=style.VERMILION,
            linestyle="--",
            linewidth=1.2,
            label=f"limit {limit:.3f} for the measured columns",
        )
    axes.set_yticks(range(len(rows)), [labels.get(name, name) for name in rows["column"]], size=8)
    axes.set_xlabel("Kolmogorov-Smirnov distance, synthetic to held-out real events")
    axes.set_axisbelow(True)
    axes.margins(y=0.01)
    figure.legend(loc="outside upper center", ncols=2, fontsize=8, frameon=False)
    style.tidy(axes)
    axes.grid(visible=False, axis="y")
    return figure


def correlation_triple(
    correlations: pd.DataFrame, columns: Sequence[str], band: Interval | None, footer: str
) -> Figure:
    """Rank correlations of real and synthetic events, and their difference.

    Parameters
    ----------
    correlations : DataFrame with ``first``, ``second``, ``real``, ``synthetic`` and
        ``difference``.
    columns : order of the columns.
    band : where the largest difference lies for real events.
    footer : provenance of the data.
    """
    if correlations.empty:
        return _without_data(footer)
    # names of many columns need room
    room = max(1.0, np.sqrt(len(columns) / NUMBERED_COLUMNS))
    figure = style.new_figure(13 * room, 5.2 * room, footer)
    panels = figure.subplots(1, 3, sharey=True)
    matrices = {
        what: correlations.pivot(index="first", columns="second", values=what)
        .loc[list(columns), list(columns)]
        .to_numpy()
        for what in ("real", "synthetic", "difference")
    }
    largest = float(np.abs(matrices["difference"]).max())
    scale = max(largest, band[1] if band else 0.0) or 1.0
    usual = f"; of real events: {band[0]:.2f} to {band[1]:.2f}" if band else ""
    titles = {
        "real": "\nheld-out real events",
        "synthetic": "\nsynthetic events",
        "difference": f"synthetic – real\nlargest difference {largest:.2f}{usual}",
    }
    for axes, (what, matrix) in zip(panels, matrices.items(), strict=True):
        end = scale if what == "difference" else 1.0
        palette = "PuOr_r" if what == "difference" else "RdBu_r"
        image = axes.imshow(matrix, cmap=palette, vmin=-end, vmax=end)
        axes.set_xticks(range(len(columns)), columns, rotation=60, ha="right", fontsize=8)
        axes.set_yticks(range(len(columns)), columns, fontsize=8)
        axes.set_title(titles[what], fontsize=10)
        if len(columns) <= NUMBERED_COLUMNS:
            _write_numbers(axes, matrix, end)
        if what != "real":
            label = "difference" if what == "difference" else "Spearman rank correlation"
            beside = [axes] if what == "difference" else list(panels[:2])
            figure.colorbar(
                image, ax=beside, label=label, orientation="horizontal", shrink=0.6, aspect=40
            )
    return figure


def _write_numbers(axes: Axes, matrix: Floats, end: float) -> None:
    """Write the values of all pairs of different columns into a matrix."""
    for (row, column), value in np.ndenumerate(matrix):
        if row != column:
            text = f"{round(value, 2) + 0.0:.2f}".replace("0.", ".")
            text = text.replace("-", "\N{MINUS SIGN}")
            colour = "white" if abs(value) > 0.65 * end else "black"
            axes.text(column, row, text, ha="center", va="center", size=7.5, color=colour)


def corner(
    synthetic: pd.DataFrame,
    reference: pd.DataFrame,
    columns: Sequence[str],
    labels: Mapping[str, str],
    footer: str,
) -> Figure:
    """Densities of pairs of columns: real events filled, synthetic ones as contours.

    Parameters
    ----------
    synthetic, reference : synthetic and held-out real events of one class.
    columns : some leading columns.
    labels : name with unit of each column.
    footer : provenance of the data.
    """
    n = len(columns)
    figure = style.new_figure(9.5, 9.2, footer)
    grid = figure.subplots(n, n, squeeze=False)
    edges = {
        name: np.linspace(*_robust_range(reference[name], synthetic[name], room=0), N_BINS + 1)
        for name in columns
    }
    for (row, column), axes in np.ndenumerate(grid):
        x, y = columns[column], columns[row]
        if column > row:
            axes.set_visible(False)
            continue
        if column == row:
            _draw_histograms(axes, synthetic[x], reference[x], edges[x])
        else:
            _draw_densities(axes, synthetic[[x, y]], reference[[x, y]], edges[x], edges[y])
        axes.set_xlim(edges[x][0], edges[x][-1])
        axes.tick_params(labelsize=7)
        axes.locator_params(axis="x", nbins=4)
        if row == n - 1:
            axes.set_xlabel(labels.get(x, x), fontsize=9)
        else:
            axes.set_xticklabels([])
        if column == 0 and row > 0:
            axes.set_ylabel(labels.get(y, y), fontsize=9)
        elif column != row:
            axes.set_yticklabels([])
    handles, names = grid[0, 0].get_legend_handles_labels()
    shares = ", ".join(f"{100 * share:.0f} %" for share in CONTOURS)
    figure.legend(
        handles,
        names,
        loc="upper right",
        bbox_to_anchor=(0.97, 0.95),
        fontsize=10,
        title=f"areas and lines hold {shares}\nof the events; diagonal: share per bin",
        title_fontsize=9,
    )
    return figure


def _draw_histograms(axes: Axes, synthetic: pd.Series, reference: pd.Series, edges: Floats) -> None:
    """Draw the distributions of one column, each with a total of one."""
    for values, look, label in (
        (reference, REAL_LOOK, "held-out real events"),
        (synthetic, SYNTHETIC_LOOK, "synthetic events"),
    ):
        shares = np.full(len(values), 1 / len(values))
        axes.hist(values, list(edges), weights=shares, label=label, **look)
    axes.set_yticks([])
    axes.spines[["top", "right", "left"]].set_visible(False)


def _draw_densities(
    axes: Axes, synthetic: pd.DataFrame, reference: pd.DataFrame, x: Floats, y: Floats
) -> None:
    """Draw two densities by the areas that hold given shares of the events."""
    centres = (x[:-1] + x[1:]) / 2, (y[:-1] + y[1:]) / 2
    real, levels = _density(reference, x, y)
    axes.contourf(*centres, real, [*levels, 2 * real.max()], colors=REAL_SHADES)
    made, levels = _density(synthetic, x, y)
    axes.contour(*centres, made, levels, colors=style.SYNTHETIC_COLOUR, linewidths=1.2)
    axes.set_ylim(y[0], y[-1])


def _density(events: pd.DataFrame, x: Floats, y: Floats) -> tuple[Floats, list[float]]:
    """Smooth a two-dimensional histogram, and find the heights that hold given shares."""
    from scipy.ndimage import gaussian_filter

    first, second = events.to_numpy(float).T
    counts = np.histogram2d(first, second, bins=(x, y))[0].T
    smooth = gaussian_filter(counts, SMOOTHING, mode="nearest")
    heights = np.sort(smooth, axis=None)[::-1]
    held = np.cumsum(heights) / heights.sum()
    levels = [float(heights[np.searchsorted(held, share)]) for share in CONTOURS]
    # contours must rise: equal heights are parted by what no eye can see
    return smooth, list(np.array(levels) * (1 + 1e-9 * np.arange(len(levels))))


def two_sample_test(
    two_sample: pd.DataFrame,
    separating: pd.DataFrame,
    bands: Mapping[str, Interval],
    footer: str,
) -> Figure:
    """How well a classifier tells synthetic from real events, and by which columns.

    Parameters
    ----------
    two_sample, separating : as in `Evidence`.
    bands : where the ROC-AUC lies for real events, of the sets "raw" and "derived".
    footer : provenance of the data.
    """
    if two_sample.empty:
        return _without_data(footer)
    figure = style.new_figure(13, 4.4, footer)
    curves, scores, columns = figure.subplots(1, 3)
    curves.plot([0, 1], [0, 1], color=style.GREY, linewidth=0.8, linestyle=":")
    for name, colour in (("raw", style.BLACK), ("derived", style.PURPLE)):
        rows = two_sample[two_sample["columns"] == name]
        test = Separation.unweighted(rows["is_synthetic"].to_numpy(), rows["score"].to_numpy())
        band = f"\n(real events: {bands[name][0]:.3f} to {bands[name][1]:.3f})"
        curves.plot(
            test.hadron_efficiency[0],
            test.gamma_efficiency[0],
            color=colour,
            linewidth=1.3,
            label=f"{COLUMN_SETS[name]}:\nAUC {test.roc_auc()[0]:.3f}"
            + (band if name in bands else ""),
        )
    curves.set(
        xlabel="share of real events called synthetic",
        ylabel="share of synthetic events recognised",
        title="ROC curve of the two-sample test",
        aspect="equal",
    )
    curves.legend(fontsize=7, loc="lower right")
    _draw_scores(scores, two_sample[two_sample["columns"] == "derived"])
    _draw_separating(columns, separating[separating["columns"] == "derived"])
    for axes in (curves, scores, columns):
        axes.title.set_fontsize(10)
        style.tidy(axes)
    return figure


def _draw_scores(axes: Axes, rows: pd.DataFrame) -> None:
    """Draw what the classifier believes of either kind of events."""
    is_synthetic = rows["is_synthetic"].to_numpy()
    bins = list(np.linspace(0, 1, 41))
    axes.hist(rows["score"][~is_synthetic], bins, label="held-out real", **REAL_LOOK)
    axes.hist(rows["score"][is_synthetic], bins, label="synthetic", **SYNTHETIC_LOOK)
    axes.axvline(0.5, color=style.GREY, linewidth=0.8, linestyle=":")
    axes.set(
        xlabel="belief in a synthetic event (out of fold)",
        ylabel="events",
        title=f"scores, {COLUMN_SETS['derived']}",
    )
    axes.legend(fontsize=8)


def _draw_separating(axes: Axes, rows: pd.DataFrame) -> None:
    """Draw the columns that separate most."""
    rows = rows.nlargest(MOST_SEPARATING, "gain").iloc[::-1]
    axes.barh(rows["column"], 100 * rows["gain"], color=style.PURPLE, alpha=0.8, height=0.65)
    axes.set(xlabel="share of the gain [%]", title="columns that separate most")
    axes.tick_params(axis="y", labelsize=8)


def memorisation(distances: pd.DataFrame, membership: pd.DataFrame, footer: str) -> Figure:
    """Distances to the nearest event, and what an attacker finds out from synthetic events.

    Parameters
    ----------
    distances, membership : as in `Evidence`.
    footer : provenance of the data.
    """
    if distances.empty:
        return _without_data(footer)
    figure = style.new_figure(12, 4.6, footer)
    nearest, attack = figure.subplots(1, 2)
    bins = list(np.linspace(0, np.quantile(distances["distance"], 1 - TAIL), 51))
    looks = {
        "training to training": {**REAL_LOOK, "color": style.GREY},
        "held-out to training": {**SYNTHETIC_LOOK, "color": REAL_COLOUR},
        "synthetic to training": SYNTHETIC_LOOK,
    }
    for kind, look in looks.items():
        values = distances.loc[distances["kind"] == kind, "distance"]
        weights = np.full(len(values), 100 / len(values))
        median = f"{kind} (median {values.median():.2f})"
        nearest.hist(values, bins, weights=weights, label=median, **look)
    nearest.set(
        xlabel="distance to the nearest training event [normal scores]",
        ylabel="share of the events [% per bin]",
        title="how near events are to training events",
    )
    nearest.legend(fontsize=8)
    _draw_attack(attack, membership)
    for axes in (nearest, attack):
        axes.title.set_fontsize(10)
        style.tidy(axes)
    return figure


def _draw_attack(axes: Axes, membership: pd.DataFrame) -> None:
    """Draw how many training events are recognised at how many false accusations."""
    is_member = membership["is_member"].to_numpy()
    chance = np.geomspace(LOWEST_SHARE, 1, 50)
    axes.plot(chance, chance, color=style.GREY, linewidth=1, linestyle=":", label="guessing")
    for column, colour, label in (
        ("closeness", style.BLACK, "closeness to a synthetic event"),
        ("calibrated", style.VERMILION, "the same, relative to the crowd"),
    ):
        attack = Separation.unweighted(is_member, membership[column].to_numpy())
        axes.plot(
            attack.hadron_efficiency[0],
            attack.gamma_efficiency[0],
            color=colour,
            linewidth=1.3,
            label=f"{label}: AUC {attack.roc_auc()[0]:.3f}",
        )
    axes.axvline(0.01, color=style.GREY, linewidth=0.8, linestyle="--")
    axes.annotate("1 % accused wrongly ", (0.01, 1.15), ha="right", fontsize=7, color=style.GREY)
    axes.set(
        xscale="log",
        yscale="log",
        xlim=(LOWEST_SHARE, 1),
        ylim=(LOWEST_SHARE, 1.6),
        xlabel="share of held-out events accused wrongly",
        ylabel="share of training events recognised",
        title="membership attack: who was a training event?",
    )
    axes.legend(fontsize=8, loc="lower right")


def utility_forest(utility: pd.DataFrame, limit: float | None, footer: str) -> Figure:
    """Paired changes of figures of merit by the synthetic events, with 95 % intervals.

    Parameters
    ----------
    utility : DataFrame with ``treatment``, ``against``, ``figure``, ``value``, ``change``,
        ``lower`` and ``upper``.
    limit : lowest change of ROC-AUC and PR-AUC that passes, such as -0.002; None if not judged.
    footer : provenance of the data.
    """
    if utility.empty:
        return _without_data(footer)
    figure = style.new_figure(12, 6, footer)
    panels = np.ravel(figure.subplots(2, 3, sharey=True))
    for axes, (name, more_is_better) in zip(panels, FIGURES.items(), strict=True):
        rows = utility[utility["figure"] == name].iloc[::-1].reset_index(drop=True)
        for row in rows.itertuples():
            axes.errorbar(
                row.change,
                row.Index,
                xerr=[[row.change - row.lower], [row.upper - row.change]],
                fmt="o",
                color=_colour_of_change(row.lower, row.upper, more_is_better),
                markersize=5,
                capsize=2.5,
            )
        axes.axvline(0, color=style.BLACK, linewidth=0.9)
        if limit is not None and name in ("roc_auc", "average_precision"):
            axes.axvline(limit, color=style.VERMILION, linestyle="--", linewidth=1.2)
            axes.annotate(
                f"limit {limit:.3f}".replace("-", "\N{MINUS SIGN}"),
                (limit, 0.97),
                xycoords=("data", "axes fraction"),
                rotation=90,
                ha="right",
                va="top",
                fontsize=7,
                color=style.VERMILION,
            )
        axes.set_yticks(rows.index, [_arm(row) for row in rows.itertuples()], size=8)
        axes.set_ylim(-0.6, len(rows) - 0.3)
        direction = "higher is better" if more_is_better else "lower is better"
        axes.set_title(f"{FIGURE_LABELS[name]}\n({direction})", fontsize=9)
        axes.tick_params(axis="x", labelsize=7)
        axes.locator_params(axis="x", nbins=5)
        axes.set_xlabel("change", fontsize=8)
        style.tidy(axes)
    figure.suptitle(
        "change with synthetic events; bars: 95 % paired bootstrap intervals\n"
        "green: clearly better, red: clearly worse, black: zero is inside of the interval",
        fontsize=10,
    )
    return figure


def _colour_of_change(lower: float, upper: float, more_is_better: bool) -> str:
    """Colour of a change: clear to the better, clear to the worse, or not clear."""
    if lower <= 0 <= upper:
        return style.BLACK
    return style.GREEN if (lower > 0) == more_is_better else style.VERMILION


def _arm(row: Any) -> str:
    """Name what was compared with what, in two lines."""
    return f"{row.treatment}\nagainst {row.against}"


PASS_A, PASS_B, FAIL, OPEN = "pass, grade A", "pass, grade B", "fail", "not judged"
CELL_COLOURS = {PASS_A: "#9AD7C2", PASS_B: "#F4E3A1", FAIL: "#EFA27A", OPEN: "#E7EAED"}


def gate_chart(certificates: Sequence[Mapping[str, Any]], footer: str) -> Figure:
    """All gates of several generators and of the two controls, in one view.

    Parameters
    ----------
    certificates : certificates as JSON, see `Certificate.to_json`, of the same real tables.
    footer : provenance of the data.
    """
    from matplotlib.patches import Patch

    gates = _gates_in_order(certificates)
    controls: Sequence[Mapping[str, Any]] = next(
        (c["controls"] for c in certificates if c["controls"]), []
    )
    names = [c["generator"] for c in certificates] + [f"control: {c['name']}" for c in controls]
    figure = style.new_figure(1.2 * len(names) + 3.6, 0.235 * len(gates) + 2.2, footer)
    axes = figure.subplots()
    for row, gate in enumerate(gates):
        for column, certificate in enumerate(certificates):
            own = next((g for g in certificate["gates"] if g["key"] == gate["key"]), None)
            _draw_cell(axes, row, column, *_judged(own))
        for column, control in enumerate(controls, len(certificates)):
            _draw_cell(axes, row, column, *_judged_control(gate, control))
        if row and gate["code"] != gates[row - 1]["code"]:
            axes.axhline(row - 0.5, color=style.BLACK, linewidth=0.8)
    n = len(gates)
    for column, certificate in enumerate(certificates):
        verdict = f"{certificate['verdict']} {certificate['grade']}".strip().upper()
        _draw_cell(axes, n, column, verdict, _overall(certificate), bold=True)
    for column, control in enumerate(controls, len(certificates)):
        verdict, judged = ("REFUSED", FAIL) if control["is_caught"] else ("NOT REFUSED", OPEN)
        _draw_cell(axes, n, column, verdict, judged, bold=True)
    axes.axhline(n - 0.5, color=style.BLACK, linewidth=1.6)
    axes.axvline(len(certificates) - 0.5, color=style.BLACK, linewidth=1.6)
    axes.set(xlim=(-0.5, len(names) - 0.5), ylim=(n + 0.5, -0.5))
    axes.set_yticks(range(n + 1), [*(_short(gate) for gate in gates), "verdict"], size=8)
    axes.set_xticks(range(len(names)), [_two_lines(name) for name in names], size=8)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    figure.legend(
        handles=[Patch(color=colour, label=label) for label, colour in CELL_COLOURS.items()],
        loc="outside upper center",
        ncols=4,
        fontsize=8,
        frameon=False,
    )
    return figure


def _gates_in_order(certificates: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """List each gate once, by code."""
    gates = {gate["key"]: gate for c in reversed(certificates) for gate in c["gates"]}
    return sorted(gates.values(), key=lambda gate: gate["code"])


def _short(gate: Mapping[str, Any]) -> str:
    """Name a gate in few words."""
    metric = SHORT_METRICS.get(gate["key"]) or shorten(gate["key"], 34, placeholder=" …")
    return f"{metric}  {gate['code']}"


def _two_lines(name: str) -> str:
    """Break a name in the middle."""
    words = name.split()
    half = (len(words) + 1) // 2
    return "\n".join(" ".join(part) for part in (words[:half], words[half:]) if part)


def _overall(certificate: Mapping[str, Any]) -> str:
    """Say how a certificate as a whole is coloured."""
    if certificate["verdict"] == Verdict.PASS:
        return PASS_B if certificate["grade"] == "B" else PASS_A
    is_open = certificate["verdict"] in (Verdict.NOT_ENOUGH_DATA, Verdict.NOT_TESTED)
    return OPEN if is_open else FAIL


def _judged(gate: Mapping[str, Any] | None) -> tuple[str, str]:
    """Write the value of a gate, and say how it was judged."""
    if gate is None or gate["value"] is None:
        return "–", OPEN
    grades = {"A": PASS_A, "B": PASS_B}
    judged = grades.get(gate["grade"], FAIL if gate["verdict"] == Verdict.FAIL else OPEN)
    return _value(gate, gate["value"]), judged


def _judged_control(gate: Mapping[str, Any], control: Mapping[str, Any]) -> tuple[str, str]:
    """Judge a value of a control by the limits of the gate."""
    value = control["values"].get(gate["key"])
    if value is None:
        return "–", OPEN
    if gate["lowest"] is None and gate["highest"] is None:
        return _value(gate, value), OPEN
    if judge(value, gate["lowest"], gate["highest"], gate["highest_b"]) is Verdict.FAIL:
        return _value(gate, value), FAIL
    above_a = gate["highest"] is not None and value > gate["highest"]
    return _value(gate, value), PASS_B if above_a else PASS_A


def _value(gate: Mapping[str, Any], value: float) -> str:
    if gate["is_count"]:
        return f"{value:,.0f}"
    return f"{value:+.4f}" if gate["code"] == "G7" else f"{value:.3f}"


def _draw_cell(
    axes: Axes, row: int, column: int, text: str, judged: str, bold: bool = False
) -> None:
    from matplotlib.patches import Rectangle

    axes.add_patch(
        Rectangle(
            (column - 0.5, row - 0.5), 1, 1, facecolor=CELL_COLOURS[judged], edgecolor="white"
        )
    )
    weight = "bold" if bold or judged == FAIL else "normal"
    axes.text(column, row, text, ha="center", va="center", size=8, weight=weight)


def _without_data(footer: str) -> Figure:
    """Say that there is nothing to draw, rather than draw nothing."""
    figure = style.new_figure(12, 1.2, footer)
    figure.text(0.5, 0.6, "not tested: not enough events", ha="center", color=style.GREY)
    return figure


def _robust_range(*samples: pd.Series, room: float = 0.02) -> Interval:
    """Range that holds all but the tails of every sample, with some room beside."""
    lowest = min(float(np.quantile(sample, TAIL)) for sample in samples)
    highest = max(float(np.quantile(sample, 1 - TAIL)) for sample in samples)
    beside = room * (highest - lowest) if highest > lowest else 0.5
    return lowest - beside, highest + beside
