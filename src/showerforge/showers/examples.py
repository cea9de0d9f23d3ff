"""Showers of fixed energies, followed for pictures of their particles and their light."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from showerforge.progress import run_side_by_side
from showerforge.showers.beams import Shower, camera_basis, place_telescopes
from showerforge.showers.settings import ExampleSettings, Primary, SimulationSettings
from showerforge.showers.simulation import PRIMARY_CODES, follow, random_stream

if TYPE_CHECKING:
    from showerforge.cameras.camera import Camera

Floats = NDArray[np.float64]

#: random numbers come from another branch of the seed than those of showers for images
_EXAMPLES = 2
_PROFILE, _LIGHT, _MAP = range(3)
_METRES_PER_KM = 1000.0


@dataclass(frozen=True)
class Examples:
    """What was noted of the showers, as long tables.

    Attributes
    ----------
    profiles : ``primary``, ``shower``, ``depth`` (slant, g/cm2), ``height`` (above sea level,
        km), ``electrons`` (electrons and positrons above the Cherenkov threshold) and
        ``greisen`` (what is expected of a photon of this energy, see
        `showerforge.showers.profiles`).
    light : ``primary``, ``energy`` (TeV), ``shower``, ``distance`` (to the axis, m),
        ``photons`` (per m2 of mirror, 300 to 600 nm, mean over azimuths) and
        ``photo_electrons`` (per telescope).
    maps : ``primary``, ``x``, ``y`` (across the axis, m) and ``photons`` (per m2) of one shower
        each.
    """

    profiles: pd.DataFrame
    light: pd.DataFrame
    maps: pd.DataFrame


def follow_examples(
    settings: SimulationSettings, examples: ExampleSettings, camera: Camera, seed: int, n_jobs: int
) -> Examples:
    """Follow showers of both primaries.

    Parameters
    ----------
    settings : site, optics and showers.
    examples : how many, of which energies, and where their light is measured.
    camera : of all telescopes; their light is that of the whole mirror, within the camera or not.
    seed : the one seed of the project.
    n_jobs : processes; -1 is one for each core.

    Raises
    ------
    InputError
        If the showers are too large to be followed.
    """
    follower = _Follower(settings, examples, camera, seed)
    numbers = range(examples.n_showers)
    jobs: list[tuple[int, Primary, float, int]] = [
        *((_MAP, primary, examples.map_energy, 0) for primary in PRIMARY_CODES),
        *((_PROFILE, p, examples.profile_energy, n) for p in PRIMARY_CODES for n in numbers),
        *(
            (_LIGHT, primary, energy, number)
            for energy in sorted(examples.light_energies, reverse=True)
            for primary in PRIMARY_CODES
            for number in numbers
        ),
    ]
    tables: dict[int, list[pd.DataFrame]] = {_PROFILE: [], _LIGHT: [], _MAP: []}
    results = run_side_by_side(follower, jobs, n_jobs, "Following showers", in_processes=True)
    for (purpose, *_), table in zip(jobs, results, strict=True):
        tables[purpose].append(table)
    return Examples(*(pd.concat(tables[p], ignore_index=True) for p in (_PROFILE, _LIGHT, _MAP)))


@dataclass(frozen=True, eq=False)
class _Follower:
    """Follows one shower, in whatever process."""

    settings: SimulationSettings
    examples: ExampleSettings
    camera: Camera
    seed: int

    def __call__(self, purpose: int, primary: Primary, energy: float, number: int) -> pd.DataFrame:
        key = (PRIMARY_CODES[primary], number, _EXAMPLES, purpose, round(energy * _METRES_PER_KM))
        generator = random_stream(self.seed, *key)
        places = {_PROFILE: _nowhere, _LIGHT: _rings, _MAP: _grid}[purpose](self.examples)
        shower = self._aim(energy, places)
        light, record = follow(generator, self.settings, primary, self.camera, shower)
        photo_electrons = light.sum(axis=1)
        photons = photo_electrons / (self.camera.mirror_area * self.settings.optics.efficiency)
        if purpose == _PROFILE:
            return self._describe_profile(primary, number, energy, record.profile)
        if purpose == _MAP:
            return pd.DataFrame(
                {"primary": primary, "x": places[:, 0], "y": places[:, 1], "photons": photons}
            )
        shape = (self.examples.n_distances, self.examples.n_azimuths)
        return pd.DataFrame(
            {
                "primary": primary,
                "energy": energy,
                "shower": number,
                "distance": np.hypot(*places.T).reshape(shape)[:, 0],
                "photons": photons.reshape(shape).mean(axis=1),
                "photo_electrons": photo_electrons.reshape(shape).mean(axis=1),
            }
        )

    def _aim(self, energy: float, places: Floats) -> Shower:
        """Let a shower come from where all telescopes point to."""
        basis = camera_basis(np.deg2rad(self.examples.zenith))
        telescopes = place_telescopes(places, basis, basis[2], self.settings.site.altitude)
        return Shower(energy, self.examples.zenith, basis, basis[2], telescopes, -places)

    def _describe_profile(
        self, primary: Primary, number: int, energy: float, profile: Floats
    ) -> pd.DataFrame:
        from showerforge.showers.atmosphere import air, height_at, refractivity_of
        from showerforge.showers.profiles import greisen_above_threshold
        from showerforge.showers.records import PROFILE_STEP

        cosine = np.cos(np.deg2rad(self.examples.zenith))
        depth = PROFILE_STEP * (np.arange(len(profile)) + 0.5)
        is_above_ground = depth * cosine < air(self.settings.site.altitude)[0]
        depth = depth[is_above_ground]
        height = np.array([height_at(thickness) for thickness in depth * cosine])
        refractivity = np.array([refractivity_of(air(each)[1]) for each in height])
        return pd.DataFrame(
            {
                "primary": primary,
                "shower": number,
                "depth": depth,
                "height": height / _METRES_PER_KM,
                "electrons": profile[is_above_ground],
                "greisen": greisen_above_threshold(depth, refractivity, energy),
            }
        )


def _nowhere(examples: ExampleSettings) -> Floats:
    """Telescopes that nothing is wanted of."""
    return np.empty((0, 2))


def _rings(examples: ExampleSettings) -> Floats:
    """Telescopes at the same azimuths at every distance; float64[n, 2], m, by distance."""
    step = examples.largest_distance / examples.n_distances
    distances = step * np.arange(1, examples.n_distances + 1)
    azimuths = 2 * np.pi * np.arange(examples.n_azimuths) / examples.n_azimuths
    places = distances[:, None] * np.exp(1j * azimuths)
    return np.column_stack([places.real.ravel(), places.imag.ravel()])


def _grid(examples: ExampleSettings) -> Floats:
    """Telescopes in the centres of squares; float64[n, 2], m."""
    n = examples.map_telescopes
    centres = examples.map_reach * (2 * np.arange(n) + 1 - n) / n
    y, x = np.meshgrid(centres, centres, indexing="ij")
    return np.column_stack([x.ravel(), y.ravel()])
