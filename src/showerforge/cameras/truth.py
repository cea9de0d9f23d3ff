"""What ctapipe's files tell of simulated showers, in our columns."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from showerforge.cameras.images import TRUTH_COLUMNS
from showerforge.errors import InputError, list_problems

Floats = NDArray[np.float64]

#: of the run, the array event and the telescope
IDS = ("obs_id", "event_id", "telescope")
#: what a file tells of each image: ids, then of simulated showers energy (TeV), direction (deg),
#: where the axis meets the ground (m to north and west), depth of the maximum (g/cm2) and kind of
#: the primary, then the pointing (deg)
TOLD = (
    *IDS,
    "energy",
    "altitude",
    "azimuth",
    "core_north",
    "core_west",
    "shower_maximum",
    "primary_id",
    "pointing_altitude",
    "pointing_azimuth",
)
#: numbers of ctapipe's ``SimulatedShowerContainer.shower_primary_id``, those of sim_telarray
PRIMARIES = {
    0: "gamma",
    1: "electron",
    -1: "positron",
    2: "muon",
    -2: "antimuon",
    101: "proton",
    402: "helium",
    1206: "carbon",
    1407: "nitrogen",
    1608: "oxygen",
    2814: "silicon",
    5626: "iron",
}
#: where no simulation says it
UNKNOWN = "unknown"
#: CORSIKA numbers the uses of a shower 100 n, 100 n + 1, ...
USES_OF_A_SHOWER = 100


def tabulate_truth(
    told: pd.DataFrame, positions: Mapping[int, tuple[float, float, float]], path: str
) -> pd.DataFrame:
    """Turn what a file tells into the columns of `TRUTH_COLUMNS`, and a few more.

    The field of view has its x axis along the azimuth and its y axis along the altitude, as
    ctapipe's ``TelescopeFrame``; the plane across the shower axis has the same.

    Parameters
    ----------
    told : columns of `TOLD`, one row for each image; NaN where a file does not tell.
    positions : of each telescope, m to north, to west and up.
    path : of the file, for messages.

    Returns
    -------
    table : DataFrame, indexed by ``event_id`` of the file: ``obs_id``, ``telescope``, the truth,
        ``primary`` ("unknown" where nothing tells) and ``shower``, the number of the shower
        within its run. What a file does not tell is NaN, always so the first interaction, of
        which it knows the height but not the depth.

    Raises
    ------
    InputError
        If a primary is unknown.
    """
    told = told.astype({name: float for name in TOLD if name not in IDS})
    north, west, up = (
        told["telescope"].map({key: place[axis] for key, place in positions.items()}).to_numpy()
        for axis in range(3)
    )
    right, above, ahead = _axes_of_view(told["pointing_altitude"], told["pointing_azimuth"])
    shower = _axes_of_view(told["altitude"], told["azimuth"])[2]
    forward = _dot(shower, ahead)
    core = np.stack([told["core_north"] - north, told["core_west"] - west, -up], axis=-1)
    across = above - _dot(above, shower)[:, None] * shower
    across /= np.linalg.norm(across, axis=-1, keepdims=True)
    core_y = _dot(core, across)
    core_x = _dot(core, np.cross(shower, across))
    is_simulated = told["energy"].notna()
    table = pd.DataFrame(
        {
            **{column.name: np.nan for column in TRUTH_COLUMNS},
            "obs_id": told["obs_id"].astype("int64"),
            "telescope": told["telescope"].astype("int64"),
            "true_energy": told["energy"],
            # single precision makes a bit more than a right angle of pointings to the zenith
            "zenith": (90.0 - told["pointing_altitude"]).clip(lower=0.0),
            # by tangents, as cameras map the sky
            "source_x": np.rad2deg(_dot(shower, right) / forward),
            "source_y": np.rad2deg(_dot(shower, above) / forward),
            "core_x": core_x,
            "core_y": core_y,
            "impact": np.hypot(core_x, core_y),
            "shower_maximum": told["shower_maximum"],
            "primary": _name_primaries(told["primary_id"], path),
            "shower": told["event_id"]
            .where(~is_simulated, told["event_id"] // USES_OF_A_SHOWER)
            .astype("int64"),
        }
    )
    return table.set_index(pd.Index(told["event_id"].astype("int64"), name="event_id"))


def _axes_of_view(altitude: pd.Series, azimuth: pd.Series) -> tuple[Floats, Floats, Floats]:
    """Give unit vectors to the right, up and ahead of who looks there, by north, west and up."""
    sin_alt, cos_alt = np.sin(np.deg2rad(altitude)), np.cos(np.deg2rad(altitude))
    sin_az, cos_az = np.sin(np.deg2rad(azimuth)), np.cos(np.deg2rad(azimuth))
    return (
        np.stack([-sin_az, -cos_az, np.zeros_like(sin_az)], axis=-1),
        np.stack([-sin_alt * cos_az, sin_alt * sin_az, cos_alt], axis=-1),
        np.stack([cos_alt * cos_az, -cos_alt * sin_az, sin_alt], axis=-1),
    )


def _dot(first: Floats, second: Floats) -> Floats:
    return (first * second).sum(axis=-1)


def _name_primaries(primary_id: pd.Series, path: str) -> pd.Series:
    names = primary_id.map(PRIMARIES)
    unknown = primary_id[names.isna() & primary_id.notna()].unique()
    if len(unknown):
        known = ", ".join(f"{number} ({name})" for number, name in PRIMARIES.items())
        raise InputError(
            f"{path}: unknown primary particles:\n"
            f"{list_problems(f'{number:g}' for number in unknown)}\nKnown are {known}."
        )
    return names.fillna(UNKNOWN).astype("str")
