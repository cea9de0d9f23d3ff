"""Figures of single showers: particles in the air, light on the ground."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from showerforge.figures import style
from showerforge.figures.images import COLOURS as COLOUR_MAP

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ENERGY_COLOURS = (style.SKY, style.GREEN, style.ORANGE, style.PURPLE, style.BLUE, style.VERMILION)
#: single showers that are drawn beside their mean
N_SINGLE = 8
#: heights marked above a profile, km
MARKED_HEIGHTS = (1, 2, 3, 5, 7, 10, 15, 20, 30)
#: share of the showers within a band
BAND = (0.16, 0.84)
#: share of a map whose light is at most as strong as the end of the colours
UNSATURATED = 0.995


def longitudinal_profiles(profiles: pd.DataFrame, energy: float, footer: str) -> Figure:
    """Particles that emit light against slant depth, single showers and their mean.

    Parameters
    ----------
    profiles : see `showerforge.showers.examples.Examples`.
    energy : of the showers, TeV.
    footer : provenance of the data.
    """
    figure = style.new_figure(11, 4.8, footer)
    panels = figure.subplots(1, len(style.PRIMARY_COLOURS), sharey=True)
    for axes, (primary, colour) in zip(panels, style.PRIMARY_COLOURS.items(), strict=True):
        own = profiles[profiles["primary"] == primary]
        wide = own.pivot(index="depth", columns="shower", values="electrons")
        for number, shower in enumerate(wide.columns[:N_SINGLE]):
            label = None if number else "single showers"
            axes.plot(
                wide.index, wide[shower], color=colour, alpha=0.35, linewidth=0.8, label=label
            )
        mean = f"mean of {wide.shape[1]}"
        axes.plot(wide.index, wide.mean(axis=1), color=colour, linewidth=2.2, label=mean)
        expected = own.drop_duplicates("depth")
        axes.plot(
            expected["depth"],
            expected["greisen"],
            "--",
            color=style.BLACK,
            linewidth=1.4,
            label="a gamma by Greisen 1956, times the share\nabove the threshold by Hillas 1982",
        )
        axes.set(xlabel="slant depth [g/cm²]", xlim=(0, own["depth"].max()), ylim=(0, None))
        axes.set_title(f"{primary}, {energy:g} TeV", fontsize=10)
        _mark_heights(axes, expected)
        axes.legend(fontsize=7)
        style.tidy(axes)
    panels[0].set_ylabel("electrons and positrons above the Cherenkov threshold", fontsize=9)
    return figure


def _mark_heights(axes: Axes, expected: pd.DataFrame) -> None:
    heights = [
        height
        for height in MARKED_HEIGHTS
        if expected["height"].min() <= height <= expected["height"].max()
    ]
    # heights fall with depth, and interpolation needs what rises
    depths = np.interp(heights, expected["height"].iloc[::-1], expected["depth"].iloc[::-1])
    above = axes.secondary_xaxis("top")
    above.set_xticks(depths, [str(height) for height in heights], fontsize=7)
    above.set_xlabel("height above sea level [km]", fontsize=8)


def light_on_ground(light: pd.DataFrame, widest_ring: float, footer: str) -> Figure:
    """Photons per area against the distance from the axis, mean and spread of showers.

    Parameters
    ----------
    light : see `showerforge.showers.examples.Examples`.
    widest_ring : radius of the light pool, see `showerforge.showers.profiles.widest_ring`, m.
    footer : provenance of the data.
    """
    figure = style.new_figure(11, 4.8, footer)
    panels = figure.subplots(1, len(style.PRIMARY_COLOURS), sharey=True)
    seen = light[light["photons"] > 0]
    per_photon = (seen["photo_electrons"] / seen["photons"]).mean()
    for axes, primary in zip(panels, style.PRIMARY_COLOURS, strict=True):
        own = light[light["primary"] == primary]
        for number, (energy, rows) in enumerate(own.groupby("energy")):
            colour = ENERGY_COLOURS[number % len(ENERGY_COLOURS)]
            by_distance = rows.groupby("distance")["photons"]
            mean = by_distance.mean()
            lower, upper = (by_distance.quantile(share) for share in BAND)
            axes.plot(mean.index, mean, color=colour, linewidth=1.8, label=f"{energy:g} TeV")
            axes.fill_between(mean.index, lower, upper, color=colour, alpha=0.2, linewidth=0)
        axes.axvline(widest_ring, color=style.GREY, linestyle=":", linewidth=0.9)
        axes.set(yscale="log", xlabel="distance from the shower axis [m]", xlim=(0, None))
        n_showers = own["shower"].nunique()
        axes.set_title(f"{primary}: mean and central 68 % of {n_showers} showers", fontsize=10)
        title = f"dotted: widest ring of a\nparticle on the axis, {widest_ring:.0f} m"
        axes.legend(fontsize=8, title=title, title_fontsize=7)
        style.tidy(axes)
        right = axes.secondary_yaxis(
            "right", functions=(lambda n: n * per_photon, lambda n: n / per_photon)
        )
        right.tick_params(labelsize=7)
    panels[0].set_ylabel("photons per m², 300 to 600 nm, at the ground")
    right.set_ylabel("photo-electrons in a telescope", fontsize=8)
    return figure


def light_maps(maps: pd.DataFrame, energy: float, footer: str) -> Figure:
    """Light of one shower of each primary across its axis.

    Parameters
    ----------
    maps : see `showerforge.showers.examples.Examples`.
    energy : of the showers, TeV.
    footer : provenance of the data.
    """
    figure = style.new_figure(11, 5.2, footer)
    for axes, primary in zip(
        figure.subplots(1, len(style.PRIMARY_COLOURS)), style.PRIMARY_COLOURS, strict=True
    ):
        own = maps[maps["primary"] == primary]
        grid = own.pivot(index="y", columns="x", values="photons")
        mesh = axes.pcolormesh(
            grid.columns,
            grid.index,
            grid,
            vmin=0,
            vmax=max(own["photons"].quantile(UNSATURATED), np.finfo(float).tiny),
            cmap=COLOUR_MAP,
            shading="nearest",
            rasterized=True,
        )
        figure.colorbar(
            mesh, ax=axes, label="photons per m², 300 to 600 nm", shrink=0.85, extend="max"
        )
        axes.set(xlabel="x across the axis [m]", ylabel="y across the axis [m]", aspect="equal")
        axes.set_title(f"one {primary} of {energy:g} TeV", fontsize=10)
    return figure
