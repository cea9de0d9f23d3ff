"""What the air takes of the light on its way down."""

from __future__ import annotations

import math

from numba import njit

#: mean free path of Rayleigh scattering at 400 nm, g/cm2 (Baltrusaitis et al. 1985, Nucl.
#: Instrum. Meth. A 240, 410)
_RAYLEIGH_LENGTH = 2974.0
_RAYLEIGH_WAVELENGTH = 400.0
#: wavelength that stands for 300 to 600 nm, nm
_WAVELENGTH = 400.0
_PER_THICKNESS = (_RAYLEIGH_WAVELENGTH / _WAVELENGTH) ** 4 / _RAYLEIGH_LENGTH
#: height in which aerosols fall by e, m
_AEROSOL_SCALE = 1200.0


@njit(cache=True)
def transmission(
    height: float,
    thickness: float,
    altitude: float,
    ground_thickness: float,
    cosine: float,
    rayleigh: float,
    aerosol_depth: float,
) -> float:
    """Share of the light that arrives.

    Parameters
    ----------
    height, thickness : where it is emitted, m above sea level and vertical g/cm2.
    altitude, ground_thickness : the same of the telescope.
    cosine : of the zenith angle of its path.
    rayleigh : scales Rayleigh scattering; 1 is clear air, 0 none.
    aerosol_depth : vertical optical depth of aerosols above the telescope.
    """
    depth = rayleigh * (ground_thickness - thickness) * _PER_THICKNESS
    depth += aerosol_depth * (1.0 - math.exp((altitude - height) / _AEROSOL_SCALE))
    return math.exp(-depth / cosine)
