"""Camera images with what is known about each event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from showerforge.cameras.camera import Camera
from showerforge.errors import InputError
from showerforge.events.schema import Column

Charges = Literal["images", "expected"]
#: the two arrays of `EventImages`
CHARGES: tuple[Charges, ...] = ("images", "expected")

#: what a simulation knows about each image, beside the text columns ``primary`` (such as
#: "proton") and ``particle`` ("gamma" or "hadron") and the integer ``shower_id``
TRUTH_COLUMNS = (
    Column("true_energy", "TeV", "energy of the primary", 0.0, above_lowest=True),
    Column("zenith", "deg", "zenith angle of the pointing", 0.0, 90.0),
    Column("source_x", "deg", "direction of the primary in the field of view"),
    Column("source_y", "deg", "direction of the primary in the field of view"),
    Column("core_x", "m", "shower axis in the plane across it, seen from the telescope"),
    Column("core_y", "m", "shower axis in the plane across it, seen from the telescope"),
    Column("impact", "m", "distance of the telescope to the shower axis", 0.0),
    Column("first_interaction", "g/cm2", "slant depth of the first interaction", 0.0),
    Column("shower_maximum", "g/cm2", "slant depth of most electrons", 0.0),
    Column("muons", "", "muons made above the energy that is followed", 0.0),
)


@dataclass(frozen=True, eq=False)
class EventImages:
    """Images of one camera.

    Attributes
    ----------
    camera : that took them.
    table : one row per image, indexed by ``event_id``; of simulated images with
        `TRUTH_COLUMNS`, ``primary``, ``particle`` and ``shower_id``.
    images : float32[n_events, n_pixels], charge after pedestal subtraction, p.e.; None where
        only the expectation is known yet.
    expected : float32[n_events, n_pixels], expected photo-electrons of Cherenkov light, before
        any noise; None for recorded images.
    """

    camera: Camera
    table: pd.DataFrame
    images: NDArray[np.float32] | None = None
    expected: NDArray[np.float32] | None = None

    def __len__(self) -> int:
        return len(self.table)

    @property
    def charges(self) -> tuple[Charges, ...]:
        """Which of the two arrays there are."""
        return tuple(name for name in CHARGES if getattr(self, name) is not None)

    @property
    def recorded(self) -> NDArray[np.float32]:
        """The images with noise.

        Raises
        ------
        InputError
            If only the expectation is known yet.
        """
        if self.images is None:
            raise InputError(
                "The file has expected photo-electrons, but no images. Run "
                "`kedro run --pipelines simulation`, which draws them. Nothing has been written."
            )
        return self.images

    def take(self, rows: slice | Sequence[int] | NDArray[np.integer | np.bool_]) -> EventImages:
        """Choose events by their number, from 0, in any order; or by a slice, or a mask."""
        charges = (None if a is None else a[rows] for a in (self.images, self.expected))
        return EventImages(self.camera, self.table.iloc[rows], *charges)
