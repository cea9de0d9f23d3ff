"""Figures of what is measured of images."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from showerforge.cameras.columns import IMAGE_COLUMNS
from showerforge.events.schema import GAMMA, HADRON
from showerforge.figures import style
from showerforge.figures.distributions import Scales, draw_distributions

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SCALES = Scales(
    logarithmic=frozenset(
        {
            "size",
            "kurtosis",
            "length_uncertainty",
            "width_uncertainty",
            "psi_uncertainty",
        }
    ),
    piled_up=frozenset(
        {
            "n_islands",
            "brightest_island",
            "leakage_pixels_1",
            "leakage_pixels_2",
            "leakage_size_1",
            "leakage_size_2",
            "width_uncertainty",
            "psi_uncertainty",
        }
    ),
    whole_numbers=frozenset({"n_pixels", "n_islands"}),
)
COLOURS = {GAMMA: style.GAMMA_COLOUR, HADRON: style.HADRON_COLOUR}


def parameter_distributions(events: pd.DataFrame, footer: str) -> Figure:
    """Distributions of all image parameters, gammas against hadrons, each normalised to 1.

    Parameters
    ----------
    events : DataFrame with the columns `IMAGE_COLUMNS` and ``particle``.
    footer : provenance of the data.
    """
    return draw_distributions(events, IMAGE_COLUMNS, COLOURS, SCALES, footer)
