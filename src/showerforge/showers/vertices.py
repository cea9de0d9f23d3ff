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
from showerforge.showers.directions import deflected, draw_azimuth, scattered, turned
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
from showerforge.showers.stack import ELECTRON, NUCLEON, PHOTON, PION, Particle, Stack, push

#: hadrons of less energy are not followed, GeV
_LEAST_PION, _LEAST_NUCLEON = 3.0, 5.0


@compiled
def make_pair(
    generator: np.random.Generator,
    stack: Stack,
    thinning_energy: float,
    record: Record,
    photon: Particle,
) -> None:
    """Turn a photon into an electron and a positron."""
    share = draw_pair_share(generator)
    if photon.energy < thinning_energy:
        # each of the two is kept with the chance of its share
        if generator.random() > share:
            share = 1.0 - share
        _push_of_pair(generator, stack, record, photon, share, photon.weight / share)
        return
    for part in (share, 1.0 - share):
        _push_of_pair(generator, stack, record, photon, part, photon.weight)


@compiled
def _push_of_pair(
    generator: np.random.Generator,
    stack: Stack,
    record: Record,
    photon: Particle,
    share: float,
    weight: float,
) -> None:
    energy = share * photon.energy
    if energy <= ELECTRON_MASS:
        record.energy[DEPOSITED] += weight * energy
        return
    direction = scattered(generator, photon.direction, pair_angle_width(energy))
    push(stack, ELECTRON, Particle(photon.place, direction, energy, weight))


@compiled
def hit_electron(
    generator: np.random.Generator,
    stack: Stack,
    thinning_energy: float,
    record: Record,
    photon: Particle,
) -> None:
    """Throw an electron out of an atom, and the photon to the other side."""
    share = draw_compton_share(generator, photon.energy)
    cosine = compton_cosine(photon.energy, share)
    left, electron = share * photon.energy, (1.0 - share) * photon.energy
    photon_weight = electron_weight = photon.weight
    if photon.energy < thinning_energy:
        keeps_photon = generator.random() < share
        photon_weight = photon.weight / share if keeps_photon else 0.0
        electron_weight = 0.0 if keeps_photon else photon.weight / (1.0 - share)
    azimuth = draw_azimuth(generator)
    if photon_weight > 0.0:
        # a photon that is thrown back is too soft to be followed
        if left < SOFT_PHOTON or cosine <= 0.0:
            record.energy[DEPOSITED] += photon_weight * left
        else:
            tangent = math.sqrt(1.0 - cosine * cosine) / cosine
            direction = turned(photon.direction, tangent, azimuth)
            push(stack, PHOTON, Particle(photon.place, direction, left, photon_weight))
    if electron_weight > 0.0:
        if electron <= ELECTRON_MASS:
            record.energy[DEPOSITED] += electron_weight * electron
            return
        # transverse momenta cancel
        transverse = -left * math.sqrt(max(0.0, 1.0 - cosine * cosine))
        tangent = transverse / (photon.energy - left * cosine)
        direction = turned(photon.direction, tangent, azimuth)
        push(stack, ELECTRON, Particle(photon.place, direction, electron, electron_weight))


@compiled
def break_hadron(
    generator: np.random.Generator,
    stack: Stack,
    thinning_energy: float,
    record: Record,
    is_nucleon: bool,
    hadron: Particle,
) -> None:
    """Break a hadron into a leading particle and pions, neutral ones into photons."""
    weight = hadron.weight
    leading = hadron.energy * draw_leading_share(generator, is_nucleon)
    if leading > (_LEAST_NUCLEON if is_nucleon else _LEAST_PION):
        mean = NUCLEON_TRANSVERSE if is_nucleon else PION_TRANSVERSE
        direction = deflected(generator, hadron.direction, draw_angle(generator, leading, mean))
        kind = NUCLEON if is_nucleon else PION
        push(stack, kind, Particle(hadron.place, direction, leading, weight))
    else:
        record.energy[UNSEEN] += weight * leading
    left = hadron.energy - leading
    while left > LEAST_STICK:
        stick = left * draw_stick(generator)
        left -= stick
        is_neutral = generator.random() < NEUTRAL_CHANCE
        if not is_neutral and stick < _LEAST_PION:
            record.energy[UNSEEN] += weight * stick
            continue
        angle = draw_angle(generator, stick, PION_TRANSVERSE)
        direction = deflected(generator, hadron.direction, angle)
        pion = Particle(hadron.place, direction, stick, weight)
        if is_neutral:
            decay_neutral_pion(generator, stack, min(thinning_energy, hadron.energy), record, pion)
        else:
            push(stack, PION, pion)
    record.energy[UNSEEN] += weight * left


@compiled
def decay_neutral_pion(
    generator: np.random.Generator,
    stack: Stack,
    thinning_energy: float,
    record: Record,
    pion: Particle,
) -> None:
    """Turn a neutral pion into two photons, back to back across its direction.

    Each photon is thinned by itself: a weak one is kept with the chance of its share of the
    thinning energy.
    """
    share = generator.random()
    transverse = NEUTRAL_PION_MASS * math.sqrt(share * (1.0 - share))
    azimuth = draw_azimuth(generator)
    for part, side in ((share, 1.0), (1.0 - share, -1.0)):
        energy = part * pion.energy
        if energy < SOFT_PHOTON:
            record.energy[DEPOSITED] += pion.weight * energy
            continue
        factor = 1.0
        if energy < thinning_energy:
            if generator.random() * thinning_energy > energy:
                continue
            factor = thinning_energy / energy
        direction = turned(pion.direction, side * transverse / energy, azimuth)
        push(stack, PHOTON, Particle(pion.place, direction, energy, pion.weight * factor))
