"""Following a shower: each particle from where it is made to where it ends."""

from __future__ import annotations

import math

import numpy as np

from showerforge.compiled import compiled
from showerforge.showers.atmosphere import air, height_at, refractivity_of
from showerforge.showers.cherenkov import threshold_energy
from showerforge.showers.constants import (
    ELECTRON_IONISATION,
    ELECTRON_MASS,
    MUON_IONISATION,
    MUON_MASS,
    RADIATION_LENGTH,
)
from showerforge.showers.decays import (
    draw_muon,
    muon_decay_length,
    pion_decay_length,
)
from showerforge.showers.directions import deflected, moved, moved_to, scattered
from showerforge.showers.electromagnetic import (
    SOFT_PHOTON,
    bremsstrahlung_length,
    compton_length,
    draw_bremsstrahlung_share,
    pair_length,
    scattering_width,
    soft_loss,
)
from showerforge.showers.hadronic import nucleon_length, pion_length
from showerforge.showers.records import (
    AT_GROUND,
    DEPOSITED,
    UNSEEN,
    Record,
    note_electrons,
    note_interaction,
)
from showerforge.showers.stack import ELECTRON, MUON, NUCLEON, PHOTON, Particle, Stack, pop, push
from showerforge.showers.vertices import break_hadron, hit_electron, make_pair
from showerforge.showers.view import View, shine

#: longest step of an electron, radiation lengths, and largest share of its energy that it loses
_ELECTRON_STEP = 0.4
_ELECTRON_LOSS = 0.25
#: steps of a muon: share of the height above the telescopes, and least, m
_MUON_STEP = 0.05
_MUON_LEAST_STEP = 8.0
#: muons of less energy are not followed, GeV
_LEAST_MUON = 4.0
#: particles more level than this are not followed
_LEVEL = -0.05


@compiled
def follow_shower(
    generator: np.random.Generator,
    stack: Stack,
    thinning_energy: float,
    view: View,
    record: Record,
) -> None:
    """Follow all particles on the stack, and all that they make, to their end.

    Parameters
    ----------
    generator : of random numbers.
    stack : with the primary particle; empty afterwards.
    thinning_energy : where a particle of less energy branches, one of the branches is followed
        and stands for both, chosen by its share of the energy (Hillas 1981, Proc. 17th ICRC, 8,
        193); GeV, 0 follows all.
    view : telescopes; their expected photo-electrons are added to.
    record : notes that are added to.

    Raises
    ------
    OverflowError
        If more particles wait than the stack can hold.
    """
    while stack.size[0] > 0:
        kind, particle = pop(stack)
        if particle.direction[2] > _LEVEL:
            record.energy[DEPOSITED] += particle.weight * particle.energy
        elif kind == PHOTON:
            _follow_photon(generator, stack, thinning_energy, view, record, particle)
        elif kind == ELECTRON:
            _follow_electron(generator, stack, thinning_energy, view, record, particle)
        elif kind == MUON:
            _follow_muon(generator, view, record, particle)
        else:
            is_nucleon = kind == NUCLEON
            _follow_hadron(generator, stack, thinning_energy, view, record, is_nucleon, particle)


@compiled
def _follow_photon(
    generator: np.random.Generator,
    stack: Stack,
    thinning_energy: float,
    view: View,
    record: Record,
    photon: Particle,
) -> None:
    """Let a photon make a pair, hit an electron, or reach the ground."""
    energy, weight = photon.energy, photon.weight
    per_pair, per_hit = 1.0 / pair_length(energy), 1.0 / compton_length(energy)
    thickness, _ = air(photon.place[2])
    free = generator.standard_exponential() / (per_pair + per_hit)
    thickness -= free * photon.direction[2]
    if thickness >= view.ground_thickness:
        record.energy[AT_GROUND] += weight * energy
        return
    place = moved_to(photon.place, photon.direction, height_at(thickness))
    photon = Particle(place, photon.direction, energy, weight)
    note_interaction(record, thickness)
    if generator.random() * (per_pair + per_hit) < per_hit:
        hit_electron(generator, stack, thinning_energy, record, photon)
        return
    make_pair(generator, stack, thinning_energy, record, photon)


