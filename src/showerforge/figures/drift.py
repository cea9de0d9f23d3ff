"""Figures of the monitor: what it can see, and what it has seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from showerforge.figures import style
from showerforge.metrics.efficiency import wilson_interval
from showerforge.monitoring.power import UNDISTURBED

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLOURS = (
    style.SKY,
    style.BLUE,
    style.BLACK,
    style.ORANGE,
    style.VERMILION,
    style.GREEN,
    style.PURPLE,
)
MARKERS = "os^vDPX*"
#: columns that are named in the legend of a long stream, those with the largest distances
N_NAMED = 5


def power_figure(
    power: pd.DataFrame, false_alarm_rate: float, confidence: float, footer: str
) -> Figure:
    """Share of streams that raise an alarm against their length, a panel for each mixture.

    Parameters
    ----------
    power : rows of `showerforge.monitoring.power.measure_power`.
    false_alarm_rate : that alarms are set to.
    confidence : coverage of the intervals.
    footer : provenance of the data.
    """
    mixtures = list(dict.fromkeys(power["mixture"]))
    figure = style.new_figure(5.2 * len(mixtures) + 1.5, 4.4, footer)
    panels = figure.subplots(1, len(mixtures), sharey=True, squeeze=False)[0]
    for axes, mixture in zip(panels, mixtures, strict=True):
        own = power[power["mixture"] == mixture]
        for place, (fault, rows) in enumerate(own.groupby("fault", sort=False)):
            share = rows["n_alarms"] / rows["n_streams"]
            ends = [
                wilson_interval(part, n_streams, confidence)
                for part, n_streams in zip(share, rows["n_streams"], strict=True)
            ]
            is_quiet = fault == UNDISTURBED
            # the undisturbed streams come first
            turn, number = divmod(place - 1, len(COLOURS))
            colour = style.GREY if is_quiet else COLOURS[number]
            axes.plot(
                rows["n_events"],
                100 * share,
                linestyle="--" if is_quiet else ("-", "-.")[turn % 2],
                color=colour,
                marker=MARKERS[place % len(MARKERS)],
                label="nothing (false alarms)" if is_quiet else fault,
            )
            lower, upper = zip(*ends, strict=True)
            axes.fill_between(
                rows["n_events"],
                [100 * end for end in lower],
                [100 * end for end in upper],
                color=colour,
                alpha=0.12,
                linewidth=0,
            )
        gamma_share = own["gamma_share"].iloc[0]
        axes.set(
            title=f"mixture as in the {mixture}: {100 * gamma_share:g} % gammas",
            xlabel="events in the window",
            ylim=(-3, 103),
        )
        style.plain_numbers(axes, "x")
        style.tidy(axes)
    panels[0].set_ylabel(f"windows with an alarm [%], set to {100 * false_alarm_rate:g} % false")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside right upper", fontsize=8, title="injected fault")
    return figure


def drift_figure(totals: pd.DataFrame, windows: pd.DataFrame, footer: str) -> Figure:
    """Distance of each column from what is expected, window after window, and of all events.

    Parameters
    ----------
    totals, windows : rows of `showerforge.monitoring.tables.rows_of`.
    footer : provenance of the data.
    """
    lengths = sorted(windows["window"].unique()) if len(windows) else []
    figure = style.new_figure(9.0, 3.2 + 2.6 * len(lengths), footer)
    panels = figure.subplots(len(lengths) + 1, 1, squeeze=False)[:, 0]
    for axes, length in zip(panels, lengths, strict=False):
        own = windows[windows["window"] == length]
        leading = own.groupby("column")["distance"].max().nlargest(N_NAMED).index
        for column, rows in own.groupby("column", sort=False):
            named = column in leading
            place = list(leading).index(column) if named else 0
            numbers = range(1, len(rows) + 1)
            colour = COLOURS[place] if named else style.GREY
            axes.plot(
                numbers,
                rows["distance"],
                color=colour,
                linewidth=1.4 if named else 0.6,
                marker=".",
                markersize=4 if named else 2,
                alpha=1.0 if named else 0.5,
                label=column if named else None,
            )
            alarms = rows["is_alarm"].to_numpy()
            axes.scatter(
                [n for n, alarm in zip(numbers, alarms, strict=True) if alarm],
                rows.loc[alarms, "distance"],
                color=colour,
                marker="o",
                s=16,
                zorder=3,
            )
        axes.set(
            title=f"windows of {length:,} events; dots are alarms",
            xlabel="window",
            ylabel="Kolmogorov-Smirnov distance",
            ylim=(0, None),
        )
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.legend(fontsize=8, ncols=N_NAMED)
        style.tidy(axes)
    axes = panels[-1]
    for place, (condition, rows) in enumerate(totals.groupby("condition", sort=False)):
        n = int(rows["n_events"].iloc[0])
        axes.plot(
            rows["column"],
            rows["distance"],
            MARKERS[place % len(MARKERS)],
            color=COLOURS[place % len(COLOURS)],
            label=f"condition {condition}, {n:,} events",
        )
    axes.set(title="all events", ylabel="Kolmogorov-Smirnov distance", ylim=(0, None))
    axes.tick_params(axis="x", rotation=45)
    axes.legend(fontsize=8)
    style.tidy(axes)
    return figure
