"""Faults of a telescope, as they show in Hillas parameters: what a monitor must see."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

Columns = Mapping[str, NDArray[np.float64]]
Recorded = TypeVar("Recorded")


@dataclass(frozen=True)
class Fault(Generic[Recorded]):
    """Something that goes wrong.

    Attributes
    ----------
    name : such as "light yield -10 %".
    because : what may be behind it.
    apply : from what is recorded to what is recorded with the fault. Of tables, from columns by
        name to those that change.
    """

    name: str
    because: str
    apply: Callable[[Recorded], Recorded]


def loses_light(share: float) -> Fault[Columns]:
    """All pixels record less light: the sum falls, ratios and distances stay.

    Pixels that fall below the cleaning are not followed, as a table has no pixels.
    """
    return Fault(
        f"light yield -{100 * share:g} %",
        "dust or dew on the mirrors, ageing photomultipliers, haze",
        lambda e: {"fSize": e["fSize"] + np.log10(1 - share)},
    )


def widens(share: float) -> Fault[Columns]:
    """Images are blurred across, but never wider than long."""
    return Fault(
        f"width +{100 * share:g} %",
        "mirror facets out of alignment, a bad focus",
        lambda e: {"fWidth": np.minimum(e["fWidth"] * (1 + share), e["fLength"])},
    )


def mispoints(angle: float) -> Fault[Columns]:
    """Alpha is off by an angle, in degrees, to either side."""

    def apply(e: Columns) -> Columns:
        sign = np.where(np.arange(len(e["fAlpha"])) % 2 == 0, 1.0, -1.0)
        shifted = np.abs(e["fAlpha"] + sign * angle)
        return {"fAlpha": np.where(shifted > 90.0, 180.0 - shifted, shifted)}

    return Fault(f"alpha off by {angle:g}°", "an error of the pointing", apply)


def in_another_unit(column: str, factor: float, name: str) -> Fault[Columns]:
    """A column arrives in another unit."""
    return Fault(
        f"{column} {name}",
        "a change of software upstream",
        lambda e: {column: e[column] * factor},
    )


#: what the power table is made for
FAULTS = (
    loses_light(0.05),
    loses_light(0.10),
    loses_light(0.20),
    widens(0.05),
    widens(0.10),
    mispoints(2.0),
    mispoints(5.0),
    in_another_unit("fLength", 0.1, "in cm instead of mm"),
)


def inject(fault: Fault[Columns], columns: Columns) -> dict[str, NDArray[np.float64]]:
    """Apply a fault to events; columns that it does not touch stay as they are."""
    return {**columns, **fault.apply(columns)}
