"""What is noted while a shower is followed."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from showerforge.compiled import compiled

#: bins of the longitudinal profile, in slant depth, g/cm2
PROFILE_STEP = 10.0
PROFILE_BINS = 250

#: where the energy of a shower goes: deposited in the air, at the ground, in neutrinos and
#: particles that are not followed
DEPOSITED, AT_GROUND, UNSEEN = range(3)


class Record(NamedTuple):
    """Notes on one shower.

    Attributes
    ----------
    profile : float64[PROFILE_BINS], electrons and positrons above the Cherenkov threshold that
        cross each bin of slant depth.
    energy : float64[3], where the energy went, GeV; see `DEPOSITED`, `AT_GROUND`, `UNSEEN`.
    first : float64[1], slant depth of the first interaction, g/cm2; negative before it.
    muons : float64[1], muons that are made above the energy that is followed.
    cosine : float64[1], of the zenith angle of the shower.
    """

    profile: NDArray[np.float64]
    energy: NDArray[np.float64]
    first: NDArray[np.float64]
    muons: NDArray[np.float64]
    cosine: NDArray[np.float64]


def new_record(cosine: float) -> Record:
    """Make an empty record of a shower whose axis has the cosine of a zenith angle."""
    return Record(
        np.zeros(PROFILE_BINS), np.zeros(3), np.array([-1.0]), np.zeros(1), np.array([cosine])
    )


@compiled
def note_interaction(record: Record, thickness: float) -> None:
    """Note the depth of an interaction if it is the first."""
    if record.first[0] < 0.0:
        record.first[0] = thickness / record.cosine[0]


@compiled
def note_electrons(record: Record, thickness: float, depth: float, weight: float) -> None:
    """Note electrons that cross a depth, g/cm2 along the axis, at a thickness of the air."""
    place = int(thickness / record.cosine[0] / PROFILE_STEP)
    if place < PROFILE_BINS:
        record.profile[place] += weight * depth / PROFILE_STEP


def depth_of_maximum(profile: NDArray[np.float64]) -> float:
    """Slant depth of most electrons, g/cm2, from a profile that is smoothed over three bins."""
    smooth = np.convolve(profile, np.ones(3), mode="same")
    return float(PROFILE_STEP * (np.argmax(smooth) + 0.5))
