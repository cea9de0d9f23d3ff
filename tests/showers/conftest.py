"""Showers that are looked at by telescopes in known places."""

from dataclasses import dataclass

import numpy as np
import pytest

from showerforge.cameras.catalogue import hexagonal_camera, taiga_camera
from showerforge.showers.beams import Shower, camera_basis, place_telescopes
from showerforge.showers.records import Record
from showerforge.showers.settings import SimulationSettings
from showerforge.showers.simulation import follow, random_stream

ALTITUDE = 675.0


def settings_of(thinning_energy=10.0, efficiency=0.1, spread=0.0, **showers):
    """Settings without aerosols."""
    return SimulationSettings(
        site={"altitude": ALTITUDE, "lowest_zenith": 30, "highest_zenith": 40},
        optics={"efficiency": efficiency, "spread": spread, "aerosol_depth": 0},
        showers={
            "thinning_energy": thinning_energy,
            "telescopes_per_shower": 4,
            "showers_per_block": 3,
            **showers,
        },
    )


@dataclass
class Followed:
    """What became of some showers.

    Attributes
    ----------
    light : float[n_showers, n_telescopes, n_pixels + 1], p.e.
    records : of each shower.
    """

    light: np.ndarray
    records: list[Record]

    @property
    def energies(self) -> np.ndarray:
        """Energy that was found again, GeV, of each shower."""
        return np.array([record.energy.sum() for record in self.records])


@pytest.fixture(scope="session")
def follow_showers():
    """Follow showers along the pointing; places are where the telescopes are across the axis."""

    def follow_many(
        primary, energy, n, places=(), zenith=35.0, settings=None, camera=None, rayleigh=0.0
    ):
        camera = camera or taiga_camera()
        basis = camera_basis(np.radians(zenith))
        places = np.reshape(np.asarray(places, dtype=float), (-1, 2))
        telescopes = place_telescopes(places, basis, basis[2], ALTITUDE)
        shower = Shower(energy, zenith, basis, basis[2], telescopes, -places)
        results = [
            follow(
                random_stream(11, number),
                settings or settings_of(),
                primary,
                camera,
                shower,
                rayleigh=rayleigh,
            )
            for number in range(n)
        ]
        light, records = zip(*results, strict=True)
        return Followed(np.array(light), list(records))

    return follow_many


@pytest.fixture(scope="session")
def fine_camera():
    """Pixels of 0.05 deg up to 2.5 deg from the centre."""
    q, r = (axis.ravel() for axis in np.meshgrid(*[np.arange(-50, 51)] * 2))
    axial = np.column_stack([q, r])[abs(q + r) <= 50]
    return hexagonal_camera("fine", axial, 0.05, 4.75, 8.5, np.zeros(len(axial)))
