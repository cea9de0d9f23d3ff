"""Drawing showers: energies, directions, and where the telescopes stand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from showerforge.showers.settings import BeamSettings, SiteSettings

Floats = NDArray[np.float64]


def draw_energies(
    generator: np.random.Generator, n: int, lowest: float, highest: float, index: float
) -> Floats:
    """Draw from a power law by inversion of its integral.

    Parameters
    ----------
    lowest, highest : limits, in any unit.
    index : exponent of the spectrum dN/dE, such as -2.6.

    Returns
    -------
    energies : float64[n], in that unit.
    """
    share = generator.random(n)
    power = index + 1
    if power == 0:
        return lowest * (highest / lowest) ** share
    return (lowest**power + share * (highest**power - lowest**power)) ** (1 / power)


def thrown_over(beam: BeamSettings) -> float:
    """Area over which events are thrown, m2; of primaries that are diffuse, times solid angle.

    Gammas come from a source, and their cone stands for its extent; protons fill their cone.

    Returns
    -------
    area : pi R^2 in m2 for gammas; pi R^2 2 pi (1 - cos c) in m2 sr for protons, with the largest
        impact R and the cone c.
    """
    area = np.pi * beam.maximum_impact**2
    if beam.primary == "gamma":
        return float(area)
    return float(area * 2 * np.pi * (1 - np.cos(np.deg2rad(beam.cone))))


def camera_basis(zenith: float) -> Floats:
    """Axes of the field of view of a telescope that points to the north, or +x.

    Parameters
    ----------
    zenith : angle of the pointing, rad.

    Returns
    -------
    basis : float64[3, 3], unit vectors to the right, up, and to the place pointed to.
    """
    sine, cosine = np.sin(zenith), np.cos(zenith)
    return np.array([[0.0, -1.0, 0.0], [-cosine, 0.0, sine], [sine, 0.0, cosine]])


@dataclass(frozen=True)
class Shower:
    """A shower that is about to be followed.

    Attributes
    ----------
    energy : TeV.
    zenith : angle of the pointing, deg.
    basis : float64[3, 3], see `camera_basis`.
    source : float64[3], unit vector to where the primary comes from.
    telescopes : float64[n_telescopes, 3], positions, m; the axis meets their height at the origin.
    cores : float64[n_telescopes, 2], axis seen from each telescope in the plane across it, m.
    """

    energy: float
    zenith: float
    basis: Floats
    source: Floats
    telescopes: Floats
    cores: Floats

    @property
    def seen_at(self) -> Floats:
        """float64[2], direction of the primary in the field of view, deg."""
        right, up, ahead = self.basis @ self.source
        return np.rad2deg([right / ahead, up / ahead])


def draw_shower(
    generator: np.random.Generator, beam: BeamSettings, site: SiteSettings, n_telescopes: int
) -> Shower:
    """Draw one shower and the telescopes that look at it.

    Directions are uniform in solid angle within the cone; telescopes are uniform on a disc across
    the axis. Zenith angles of the pointing are uniform.
    """
    energy = draw_energies(
        generator, 1, beam.lowest_energy, beam.highest_energy, beam.spectral_index
    )[0]
    zenith = generator.uniform(site.lowest_zenith, site.highest_zenith)
    basis = camera_basis(np.deg2rad(zenith))
    nominal = basis[2] + np.tan(np.deg2rad(beam.source_offset)) * basis[0]
    source = _draw_direction(generator, nominal / np.linalg.norm(nominal), np.deg2rad(beam.cone))
    radius = beam.maximum_impact * np.sqrt(generator.random(n_telescopes))
    azimuth = generator.uniform(0, 2 * np.pi, n_telescopes)
    places = np.column_stack([radius * np.cos(azimuth), radius * np.sin(azimuth)])
    return Shower(
        energy,
        zenith,
        basis,
        source,
        place_telescopes(places, basis, source, site.altitude),
        -places,
    )


def place_telescopes(places: Floats, basis: Floats, source: Floats, altitude: float) -> Floats:
    """Put telescopes on the ground, given where they are in the plane across the shower axis.

    Parameters
    ----------
    places : float64[n, 2], m, right and up.
    basis : float64[3, 3], see `camera_basis`.
    source : float64[3], unit vector along the axis, upwards.
    altitude : of the ground, m.

    Returns
    -------
    telescopes : float64[n, 3], m.
    """
    up = np.cross(source, np.cross(basis[1], source))
    up /= np.linalg.norm(up)
    right = np.cross(source, up)
    telescopes = places[:, :1] * right + places[:, 1:] * up
    # along the axis the distance to it does not change
    telescopes = telescopes - (telescopes[:, 2:] / source[2]) * source
    telescopes[:, 2] = altitude
    return telescopes


def _draw_direction(generator: np.random.Generator, centre: Floats, cone: float) -> Floats:
    """Draw a unit vector, uniform within an angle, rad, to another."""
    cosine = 1 - generator.random() * (1 - np.cos(cone))
    azimuth = generator.uniform(0, 2 * np.pi)
    across = np.cross(centre, [0.0, 1.0, 0.0])
    across /= np.linalg.norm(across)
    along = np.cross(centre, across)
    sine = np.sqrt(max(0.0, 1 - cosine**2))
    return cosine * centre + sine * (np.cos(azimuth) * across + np.sin(azimuth) * along)