@compiled
def _follow_electron(
    generator: np.random.Generator,
    stack: Stack,
    thinning_energy: float,
    view: View,
    record: Record,
    electron: Particle,
) -> None:
    """Let an electron scatter, shine, lose energy and radiate until it shines no more."""
    place, direction, energy, weight = electron
    thickness, density = air(place[2])
    while True:
        downwards = direction[2]
        # it may radiate a photon whose electrons shine further down
        is_dark = energy < threshold_energy(ELECTRON_MASS, refractivity_of(density))
        if downwards > _LEVEL or (is_dark and energy < SOFT_PHOTON):
            record.energy[DEPOSITED] += weight * energy
            return
        until_radiation = bremsstrahlung_length(energy) * generator.standard_exponential()
        loss = ELECTRON_IONISATION + soft_loss(energy)
        depth = min(_ELECTRON_STEP * RADIATION_LENGTH, _ELECTRON_LOSS * energy / loss)
        radiates = until_radiation < depth
        depth = min(depth, until_radiation)
        lands = thickness - depth * downwards >= view.ground_thickness
        if lands:
            depth = (thickness - view.ground_thickness) / downwards
        next_thickness = thickness - depth * downwards
        height = height_at(next_thickness)
        length = (height - place[2]) / downwards
        _, next_density = air(height)
        # light is emitted, and the direction changes, at a random place of the step
        share = generator.random()
        path = share * length
        place = moved(place, direction, path)
        thickness += share * (next_thickness - thickness)
        width = scattering_width(energy - 0.5 * depth * loss, depth)
        shine(
            generator,
            view,
            Particle(place, direction, energy - share * depth * loss, weight),
            ELECTRON_MASS,
            width * math.sqrt(share),
            length,
            thickness,
            density + share * (next_density - density),
        )
        if not is_dark:
            note_electrons(record, thickness, -depth * downwards / record.cosine[0], weight)
        direction = scattered(generator, direction, width)
        place = moved(place, direction, length - path)
        energy -= depth * loss
        record.energy[DEPOSITED] += weight * depth * loss
        thickness, density = air(place[2])
        # scattering may have taken it below the ground
        if lands or thickness >= view.ground_thickness:
            record.energy[AT_GROUND] += weight * energy
            return
        if radiates and energy > SOFT_PHOTON:
            note_interaction(record, thickness)
            share = draw_bremsstrahlung_share(generator, energy)
            if energy >= thinning_energy:
                push(stack, PHOTON, Particle(place, direction, share * energy, weight))
                energy *= 1.0 - share
            elif generator.random() < share:
                push(stack, PHOTON, Particle(place, direction, share * energy, weight / share))
                return
            else:
                energy *= 1.0 - share
                weight /= 1.0 - share


@compiled
def _follow_muon(
    generator: np.random.Generator, view: View, record: Record, muon: Particle
) -> None:
    """Let a muon scatter, shine and lose energy until it decays, is slow or lands."""
    place, direction, energy, weight = muon
    if energy >= _LEAST_MUON:
        record.muons[0] += weight
    left = muon_decay_length(energy) * generator.standard_exponential()
    while True:
        if energy < _LEAST_MUON or left <= 0.0 or direction[2] > _LEVEL:
            record.energy[UNSEEN] += weight * energy
            return
        length = max(_MUON_LEAST_STEP, _MUON_STEP * (place[2] - view.altitude))
        to_ground = (view.altitude - place[2]) / direction[2]
        lands = to_ground <= length
        length = min(length, to_ground, left)
        path = generator.random() * length
        place = moved(place, direction, path)
        thickness, density = air(place[2])
        depth = density * length
        width = scattering_width(energy, depth)
        shine(
            generator,
            view,
            Particle(place, direction, energy, weight),
            MUON_MASS,
            width * math.sqrt(path / length),
            length,
            thickness,
            density,
        )
        direction = scattered(generator, direction, width)
        place = moved(place, direction, length - path)
        left -= length
        energy -= depth * MUON_IONISATION
        record.energy[DEPOSITED] += weight * depth * MUON_IONISATION
        if lands or place[2] <= view.altitude:
            record.energy[AT_GROUND] += weight * energy
            return


@compiled
def _follow_hadron(
    generator: np.random.Generator,
    stack: Stack,
    thinning_energy: float,
    view: View,
    record: Record,
    is_nucleon: bool,
    hadron: Particle,
) -> None:
    """Let a nucleon or charged pion interact, decay or reach the ground."""
    place, direction, energy, weight = hadron
    thickness, _ = air(place[2])
    mean = nucleon_length(energy) if is_nucleon else pion_length(energy)
    thickness -= mean * generator.standard_exponential() * direction[2]
    lands = thickness >= view.ground_thickness
    height = view.altitude if lands else height_at(thickness)
    if not is_nucleon:
        until_decay = pion_decay_length(energy) * generator.standard_exponential()
        if until_decay < (height - place[2]) / direction[2]:
            muon, angle = draw_muon(generator, energy)
            record.energy[UNSEEN] += weight * (energy - muon)
            place = moved(place, direction, until_decay)
            direction = deflected(generator, direction, angle)
            push(stack, MUON, Particle(place, direction, muon, weight))
            return
    if lands:
        record.energy[AT_GROUND] += weight * energy
        return
    note_interaction(record, thickness)
    hadron = Particle(moved_to(place, direction, height), direction, energy, weight)
    break_hadron(generator, stack, thinning_energy, record, is_nucleon, hadron)
