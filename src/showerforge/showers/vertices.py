"""What comes out where a particle ends: pairs, hit electrons, broken hadrons, decayed pions.

All functions put the products on the stack, and note the energy of those that are not followed.
Below the energy of thinning they follow some photons and electrons only, each with the weight
that keeps the mean: one of two, chosen by its share of the energy (Hillas 1981, Proc. 17th ICRC,
8, 193). Charged hadrons are all followed.
"""

from __future__ import annotations

import math

import numpy as np

from showerforge.compiled import compiled
from showerforge.showers.constants import ELECTRON_MASS, NEUTRAL_PION_MASS
from showerforge.showers.directions import deflected, scattered, tilted
from showerforge.showers.electromagnetic import (
    SOFT_PHOTON,
    compton_cosine,
    draw_compton_share,
    draw_pair_share,
    pair_angle_width,
)
from showerforge.showers.hadronic import (
    LEAST_STICK,
    NEUTRAL_CHANCE,
    NUCLEON_TRANSVERSE,
    PION_TRANSVERSE,
    draw_angle,
    draw_leading_share,
    draw_stick,
)
from showerforge.showers.records import DEPOSITED, UNSEEN, Record
from showerforge.showers.stack import ELECTRON, NUCLEON, PHOTON, PION, Stack, push

#: hadrons of less energy are not followed, GeV
_LEAST_PION, _LEAST_NUCLEON = 3.0, 5.0


@compiled
def make_pair(
    generator: np.random.Generator,
    stack: Stack,
    thinning_energy: float,
    record: Record,
    x: float,
    y: float,
    z: float,
    ux: float,
    uy: float,
    uz: float,
    energy: float,
    weight: float,
) -> None:
    """Turn a photon into an electron and a positron."""
    share = draw_pair_share(generator)
    if energy < thinning_energy:
        # each of the two is kept with the chance of its share
        if generator.random() > share:
            share = 1.0 - share
        _push_of_pair(generator, stack, record, x, y, z, ux, uy, uz, share * energy, weight / share)
        return
    for part in (share, 1.0 - share):
        _push_of_pair(generator, stack, record, x, y, z, ux, uy, uz, part * energy, weight)


@compiled
def _push_of_pair(
    generator: np.random.Generator,
    stack: Stack,
    record: Record,
    x: float,
    y: float,
    z: float,
    ux: float,
    uy: float,
    uz: float,
    energy: float,
    weight: float,
) -> None:
    if energy <= ELECTRON_MASS:
        record.energy[DEPOSITED] += weight * energy
        return
    vx, vy, vz = scattered(generator, ux, uy, uz, pair_angle_width(energy))
    push(stack, ELECTRON, x, y, z, vx, vy, vz, energy, weight)


@compiled
def hit_electron(
    generator: np.random.Generator,
    stack: Stack,
    thinning_energy: float,
    record: Record,
    x: float,
    y: float,
    z: float,
    ux: float,
    uy: float,
    uz: float,
    energy: float,
    weight: float,
) -> None:
    """Throw an electron out of an atom, and the photon to the other side."""
    share = draw_compton_share(generator, energy)
    cosine = compton_cosine(energy, share)
    photon, electron = share * energy, (1.0 - share) * energy
    photon_weight = electron_weight = weight
    if energy < thinning_energy:
        keeps_photon = generator.random() < share
        photon_weight = weight / share if keeps_photon else 0.0
        electron_weight = 0.0 if keeps_photon else weight / (1.0 - share)
    azimuth = 2.0 * math.pi * generator.random()
    if photon_weight > 0.0:
        # a photon that is thrown back is too soft to be followed
        if photon < SOFT_PHOTON or cosine <= 0.0:
            record.energy[DEPOSITED] += photon_weight * photon
        else:
            tangent = math.sqrt(1.0 - cosine * cosine) / cosine
            vx, vy, vz = tilted(
                ux, uy, uz, tangent * math.cos(azimuth), tangent * math.sin(azimuth)
            )
            push(stack, PHOTON, x, y, z, vx, vy, vz, photon, photon_weight)
    if electron_weight > 0.0:
        if electron <= ELECTRON_MASS:
            record.energy[DEPOSITED] += electron_weight * electron
            return
        # transverse momenta cancel
        tangent = -photon * math.sqrt(max(0.0, 1.0 - cosine * cosine)) / (energy - photon * cosine)
        vx, vy, vz = tilted(ux, uy, uz, tangent * math.cos(azimuth), tangent * math.sin(azimuth))
        push(stack, ELECTRON, x, y, z, vx, vy, vz, electron, electron_weight)


@compiled
def break_hadron(
    generator: np.random.Generator,
    stack: Stack,
    thinning_energy: float,
    record: Record,
    is_nucleon: bool,
    x: float,
    y: float,
    z: float,
    ux: float,
    uy: float,
    uz: float,
    energy: float,
    weight: float,
) -> None:
    """Break a hadron into a leading particle and pions, neutral ones into photons."""
    leading = energy * draw_leading_share(generator, is_nucleon)
    if leading > (_LEAST_NUCLEON if is_nucleon else _LEAST_PION):
        mean = NUCLEON_TRANSVERSE if is_nucleon else PION_TRANSVERSE
        vx, vy, vz = deflected(generator, ux, uy, uz, draw_angle(generator, leading, mean))
        push(stack, NUCLEON if is_nucleon else PION, x, y, z, vx, vy, vz, leading, weight)
    else:
        record.energy[UNSEEN] += weight * leading
    left = energy - leading
    while left > LEAST_STICK:
        stick = left * draw_stick(generator)
        left -= stick
        is_neutral = generator.random() < NEUTRAL_CHANCE
        if not is_neutral and stick < _LEAST_PION:
            record.energy[UNSEEN] += weight * stick
            continue
        vx, vy, vz = deflected(generator, ux, uy, uz, draw_angle(generator, stick, PION_TRANSVERSE))
        if is_neutral:
            decay_neutral_pion(
                generator,
                stack,
                min(thinning_energy, energy),
                record,
                x,
                y,
                z,
                vx,
                vy,
                vz,
                stick,
                weight,
            )
        else:
            push(stack, PION, x, y, z, vx, vy, vz, stick, weight)
    record.energy[UNSEEN] += weight * left


@compiled
def decay_neutral_pion(
    generator: np.random.Generator,
    stack: Stack,
    thinning_energy: float,
    record: Record,
    x: float,
    y: float,
    z: float,
    ux: float,
    uy: float,
    uz: float,
    energy: float,
    weight: float,
) -> None:
    """Turn a neutral pion into two photons, back to back across its direction.

    Each photon is thinned by itself: a weak one is kept with the chance of its share of the
    thinning energy.
    """
    share = generator.random()
    transverse = NEUTRAL_PION_MASS * math.sqrt(share * (1.0 - share))
    azimuth = 2.0 * math.pi * generator.random()
    for part, side in ((share, 1.0), (1.0 - share, -1.0)):
        photon = part * energy
        if photon < SOFT_PHOTON:
            record.energy[DEPOSITED] += weight * photon
            continue
        factor = 1.0
        if photon < thinning_energy:
            if generator.random() * thinning_energy > photon:
                continue
            factor = thinning_energy / photon
        tangent = side * transverse / photon
        vx, vy, vz = tilted(ux, uy, uz, tangent * math.cos(azimuth), tangent * math.sin(azimuth))
        push(stack, PHOTON, x, y, z, vx, vy, vz, photon, weight * factor)
