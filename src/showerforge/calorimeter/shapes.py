r"""The shape of a shower: some numbers that say how its energy is spread over the crystals.

Let :math:`E_i` be the energy of crystal i with row :math:`r_i` (eta) and column :math:`c_i` (phi),
negative ones counting as zero, and E the sum of all.

- Energies of groups of crystals, over E or, for ``e1x5`` to ``e5x2``, over that of the 5x5 crystals
  around the hottest: CMS Collaboration 2015, JINST 10 P06005 (electrons) and P08010 (photons);
  R9 = E3x3 / E. In ``eNxM`` N crystals are along eta and M along phi.
- ``eta_width``: :math:`\sqrt{\sum E_i (r_i - \bar r)^2 / E}`, with
  :math:`\bar r = \sum E_i r_i / E`; ``phi_width`` with columns. Skewness and kurtosis are
  :math:`\sum E_i (r_i - \bar r)^n / (E w^n)`, w being the width, for n = 3, 4. All that lies in one
  row has the skewness 0 and the kurtosis 1, which is the least there can be.
- ``sigma_ieta_ieta``: :math:`\sqrt{\sum w_i (r_i - \bar r_5)^2 / \sum w_i}` over the 5x5 crystals,
  with :math:`w_i = \max(0, 4.7 + \ln(E_i / E_{5x5}))` and the mean :math:`\bar r_5` of these
  crystals weighted by energy (CMS, `EcalClusterTools::localCovariances`; logarithmic weights: Awes
  et al. 1992, NIM A 311, 130). Correspondingly ``sigma_iphi_iphi`` and ``covariance_ieta_iphi``.
- ``eta_asymmetry``: energy on one side of the hottest row less that on the other, over E.
- ``mean_time``, ``time_spread``: mean and standard deviation of the times, weighted by energy, so
  that the times of crystals without energy, which mean nothing, do not count.

What has a sign has none in the table, because all mirror images are alike.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from showerforge.calorimeter.columns import ENERGY, IMAGE_SHAPE, IMAGE_SIDE, SHAPES
from showerforge.calorimeter.moments import log_covariance, moments, weighted_times
from showerforge.compiled import compiled
from showerforge.errors import InputError

#: rows or columns from the hottest crystal beyond which energy is far out
FAR_OUT = 3


def measure_shapes(images: NDArray[np.floating]) -> pd.DataFrame:
    """Measure the shower shapes of images.

    Parameters
    ----------
    images : float32[n_images, 32, 32, 2], energy and time.

    Returns
    -------
    shapes : DataFrame, float64[n_images, 28], with the columns `SHAPE_COLUMNS`; NaN for images
        without energy.

    Raises
    ------
    InputError
        If the images have another shape.
    """
    if images.shape[1:] != IMAGE_SHAPE:
        raise InputError(
            f"The images have the shape {images.shape}; shower shapes are those of images of "
            f"{IMAGE_SHAPE}: eta, phi, energy and time."
        )
    shapes = np.full((len(images), len(SHAPES)), np.nan)
    _measure_all(np.ascontiguousarray(images), shapes)
    return pd.DataFrame(shapes, columns=SHAPES)


@compiled
def _measure_all(images: NDArray[np.floating], shapes: NDArray[np.float64]) -> None:
    energy = np.empty((IMAGE_SIDE, IMAGE_SIDE))
    for n in range(len(images)):
        total = _take_energy(images[n], energy)
        if not total > 0.0:
            continue
        row, column, n_hits = _find_hottest(energy)
        out = shapes[n]
        out[0], out[1] = total, n_hits
        out[2:7] = _shares(energy, row, column, total)
        out[7:11] = _strips(energy, row, column)
        eta, phi, correlation = moments(energy, total)
        out[11], out[12], out[13] = eta[1], phi[1], correlation
        out[14], out[15], out[16] = log_covariance(energy, row, column)
        out[17], out[18], out[19], out[20] = abs(eta[2]), abs(phi[2]), eta[3], phi[3]
        out[21], out[22], out[24], out[25] = _outer(energy, row, column, total)
        out[23] = math.hypot(eta[0] - row, phi[0] - column)
        out[26], out[27] = weighted_times(images[n], energy, total)


@compiled
def _take_energy(image: NDArray[np.floating], energy: NDArray[np.float64]) -> float:
    total = 0.0
    for i in range(IMAGE_SIDE):
        for j in range(IMAGE_SIDE):
            energy[i, j] = max(0.0, image[i, j, ENERGY])
            total += energy[i, j]
    return total


@compiled
def _find_hottest(energy: NDArray[np.float64]) -> tuple[int, int, int]:
    highest, row, column, n_hits = -1.0, 0, 0, 0
    for i in range(IMAGE_SIDE):
        for j in range(IMAGE_SIDE):
            if energy[i, j] > highest:
                highest, row, column = energy[i, j], i, j
            if energy[i, j] > 0.0:
                n_hits += 1
    return row, column, n_hits


@compiled
def _sum(energy: NDArray[np.float64], rows: tuple[int, int], columns: tuple[int, int]) -> float:
    """Energy of the crystals from the first to the last row and column, as far as there are any."""
    total = 0.0
    for i in range(max(0, rows[0]), min(IMAGE_SIDE - 1, rows[1]) + 1):
        for j in range(max(0, columns[0]), min(IMAGE_SIDE - 1, columns[1]) + 1):
            total += energy[i, j]
    return total


@compiled
def _around(energy: NDArray[np.float64], row: int, column: int, reach: int) -> float:
    return _sum(energy, (row - reach, row + reach), (column - reach, column + reach))


@compiled
def _shares(
    energy: NDArray[np.float64], row: int, column: int, total: float
) -> NDArray[np.float64]:
    """Shares of the hottest and the next crystal, and of 2x2, 3x3 and 5x5 crystals."""
    second = 0.0
    for i in range(IMAGE_SIDE):
        for j in range(IMAGE_SIDE):
            if (i != row or j != column) and energy[i, j] > second:
                second = energy[i, j]
    best = 0.0
    for i in (row - 1, row):
        for j in (column - 1, column):
            best = max(best, _sum(energy, (i, i + 1), (j, j + 1)))
    shares = np.array(
        [
            energy[row, column],
            second,
            best,
            _around(energy, row, column, 1),
            _around(energy, row, column, 2),
        ]
    )
    return np.minimum(shares / total, 1.0)


@compiled
def _strips(energy: NDArray[np.float64], row: int, column: int) -> NDArray[np.float64]:
    """Shares of 1x5, 2x5, 5x1 and 5x2 crystals in the 5x5 ones."""
    rows, columns = (row - 2, row + 2), (column - 2, column + 2)
    strips = np.array(
        [
            _sum(energy, (row, row), columns),
            max(_sum(energy, (row - 1, row), columns), _sum(energy, (row, row + 1), columns)),
            _sum(energy, rows, (column, column)),
            max(_sum(energy, rows, (column - 1, column)), _sum(energy, rows, (column, column + 1))),
        ]
    )
    return np.minimum(strips / _around(energy, row, column, 2), 1.0)


@compiled
def _outer(
    energy: NDArray[np.float64], row: int, column: int, total: float
) -> tuple[float, float, float, float]:
    """Asymmetry along eta and phi, and the shares far out along eta and phi."""
    eta_side = phi_side = eta_far = phi_far = 0.0
    for i in range(IMAGE_SIDE):
        for j in range(IMAGE_SIDE):
            eta_side += energy[i, j] * np.sign(i - row)
            phi_side += energy[i, j] * np.sign(j - column)
            if abs(i - row) > FAR_OUT:
                eta_far += energy[i, j]
            if abs(j - column) > FAR_OUT:
                phi_far += energy[i, j]
    return abs(eta_side) / total, abs(phi_side) / total, eta_far / total, phi_far / total
