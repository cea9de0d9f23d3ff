"""Figure of what a release makes of events by the million."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from showerforge.figures import style
from showerforge.monitoring.references import Reference

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: bars at most; each holds whole bins of the reference
N_BARS = 40


def gammaness_figure(
    summary: Mapping[str, Any], reference: Reference, condition: str, footer: str
) -> Figure:
    """Gammaness of all scored events, with the mixture of the reference that explains it best.

    Parameters
    ----------
    summary : of the scoring, see `showerforge.scoring.run.summarise`.
    reference : of the release.
    condition : of the observation.
    footer : provenance of the release.
    """
    borders, counts = (np.array(summary["gammaness"][key]) for key in ("borders", "events"))
    n_events, share = counts.sum(), reference.gamma_share_of(condition, counts)
    hadrons, gammas = (reference.expect(condition, own)[0][-1] for own in (0.0, 1.0))
    begins = choose_borders(borders, N_BARS)
    edges = borders[[*begins, -1]]
    middles, widths = (edges[1:] + edges[:-1]) / 2, np.diff(edges)

    def density(per_bin: NDArray[Any]) -> NDArray[np.float64]:
        return np.add.reduceat(per_bin, begins) / widths

    figure = style.new_figure(8, 4.6, footer)
    axes = figure.subplots()
    axes.stairs(density(counts), edges, fill=True, color=style.SKY, alpha=0.5, label="scored")
    axes.errorbar(
        middles,
        density(counts),
        np.sqrt(np.add.reduceat(counts, begins)) / widths,
        fmt="none",
        ecolor=style.BLUE,
        elinewidth=0.8,
    )
    mixture = (
        (f"reference, {100 * (1 - share):.3g} % hadrons", (1 - share) * hadrons),
        (f"{100 * share:.3g} % gammas", share * gammas),
        ("both", (1 - share) * hadrons + share * gammas),
    )
    colours = (style.HADRON_COLOUR, style.GAMMA_COLOUR, style.BLACK)
    for (label, own), colour in zip(mixture, colours, strict=True):
        axes.stairs(density(n_events * own), edges, color=colour, linewidth=1.2, label=label)
    axes.axvline(
        summary["threshold"],
        color=style.BLACK,
        linestyle="--",
        linewidth=1,
        label=f"working point, {summary['threshold']:.3g}",
    )
    axes.set(
        xlabel="gammaness",
        ylabel="events per unit of gammaness",
        yscale="log" if n_events else "linear",
        xlim=(edges[0], edges[-1]),
    )
    axes.set_title(_title_of(summary, int(n_events)), fontsize=10)
    figure.legend(loc="outside upper center", ncols=5, fontsize=8)
    style.tidy(axes)
    return figure


def choose_borders(borders: NDArray[np.float64], n_bars: int) -> NDArray[np.intp]:
    """Choose where bars begin, so that they are about equally wide and hold whole bins.

    Parameters
    ----------
    borders : of the bins, rising.
    n_bars : bars at most.

    Returns
    -------
    begins : numbers of the first bin of each bar.
    """
    wanted = np.linspace(borders[0], borders[-1], n_bars + 1)[:-1]
    begins = np.unique(np.abs(borders[:, None] - wanted).argmin(axis=0))
    return begins[borders[begins] < borders[-1]]


def _title_of(summary: Mapping[str, Any], n_events: int) -> str:
    title = f"{n_events:,} events, {summary['gamma_like']:,} of them gamma-like"
    if summary["excess"] is None:
        return title
    return (
        f"{title},\n{summary['excess']:,.0f} ± {summary['excess_uncertainty']:,.0f} more than "
        "hadrons alone would leave"
    )
