"""Cherenkov light: threshold, angle, yield, and how it is spread around a track.

Frank and Tamm 1937, as in the Particle Data Group's review "Particle detectors at accelerators"
(PDG 2024, section 35.5).
"""

from __future__ import annotations

import math

from showerforge.compiled import compiled
from showerforge.showers.constants import FINE_STRUCTURE

SHORTEST, LONGEST = 300e-9, 600e-9  # m
#: photons per metre for a sine squared of 1
PHOTONS_PER_METRE = 2 * math.pi * FINE_STRUCTURE * (1 / SHORTEST - 1 / LONGEST)


@compiled
def threshold_energy(mass: float, refractivity: float) -> float:
    """Energy, in the unit of the mass, above which a particle emits."""
    return mass / math.sqrt(2.0 * refractivity)


@compiled
def sine_squared(mass: float, energy: float, refractivity: float) -> float:
    """Square of the sine of the Cherenkov angle; 0 or less below the threshold.

    cos(theta) = 1 / (n beta), to first order in n - 1 and (m/E)^2.
    """
    ratio = mass / energy
    return 2.0 * refractivity - ratio * ratio


# Abramowitz and Stegun 1964, 9.8.1 and 9.8.2: powers of (x / 3.75)^2 and of 3.75 / x
_SMALL = (1.0, 3.5156229, 3.0899424, 1.2067492, 0.2659732, 0.0360768, 0.0045813)
_LARGE = (
    0.39894228,
    0.01328592,
    0.00225319,
    -0.00157565,
    0.00916281,
    -0.02057706,
    0.02635537,
    -0.01647633,
    0.00392377,
)


#: where the one series ends and the other begins
_BOUNDARY = 3.75


@compiled
def _polynomial(coefficients: tuple[float, ...], x: float) -> float:
    value = 0.0
    for coefficient in coefficients[::-1]:
        value = value * x + coefficient
    return value


@compiled
def scaled_bessel(x: float) -> float:
    """Modified Bessel function I0(x) exp(-x), to 2e-7, for x that is not negative."""
    if x < _BOUNDARY:
        return _polynomial(_SMALL, (x / _BOUNDARY) ** 2) * math.exp(-x)
    return _polynomial(_LARGE, _BOUNDARY / x) / math.sqrt(x)


#: beyond so many widths the light of a blurred cone is neglected
REACH = 4.0


@compiled
def densest(width: float) -> float:
    """Light per solid angle that no blurred cone of a width, rad, exceeds, 1/sr."""
    return 1.0 / (2.0 * math.pi * width * width)


@compiled
def blurred_cone(angle: float, cone: float, width: float) -> float:
    """Share of the light per solid angle at an angle to a track that scatters, 1/sr.

    A cone of half opening angle `cone` about a direction that is Gaussian with `width` in each
    plane: the density of Rice (1945, Bell Syst. Tech. J. 24, 46), for small angles,
    exp(-(angle^2 + cone^2) / (2 width^2)) I0(angle cone / width^2) / (2 pi width^2).

    Parameters
    ----------
    angle, cone, width : rad.
    """
    variance = width * width
    x = angle * cone / variance
    if x < _BOUNDARY:
        # one exponential is cheaper than two
        both = math.exp(-0.5 * (angle * angle + cone * cone) / variance)
        return both * _polynomial(_SMALL, (x / _BOUNDARY) ** 2) * densest(width)
    away = angle - cone
    return math.exp(-0.5 * away * away / variance) * scaled_bessel(x) * densest(width)
