"""What the air takes of the light on its way down."""

from __future__ import annotations

import math

from showerforge.compiled import compiled

#: wavelengths that stand for 300 to 600 nm, um: Gaussian quadrature in 1 / wavelength, in which
#: the yield of Cherenkov light is flat. One alone would let 3 to 5 % too much light pass.
_WAVELENGTHS = tuple(1 / (2.5 + side * (1 / 0.3 - 1 / 0.6) / 2 / math.sqrt(3)) for side in (1, -1))
#: air above sea level at 1013.25 hPa, g/cm2
_WHOLE_AIR = 1033.2


def rayleigh_depth(wavelength: float) -> float:
    """Optical depth of Rayleigh scattering of all the air above sea level.

    Bodhaine et al. 1999 (J. Atmos. Ocean. Technol. 16, 1854), equation 30.

    Parameters
    ----------
    wavelength : um.
    """
    square = wavelength**2
    return (
        0.0021520
        * (1.0455996 - 341.29061 / square - 0.90230850 * square)
        / (1.0 + 0.0027059889 / square - 85.968563 * square)
    )


_SHORT, _LONG = (rayleigh_depth(wavelength) / _WHOLE_AIR for wavelength in _WAVELENGTHS)
#: height in which aerosols fall by e, m
_AEROSOL_SCALE = 1200.0


@compiled
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
    slant = rayleigh * (ground_thickness - thickness) / cosine
    aerosols = aerosol_depth * (1.0 - math.exp((altitude - height) / _AEROSOL_SCALE)) / cosine
    return 0.5 * (math.exp(-_SHORT * slant - aerosols) + math.exp(-_LONG * slant - aerosols))
