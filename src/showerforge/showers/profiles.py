"""The mean shower of a photon, by formulae that know nothing of the Monte Carlo."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from showerforge.showers.constants import ELECTRON_MASS, RADIATION_LENGTH

Floats = NDArray[np.float64]

#: of electrons in dry air, GeV (Particle Data Group 2024, "Atomic and nuclear properties")
CRITICAL_ENERGY = 0.0869
#: where the widest ring is looked for, m
HIGHEST_LIGHT, HEIGHT_STEP = 30_000.0, 50.0
_MEV_PER_GEV, _GEV_PER_TEV = 1000.0, 1000.0
#: age from which on the mean energy of electrons falls
_OLD = 0.4


def age(depth: Floats, energy: float) -> Floats:
    """Tell how far showers of photons have developed: 1 at their maximum.

    Parameters
    ----------
    depth : float[n], slant depth, g/cm2.
    energy : TeV.
    """
    stage = np.asarray(depth) / RADIATION_LENGTH
    return 3 * stage / (stage + 2 * np.log(energy * _GEV_PER_TEV / CRITICAL_ENERGY))


def greisen(depth: Floats, energy: float) -> Floats:
    """Mean number of electrons and positrons of all energies in the shower of a photon.

    Greisen 1956 (Progress in Cosmic Ray Physics 3, 1): 0.31 / sqrt(y) exp(t (1 - 3/2 ln s)) with
    y = ln(E / E_c), t in radiation lengths and the `age` s.

    Parameters
    ----------
    depth : float[n], slant depth, above 0, g/cm2.
    energy : TeV.
    """
    height = np.log(energy * _GEV_PER_TEV / CRITICAL_ENERGY)
    stage = np.asarray(depth) / RADIATION_LENGTH
    return 0.31 / np.sqrt(height) * np.exp(stage * (1 - 1.5 * np.log(age(depth, energy))))


def share_above(threshold: Floats, shower_age: Floats) -> Floats:
    """Share of the electrons and positrons of a shower above an energy.

    Hillas 1982 (J. Phys. G 8, 1461): ((0.89 E_0 - 1.2) / (E_0 + E))^s (1 + 1e-4 s E)^-2, E in
    MeV, with E_0 = 44 - 17 (s - 1.46)^2, but 26 below an age s of 0.4.

    Parameters
    ----------
    threshold : float[n], GeV.
    shower_age : float[n], see `age`.
    """
    energy = np.asarray(threshold) * _MEV_PER_GEV
    scale = np.where(shower_age < _OLD, 26.0, 44.0 - 17.0 * (shower_age - 1.46) ** 2)
    hard = ((0.89 * scale - 1.2) / (scale + energy)) ** shower_age
    return np.asarray(hard / (1 + 1e-4 * shower_age * energy) ** 2)


def greisen_above_threshold(depth: Floats, refractivity: Floats, energy: float) -> Floats:
    """Mean number of those that emit Cherenkov light: `greisen` times `share_above`.

    Parameters
    ----------
    depth : float[n], slant depth, above 0, g/cm2.
    refractivity : float[n], n - 1 of the air there.
    energy : TeV.
    """
    threshold = ELECTRON_MASS / np.sqrt(2 * np.asarray(refractivity))
    return greisen(depth, energy) * share_above(threshold, age(depth, energy))


def widest_ring(altitude: float, zenith: float) -> float:
    """Radius of the light pool, m: the widest ring of light of particles on the axis of a shower.

    From a distance d along the axis a ring has the radius d theta with the Cherenkov angle theta
    there; far up the air is thin and theta small, far down d is.

    Parameters
    ----------
    altitude : of the telescopes, m.
    zenith : of the shower, deg.
    """
    from showerforge.showers.atmosphere import air, refractivity_of

    heights = np.arange(altitude, HIGHEST_LIGHT, HEIGHT_STEP)
    angles = np.array([np.sqrt(2 * refractivity_of(air(height)[1])) for height in heights])
    return float(np.max((heights - altitude) / np.cos(np.deg2rad(zenith)) * angles))
