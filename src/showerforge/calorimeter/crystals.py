"""Showers in the crystals, and what is read out of them.

The longitudinal profile is the gamma distribution of PDG 2024, section 34.5 (eq. 34.36); the
lateral one a sum of Gaussians. A photon makes its pair in the crystals after 9/7 radiation lengths
on average, which is why its shower reaches deeper than that of an electron.

Energies are in GeV, depths in radiation lengths, places in crystals.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from showerforge.calorimeter.columns import ENERGY, IMAGE_SIDE, TIME
from showerforge.calorimeter.settings import CrystalSettings, ReadoutSettings
from showerforge.calorimeter.tracker import PAIRS_PER_LENGTH
from showerforge.compiled import compiled
from showerforge.showers.electromagnetic import draw_pair_share

#: crystals around the direction of the particle that are looked at, along eta and phi
CANVAS_SIDE = 96
#: how far a Gaussian reaches, standard deviations
REACH = 4.0
#: from which on their number is as good as Gaussian
FEWEST_SPOTS = 10
#: depth of the maximum of an electron's shower is the logarithm of the energy in units of the
#: critical energy, less this (PDG 34.36)
MAXIMUM_OFFSET = 0.5
_SQRT2 = math.sqrt(2.0)
#: of a series or a continued fraction that has converged
_PRECISION, _TERMS, _TINY = 1e-10, 1000, 1e-300


class Crystals(NamedTuple):
    """Geometry of the crystals and profile of the showers; see `CrystalSettings`."""

    size: float
    depth: float
    critical_energy: float
    profile_scale: float
    lateral_shares: NDArray[np.float64]
    lateral_widths: NDArray[np.float64]
    spot_energy: float


class Readout(NamedTuple):
    """From energy to numbers; see `ReadoutSettings`."""

    stochastic_term: float
    constant_term: float
    noise: float
    zero_suppression: float
    time_noise: float
    time_constant: float
    energy_unit: float
    time_unit: float
    empty_share: float


def build_crystals(settings: CrystalSettings) -> Crystals:
    """Set up the crystals."""
    return Crystals(
        settings.size,
        settings.depth,
        settings.critical_energy,
        settings.profile_scale,
        np.array(settings.lateral_shares),
        np.array(settings.lateral_widths),
        settings.spot_energy,
    )


def build_readout(settings: ReadoutSettings) -> Readout:
    """Set up the read-out."""
    return Readout(**settings.model_dump())


@compiled
def upper_gamma(shape: float, x: float) -> float:
    """Regularised upper incomplete gamma function Q(shape, x).

    Series below ``shape + 1``, continued fraction above (Abramowitz and Stegun 6.5.29 and 6.5.31,
    the latter by Lentz's method).
    """
    if x <= 0.0:
        return 1.0
    factor = math.exp(shape * math.log(x) - x - math.lgamma(shape))
    if x < shape + 1.0:
        term = total = 1.0 / shape
        for n in range(1, _TERMS):
            term *= x / (shape + n)
            total += term
            if term < total * _PRECISION:
                break
        return 1.0 - factor * total
    b = x + 1.0 - shape
    c, d = 1.0 / _TINY, 1.0 / b
    fraction = d
    for n in range(1, _TERMS):
        a = n * (shape - n)
        b += 2.0
        d = 1.0 / (a * d + b)
        c = b + a / c
        fraction *= c * d
        if abs(c * d - 1.0) < _PRECISION:
            break
    return factor * fraction


@compiled
def leak(crystals: Crystals, energy: float, start: float) -> float:
    """Share of an electron's energy that leaves the crystals at their rear end.

    Parameters
    ----------
    crystals : that it showers in.
    energy : GeV.
    start : depth at which its shower starts, radiation lengths.
    """
    # dE/dt ~ (bt)^(a-1) exp(-bt) has its maximum at (a - 1) / b
    maximum = math.log(energy / crystals.critical_energy) - MAXIMUM_OFFSET
    shape = 1.0 + crystals.profile_scale * max(0.0, maximum)
    return upper_gamma(shape, crystals.profile_scale * (crystals.depth - start))


@compiled
def contain(
    generator: np.random.Generator, crystals: Crystals, charge: float, energy: float
) -> float:
    """Energy that a particle leaves in the crystals, GeV.

    Parameters
    ----------
    generator : of random numbers.
    crystals : that it showers in.
    charge : 0 is a photon, which makes a pair first.
    energy : GeV.
    """
    if charge != 0.0:
        return energy * (1.0 - leak(crystals, energy, 0.0))
    start = -math.log(1.0 - generator.random()) / PAIRS_PER_LENGTH
    share = draw_pair_share(generator)
    lost = share * leak(crystals, share * energy, start)
    lost += (1.0 - share) * leak(crystals, (1.0 - share) * energy, start)
    return energy * (1.0 - lost)


@compiled
def spread_energy(
    crystals: Crystals, energy: float, row: float, column: float, canvas: NDArray[np.float64]
) -> None:
    """Add a shower to the crystals around it.

    Parameters
    ----------
    crystals : with the lateral profile.
    energy : GeV.
    row, column : where the particle hits; crystal i reaches from i to i + 1.
    canvas : float64[n_rows, n_columns], GeV, is added to; what falls beside is lost.
    """
    n_rows, n_columns = canvas.shape
    # settings are of equal length, and compiled code knows no `strict`
    for share, width in zip(crystals.lateral_shares, crystals.lateral_widths):  # noqa: B905
        reach = REACH * width
        first_row = max(0, math.floor(row - reach))
        last_row = min(n_rows - 1, math.floor(row + reach))
        first_column = max(0, math.floor(column - reach))
        last_column = min(n_columns - 1, math.floor(column + reach))
        if last_row < first_row or last_column < first_column:
            continue
        across = np.empty(last_column - first_column + 1)
        below = _below(first_column, column, width)
        for j in range(len(across)):
            above = _below(first_column + j + 1.0, column, width)
            across[j] = above - below
            below = above
        below = _below(first_row, row, width)
        for i in range(first_row, last_row + 1):
            above = _below(i + 1.0, row, width)
            in_row = share * energy * (above - below)
            below = above
            for j in range(len(across)):
                canvas[i, first_column + j] += in_row * across[j]


@compiled
def _below(edge: float, centre: float, width: float) -> float:
    """Share of a Gaussian below an edge."""
    return 0.5 * (1.0 + math.erf((edge - centre) / (_SQRT2 * width)))


@compiled
def fluctuate(
    generator: np.random.Generator, spot_energy: float, canvas: NDArray[np.float64]
) -> None:
    """Let the energy of each crystal fluctuate as the number of its spots; the sum stays.

    A shower of the energy E, GeV, is as grainy as one of 93 ln(Z) E^0.876 spots of equal energy
    (Grindhammer and Peters 2000, hep-ex/0001020, appendix A.1.4): of 4 MeV at 50 GeV in lead
    tungstate, Z = 68.

    Parameters
    ----------
    generator : of random numbers.
    spot_energy : GeV.
    canvas : float64[n_rows, n_columns], GeV, is changed.
    """
    before = canvas.sum()
    least = FEWEST_SPOTS * spot_energy
    for i in range(canvas.shape[0]):
        for j in range(canvas.shape[1]):
            energy = canvas[i, j]
            if energy > least:
                width = math.sqrt(energy * spot_energy)
                canvas[i, j] = max(0.0, energy + width * generator.standard_normal())
            elif energy > 0.0:
                canvas[i, j] = spot_energy * generator.poisson(energy / spot_energy)
    after = canvas.sum()
    if after > 0.0:
        canvas *= before / after


@compiled
def find_corner(canvas: NDArray[np.float64]) -> tuple[int, int]:
    """Row and column at which an image begins that has the hottest crystal right of its middle."""
    n_rows, n_columns = canvas.shape
    hottest, best_row, best_column = -1.0, 0, 0
    for i in range(n_rows):
        for j in range(n_columns):
            if canvas[i, j] > hottest:
                hottest, best_row, best_column = canvas[i, j], i, j
    half = IMAGE_SIDE // 2
    row = min(max(best_row - half, 0), n_rows - IMAGE_SIDE)
    column = min(max(best_column - half, 0), n_columns - IMAGE_SIDE)
    return row, column


@compiled
def read_out(
    generator: np.random.Generator,
    readout: Readout,
    energies: NDArray[np.float64],
    image: NDArray[np.float32],
) -> None:
    """Measure energy and time of each crystal.

    Energies fluctuate by sqrt((S / sqrt(E))^2 + (N / E)^2 + C^2) (CMS Collaboration 2008, JINST 3
    S08004, section 4.1), the times of crystals that are not suppressed by sqrt((N_t N / E)^2 +
    C_t^2) (CMS Collaboration 2010, JINST 5 T03011).

    Parameters
    ----------
    generator : of random numbers.
    readout : resolution, zero suppression and units.
    energies : float64[32, 32], GeV.
    image : float32[32, 32, 2], is filled.
    """
    for i in range(IMAGE_SIDE):
        for j in range(IMAGE_SIDE):
            true = energies[i, j]
            variance = (
                readout.noise**2
                + readout.stochastic_term**2 * true
                + (readout.constant_term * true) ** 2
            )
            energy = true + math.sqrt(variance) * generator.standard_normal()
            if energy <= readout.zero_suppression * readout.noise:
                image[i, j, ENERGY] = image[i, j, TIME] = 0.0
                continue
            width = math.hypot(readout.time_noise * readout.noise / energy, readout.time_constant)
            image[i, j, ENERGY] = energy / readout.energy_unit
            image[i, j, TIME] = width * generator.standard_normal() / readout.time_unit
