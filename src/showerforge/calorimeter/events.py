"""Single electrons and photons, from the centre of the detector to their images."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from showerforge.calorimeter.columns import IMAGE_SIDE
from showerforge.calorimeter.crystals import (
    CANVAS_SIDE,
    Crystals,
    Readout,
    contain,
    find_corner,
    fluctuate,
    read_out,
    spread_energy,
)
from showerforge.calorimeter.flight import Flight
from showerforge.calorimeter.tracker import CAPACITY, Tracker, follow
from showerforge.compiled import compiled


@compiled
def simulate_images(
    generator: np.random.Generator,
    is_electron: bool,
    beam: tuple[float, float],
    tracker: Tracker,
    material: tuple[NDArray[np.float64], NDArray[np.float64]],
    crystals: Crystals,
    readout: Readout,
    images: NDArray[np.float32],
) -> None:
    """Simulate particles that start at the centre, each with an image of its own.

    Parameters
    ----------
    generator : of random numbers.
    is_electron : electrons, of either charge, or else photons.
    beam : transverse momentum, GeV, and highest pseudorapidity.
    tracker, crystals, readout : the detector.
    material : pseudorapidities, and the material in front of the crystals there, radiation lengths.
    images : float32[n_images, 32, 32, 2], is filled.

    Raises
    ------
    OverflowError
        If there are too many particles.
    """
    momentum, highest_eta = beam
    stack, impacts = np.empty((CAPACITY, 9)), np.empty((CAPACITY, 4))
    canvas = np.empty((CANVAS_SIDE, CANVAS_SIDE))
    for image in images:
        eta = highest_eta * (2.0 * generator.random() - 1.0)
        # a place within a crystal, because all columns are alike
        phi = crystals.size * generator.random()
        charge = 0.0
        if is_electron:
            charge = 1.0 if generator.random() < 0.5 else -1.0
        start = Flight(
            charge, 0.0, -1.0, 0.0, 0.0, 0.0, phi, math.sinh(eta), momentum * math.cosh(eta)
        )
        depth = np.interp(abs(eta), material[0], material[1])
        n_impacts, _ = follow(generator, tracker, start, depth, stack, impacts)
        if generator.random() < readout.empty_share:
            image[:] = 0.0
            continue
        canvas[:] = 0.0
        first_row = math.floor(eta / crystals.size) - CANVAS_SIDE // 2
        for k in range(n_impacts):
            energy = contain(generator, crystals, impacts[k, 0], impacts[k, 3])
            row = impacts[k, 1] / crystals.size - first_row
            column = impacts[k, 2] / crystals.size + CANVAS_SIDE // 2
            spread_energy(crystals, energy, row, column, canvas)
        fluctuate(generator, crystals.spot_energy, canvas)
        row_of_image, column_of_image = find_corner(canvas)
        energies = canvas[
            row_of_image : row_of_image + IMAGE_SIDE, column_of_image : column_of_image + IMAGE_SIDE
        ]
        read_out(generator, readout, energies, image)
