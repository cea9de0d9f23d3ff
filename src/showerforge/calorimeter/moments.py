"""Moments of the energy in an image; `showerforge.calorimeter.shapes` has the formulae."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from showerforge.calorimeter.columns import IMAGE_SIDE, TIME
from showerforge.compiled import compiled

#: crystals with less than exp(-4.7) = 0.9 % of the 5x5 energy have no logarithmic weight (CMS)
LOG_WEIGHT = 4.7


@compiled
def standardised(weights: NDArray[np.float64], total: float) -> tuple[float, float, float, float]:
    """Mean, standard deviation, skewness and kurtosis of places 0, 1, 2, ... with weights."""
    mean = 0.0
    for i in range(IMAGE_SIDE):
        mean += i * weights[i]
    mean /= total
    second = third = fourth = 0.0
    n_filled = 0
    for i in range(IMAGE_SIDE):
        if weights[i] > 0.0:
            n_filled += 1
        distance = i - mean
        second += weights[i] * distance**2
        third += weights[i] * distance**3
        fourth += weights[i] * distance**4
    if n_filled < 2 or second == 0.0:
        return mean, 0.0, 0.0, 1.0
    second /= total
    width = math.sqrt(second)
    return mean, width, third / total / width**3, max(1.0, fourth / total / second**2)


@compiled
def moments(
    energy: NDArray[np.float64], total: float
) -> tuple[tuple[float, float, float, float], tuple[float, float, float, float], float]:
    """Moments along eta and phi, and the size of the correlation, 0 where there is no width."""
    by_row, by_column = np.zeros(IMAGE_SIDE), np.zeros(IMAGE_SIDE)
    for i in range(IMAGE_SIDE):
        for j in range(IMAGE_SIDE):
            by_row[i] += energy[i, j]
            by_column[j] += energy[i, j]
    eta, phi = standardised(by_row, total), standardised(by_column, total)
    if eta[1] == 0.0 or phi[1] == 0.0:
        return eta, phi, 0.0
    covariance = 0.0
    for i in range(IMAGE_SIDE):
        for j in range(IMAGE_SIDE):
            covariance += energy[i, j] * (i - eta[0]) * (j - phi[0])
    return eta, phi, min(1.0, abs(covariance) / (total * eta[1] * phi[1]))


@compiled
def log_covariance(
    energy: NDArray[np.float64], row: int, column: int
) -> tuple[float, float, float]:
    """Widths along eta and phi, and size of the covariance, with logarithmic weights."""
    rows = range(max(0, row - 2), min(IMAGE_SIDE, row + 3))
    columns = range(max(0, column - 2), min(IMAGE_SIDE, column + 3))
    total = mean_row = mean_column = 0.0
    for i in rows:
        for j in columns:
            total += energy[i, j]
            mean_row += energy[i, j] * i
            mean_column += energy[i, j] * j
    mean_row /= total
    mean_column /= total
    weights = along_eta = along_phi = both = 0.0
    for i in rows:
        for j in columns:
            if energy[i, j] > 0.0:
                weight = max(0.0, LOG_WEIGHT + math.log(energy[i, j] / total))
                weights += weight
                along_eta += weight * (i - mean_row) ** 2
                along_phi += weight * (j - mean_column) ** 2
                both += weight * (i - mean_row) * (j - mean_column)
    return math.sqrt(along_eta / weights), math.sqrt(along_phi / weights), abs(both) / weights


@compiled
def weighted_times(
    image: NDArray[np.floating], energy: NDArray[np.float64], total: float
) -> tuple[float, float]:
    """Mean and standard deviation of the times of crystals with energy, weighted by it."""
    mean = 0.0
    for i in range(IMAGE_SIDE):
        for j in range(IMAGE_SIDE):
            if energy[i, j] > 0.0:
                mean += energy[i, j] * image[i, j, TIME]
    mean /= total
    variance = 0.0
    for i in range(IMAGE_SIDE):
        for j in range(IMAGE_SIDE):
            if energy[i, j] > 0.0:
                variance += energy[i, j] * (image[i, j, TIME] - mean) ** 2
    return mean, math.sqrt(variance / total)
