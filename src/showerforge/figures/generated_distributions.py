"""Distributions of generated images beside those of Monte Carlo, for several generators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from showerforge.events.schema import Column
from showerforge.figures import style
from showerforge.figures.certificate import BAND_COLOUR, REAL_LOOK
from showerforge.figures.image_parameters import SCALES
from showerforge.figures.scores import N_BINS, new_panels
from showerforge.validation.images.sets import SIZE, ImageSet
from showerforge.validation.marginals import quantile_envelope, quantile_pairs

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]

REFERENCE = "test Monte Carlo"
#: share of the quantiles beyond either end of a QQ panel
TAIL = 0.005
#: bins of charges in each power of ten
BINS_PER_DECADE = 12
#: bins of either side of a two-dimensional histogram, and its width in inches
SIZE_BINS, SIZE_PANEL = 60, 3.4
#: numbers that stand in the corner of a panel of sizes
IN_CORNER = (
    ("size_error_mean", "mean error {:.3f}"),
    ("size_error_median", "median error {:.3f}"),
    ("size_log_correlation", "correlation of logs {:.3f}"),
    ("size_correlation", "correlation {:.3f}"),
)


class Look(NamedTuple):
    """How a generator is drawn."""

    colour: str
    marker: str
    line: str


#: in the order in which generators are named
LOOKS = (
    Look(style.VERMILION, "o", "-"),
    Look(style.GREEN, "s", "--"),
    Look(style.ORANGE, "^", "-."),
    Look(style.PURPLE, "D", ":"),
    Look(style.BLACK, "v", "-"),
    Look(style.SKY, "P", "--"),
)


def choose_looks(labels: Sequence[str]) -> dict[str, Look]:
    """Choose how each generator is drawn, the same in all figures that name the same ones."""
    return {label: LOOKS[number % len(LOOKS)] for number, label in enumerate(labels)}


def qq_of_generators(
    tables: Mapping[str, pd.DataFrame],
    reference: pd.DataFrame,
    real: pd.DataFrame,
    columns: Sequence[Column],
    n_quantiles: int,
    n_repeats: int,
    seed: int,
    footer: str,
) -> Figure:
    """Quantiles of image parameters against those of test Monte Carlo, for all generators.

    Parameters
    ----------
    tables : measured images of one particle by what the generator is called.
    reference : Monte Carlo test images.
    real : all Monte Carlo images; random parts as large as the reference give the band.
    columns : image parameters.
    n_quantiles : points of each generator in each panel.
    n_repeats, seed : random parts behind the band, and their seed.
    footer : provenance of the data.
    """
    looks = choose_looks(list(tables))
    figure, panels = new_panels(len(columns) + 1, 2.6, footer)
    for axes, column in zip(panels, columns, strict=False):
        known = reference[column.name].dropna()
        band = quantile_envelope(
            real[column.name].dropna(), len(known), n_quantiles, n_repeats, seed
        )
        for label, table in tables.items():
            quantiles, expected = quantile_pairs(table[column.name].dropna(), known, n_quantiles)
            colour, marker, _ = looks[label]
            axes.plot(expected, quantiles, marker, color=colour, markersize=2.5, label=label)
        axes.fill_between(expected, *band, color=BAND_COLOUR, label="Monte Carlo, 95 %", zorder=0)
        _scale_alike(axes, column, known)
    figure.supylabel("quantile of generated images", fontsize=9)
    figure.suptitle(f"horizontal: the same quantile of {REFERENCE}", fontsize=9)
    _explain(panels[-1], panels[0])
    return figure


def _scale_alike(axes: Axes, column: Column, known: pd.Series) -> None:
    """Give both axes the range of nearly all simulated images, and draw the diagonal."""
    is_logarithmic = column.name in SCALES.logarithmic
    values = known[known > 0] if is_logarithmic else known
    lowest, highest = np.quantile(values, [TAIL, 1 - TAIL])
    if lowest == highest:
        lowest, highest = lowest - 0.5, highest + 0.5
    axes.plot([lowest, highest], [lowest, highest], color="black", linewidth=0.6)
    if is_logarithmic:
        style.plain_numbers(axes, "x")
        style.plain_numbers(axes, "y")
    else:
        axes.locator_params(nbins=4)
    axes.set(xlim=(lowest, highest), ylim=(lowest, highest))
    axes.set_title(column.label, fontsize=8)
    axes.tick_params(labelsize=7)
    style.tidy(axes)


def _explain(empty: Axes, drawn: Axes) -> None:
    """Use an empty panel for the legend of another."""
    empty.set_axis_off()
    empty.legend(*drawn.get_legend_handles_labels(), loc="center", fontsize=8, markerscale=2)


def ks_of_generators(
    distances: Mapping[str, pd.DataFrame],
    band: pd.DataFrame,
    labels: Mapping[str, str],
    footer: str,
) -> Figure:
    """Kolmogorov-Smirnov distances of all image parameters and generators, with the null band.

    Parameters
    ----------
    distances : ``column`` and ``ks_distance`` by what the generator is called, see
        `showerforge.validation.images.parameters.compare_parameters`.
    band : ``column``, ``lower`` and ``upper`` of Monte Carlo against itself, see
        `showerforge.validation.images.parameters.band_of_parameters`.
    labels : name with unit of each parameter.
    footer : provenance of the data.
    """
    looks = choose_looks(list(distances))
    wide = pd.DataFrame(
        {name: table.set_index("column")["ks_distance"] for name, table in distances.items()}
    )
    wide = wide.loc[wide.max(axis=1).sort_values().index]
    places = np.arange(len(wide))
    figure = style.new_figure(8, 0.26 * len(wide) + 1.8, footer)
    axes = figure.subplots()
    ends = band.set_index("column").reindex(wide.index)
    axes.barh(
        places,
        ends["upper"] - ends["lower"],
        left=ends["lower"],
        height=0.8,
        color=BAND_COLOUR,
        label="Monte Carlo against itself, 95 %",
    )
    axes.hlines(places, 0, wide.max(axis=1), color=style.GREY, linewidth=0.5, zorder=1)
    for label, look in looks.items():
        axes.plot(
            wide[label],
            places,
            look.marker,
            color=look.colour,
            markersize=5,
            label=label,
            alpha=0.9,
        )
    axes.set_yticks(places, [labels.get(name, name) for name in wide.index], fontsize=8)
    axes.set(xlabel=f"Kolmogorov-Smirnov distance to {REFERENCE}", xlim=(0, None))
    axes.margins(y=0.01)
    axes.set_axisbelow(True)
    figure.legend(loc="outside upper center", ncols=3, fontsize=8, frameon=False)
    style.tidy(axes)
    axes.grid(visible=False, axis="y")
    return figure


def requested_sizes(
    sets: Mapping[str, ImageSet], measured: pd.DataFrame, particle: str, footer: str
) -> Figure:
    """Obtained against requested sizes, a panel for each generator that takes sizes.

    Parameters
    ----------
    sets : images of one particle by what the generator is called, with requested sizes.
    measured : rows of `showerforge.validation.images.tables.tabulate`, for the corners.
    particle : whose images these are.
    footer : provenance of the data.
    """
    from matplotlib.colors import LogNorm

    figure = style.new_figure(SIZE_PANEL * max(2, len(sets)), 1.2 * SIZE_PANEL, footer)
    if not sets:
        figure.text(0.5, 0.5, "no generator takes a size", ha="center")
        return figure
    panels = figure.subplots(1, len(sets), squeeze=False)[0]
    numbers = measured[measured["particle"] == particle].set_index(["generator", "metric"])
    for axes, (label, each) in zip(panels, sets.items(), strict=True):
        wanted, got = each.requested(SIZE), each.table[SIZE].to_numpy(float)
        is_known = np.isfinite(wanted) & np.isfinite(got)
        wanted, got = wanted[is_known], got[is_known]
        both = np.concatenate([wanted, got])
        edges = np.geomspace(both.min(), both.max(), SIZE_BINS + 1)
        counts = axes.hist2d(wanted, got, [edges, edges], cmin=1, norm=LogNorm())[3]
        figure.colorbar(counts, ax=axes, label="images", orientation="horizontal", shrink=0.8)
        axes.axline((edges[0], edges[0]), (edges[-1], edges[-1]), color="black", linewidth=0.8)
        for which in ("x", "y"):
            style.plain_numbers(axes, which)
        _write_corner(axes, each.generator, numbers)
        axes.set_title(f"{label}, {len(wanted):,} {particle}s", fontsize=8)
        axes.set(xlabel="requested size [p.e.]", ylabel="obtained size [p.e.]", aspect="equal")
        axes.tick_params(labelsize=7)
    return figure


def _write_corner(axes: Axes, generator: str, numbers: pd.DataFrame) -> None:
    words = [
        text.format(numbers.loc[(generator, name), "value"])
        for name, text in IN_CORNER
        if (generator, name) in numbers.index
    ]
    axes.text(
        0.97,
        0.03,
        "\n".join(words),
        transform=axes.transAxes,
        ha="right",
        fontsize=7,
        bbox={"facecolor": "white", "alpha": 0.8, "linewidth": 0},
    )


def gammaness_distributions(
    scores: Mapping[str, Mapping[str, Floats]],
    reference: Mapping[str, Floats],
    threshold: float,
    footer: str,
) -> Figure:
    """Scores of generated and simulated images by a classifier that never saw a generated one.

    Parameters
    ----------
    scores : by particle, the gammaness of the images of each generator, float[n], by what it is
        called.
    reference : by particle, that of Monte Carlo test images.
    threshold : working point of the classifier.
    footer : provenance of the data.
    """
    figure = style.new_figure(6 * len(scores), 4.2, footer)
    bins = np.linspace(0, 1, N_BINS + 1)
    looks = choose_looks(list(dict.fromkeys(label for own in scores.values() for label in own)))
    panels = figure.subplots(1, len(scores), squeeze=False)[0]
    for axes, (particle, own) in zip(panels, scores.items(), strict=True):
        _draw_shares(axes, REFERENCE, reference[particle], bins, REAL_LOOK)
        for label, score in own.items():
            _draw_shares(axes, label, score, bins, _outline(looks[label]))
        axes.axvline(threshold, color="black", linestyle=":", linewidth=1, label="working point")
        axes.set(yscale="log", xlabel="gammaness", ylabel="share of images")
        axes.set_title(f"{particle}s (in brackets: mean)", fontsize=9)
        axes.legend(fontsize=7.5)
        style.tidy(axes)
    return figure


def _draw_shares(
    axes: Axes, label: str, values: Floats, bins: Floats, look: Mapping[str, Any]
) -> None:
    known = values[np.isfinite(values)]
    name = f"{label} ({known.mean():.3f})" if len(known) else f"{label} (none)"
    weights = np.full(len(known), 1 / max(1, len(known)))
    axes.hist(known, bins.tolist(), weights=weights, label=name, **look)


def _outline(look: Look) -> dict[str, Any]:
    return {"histtype": "step", "linewidth": 1.4, "color": look.colour, "linestyle": look.line}


def pixel_spectra(sets: Mapping[str, ImageSet], reference: ImageSet, footer: str) -> Figure:
    """Charges of lit pixels, and how many are lit, of generated and of simulated images.

    Parameters
    ----------
    sets : cleaned images of one particle by what the generator is called.
    reference : Monte Carlo test images.
    footer : provenance of the data.
    """
    figure = style.new_figure(12, 4.2, footer)
    charge, number = figure.subplots(1, 2)
    everything = [each.charges for each in (reference, *sets.values())]
    lit = [charges[charges > 0] for charges in everything]
    counts = [(charges > 0).sum(axis=1).astype(float) for charges in everything]
    lowest, highest = (float(end) for end in np.quantile(np.concatenate(lit), [0, 1]))
    n_bins = int(np.ceil(BINS_PER_DECADE * np.log10(highest / lowest))) + 1
    charge_bins = np.geomspace(lowest, highest, n_bins + 1)
    number_bins = np.arange(np.concatenate(counts).max() + 2) - 0.5
    looks = choose_looks(list(sets))
    drawn = [REAL_LOOK, *(_outline(looks[label]) for label in sets)]
    for label, look, charges, lit_pixels in zip(
        [REFERENCE, *sets], drawn, lit, counts, strict=True
    ):
        per_image = np.full(len(charges), 1 / max(1, len(lit_pixels)))
        charge.hist(charges, charge_bins.tolist(), weights=per_image, label=label, **look)
        _draw_shares(number, label, lit_pixels, number_bins, look)
    charge.set(
        yscale="log", xlabel="charge of a lit pixel [p.e.]", ylabel="pixels per image and bin"
    )
    style.plain_numbers(charge, "x")
    number.set(
        yscale="log", xlabel="lit pixels of an image (in brackets: mean)", ylabel="share of images"
    )
    for axes in (charge, number):
        axes.legend(fontsize=7.5)
        style.tidy(axes)
    return figure
