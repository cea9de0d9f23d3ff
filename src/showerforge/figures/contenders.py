"""How the classifiers of images look in all figures: a colour for each kind, shades within it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from showerforge.classifiers.image_judgement import BOOSTING, COMBINATION, CUTS, NETWORK
from showerforge.figures import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: the darkest and the brightest colour of each; the colours of one
#: kind differ in brightness, those of two kinds in hue as well
KINDS = {
    CUTS: ("#8F3F73", "#E3A9CB"),
    BOOSTING: ("#005C43", "#5FD3B0"),
    NETWORK: ("#00426B", "#8CCBF2"),
    COMBINATION: (style.VERMILION, style.ORANGE),
}
#: of Matplotlib and of Plotly, in this order within a kind
MARKERS = {
    "o": "circle",
    "s": "square",
    "^": "triangle-up",
    "D": "diamond",
    "v": "triangle-down",
    "P": "cross",
    "X": "x",
    "p": "pentagon",
    "*": "star",
}


@dataclass(frozen=True)
class Look:
    """How a classifier is drawn.

    Attributes
    ----------
    colour : of its kind, in a shade of its own.
    marker : of Matplotlib, different within a kind.
    is_dashed : it is blind to directions.
    """

    colour: str
    marker: str
    is_dashed: bool

    @property
    def line(self) -> str:
        """Line style of Matplotlib."""
        return "--" if self.is_dashed else "-"

    @property
    def dash(self) -> str:
        """Line style of Plotly."""
        return "dash" if self.is_dashed else "solid"

    @property
    def symbol(self) -> str:
        """Marker of Plotly."""
        return f"{MARKERS[self.marker]}-open" if self.is_dashed else MARKERS[self.marker]

    @property
    def face(self) -> str:
        """Colour inside of the marker."""
        return "white" if self.is_dashed else self.colour


def choose_looks(separation: pd.DataFrame) -> dict[str, Look]:
    """Choose how every classifier is drawn.

    Parameters
    ----------
    separation : table of the classifiers with ``classifier``, ``kind`` (one of `KINDS`) and
        ``is_blind``, one row each.

    Returns
    -------
    looks : by classifier, in the order of the table.
    """
    looks = {}
    markers = list(MARKERS)
    counts = separation["kind"].value_counts()
    seen = dict.fromkeys(KINDS, 0)
    for row in separation.itertuples():
        number, seen[row.kind] = seen[row.kind], seen[row.kind] + 1
        share = number / max(counts[row.kind] - 1, 1)
        colour = _mix(*KINDS[row.kind], share)
        looks[row.classifier] = Look(colour, markers[number % len(markers)], bool(row.is_blind))
    return looks


def _mix(dark: str, bright: str, share: float) -> str:
    from matplotlib.colors import to_hex, to_rgb

    mixed = (1 - share) * np.array(to_rgb(dark)) + share * np.array(to_rgb(bright))
    return to_hex(tuple(mixed.tolist()))


def order(separation: pd.DataFrame) -> pd.DataFrame:
    """Sort classifiers by kind, as in `KINDS`, and keep their order within it."""
    return separation.sort_values(
        "kind", key=lambda kinds: kinds.map(list(KINDS).index), kind="stable"
    )


def legend_beside(figure: Figure, axes: Axes, title: str) -> None:
    """Put the legend of a panel to the right of all panels, where many names fit."""
    figure.legend(
        *axes.get_legend_handles_labels(),
        loc="outside right center",
        title=title,
        fontsize=7.5,
        title_fontsize=7.5,
        frameon=False,
        handlelength=3,
    )
