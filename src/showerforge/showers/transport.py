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
from showerforge.showers.directions import deflected, scattered
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
from showerforge.showers.stack import ELECTRON, MUON, NUCLEON, PHOTON, Stack, push
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
        top = stack.size[0] - 1
        stack.size[0] = top
        kind = stack.kinds[top]
        x, y, z, ux, uy, uz, energy, weight = stack.numbers[top]
        if uz > _LEVEL:
            record.energy[DEPOSITED] += weight * energy
        elif kind == PHOTON:
            _follow_photon(
                generator, stack, thinning_energy, view, record, x, y, z, ux, uy, uz, energy, weight
            )
        elif kind == ELECTRON:
            _follow_electron(
                generator, stack, thinning_energy, view, record, x, y, z, ux, uy, uz, energy, weight
            )
        elif kind == MUON:
            _follow_muon(generator, view, record, x, y, z, ux, uy, uz, energy, weight)
        else:
            _follow_hadron(
                generator,
                stack,
                thinning_energy,
                view,
                record,
                kind == NUCLEON,
                x,
                y,
                z,
                ux,
                uy,
                uz,
                energy,
                weight,
            )


@compiled
def _follow_photon(
    generator: np.random.Generator,
    stack: Stack,
    thinning_energy: float,
    view: View,
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
    """Let a photon make a pair, hit an electron, or reach the ground."""
    per_pair, per_hit = 1.0 / pair_length(energy), 1.0 / compton_length(energy)
    thickness, _ = air(z)
    thickness -= generator.standard_exponential() / (per_pair + per_hit) * uz
    if thickness >= view.ground_thickness:
        record.energy[AT_GROUND] += weight * energy
        return
    height = height_at(thickness)
    path = (height - z) / uz
    x, y, z = x + path * ux, y + path * uy, height
    note_interaction(record, thickness)
    if generator.random() * (per_pair + per_hit) < per_hit:
        hit_electron(generator, stack, thinning_energy, record, x, y, z, ux, uy, uz, energy, weight)
        return
    make_pair(generator, stack, thinning_energy, record, x, y, z, ux, uy, uz, energy, weight)


@compiled
def _follow_electron(
    generator: np.random.Generator,
    stack: Stack,
    thinning_energy: float,
    view: View,
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
    """Let an electron scatter, shine, lose energy and radiate until it shines no more."""
    thickness, density = air(z)
    while True:
        # it may radiate a photon whose electrons shine further down
        is_dark = energy < threshold_energy(ELECTRON_MASS, refractivity_of(density))
        if uz > _LEVEL or (is_dark and energy < SOFT_PHOTON):
            record.energy[DEPOSITED] += weight * energy
            return
        until_radiation = bremsstrahlung_length(energy) * generator.standard_exponential()
        loss = ELECTRON_IONISATION + soft_loss(energy)
        depth = min(_ELECTRON_STEP * RADIATION_LENGTH, _ELECTRON_LOSS * energy / loss)
        radiates = until_radiation < depth
        depth = min(depth, until_radiation)
        lands = thickness - depth * uz >= view.ground_thickness
        if lands:
            depth = (thickness - view.ground_thickness) / uz
        next_thickness = thickness - depth * uz
        height = height_at(next_thickness)
        length = (height - z) / uz
        _, next_density = air(height)
        # light is emitted, and the direction changes, at a random place of the step
        place = generator.random()
        path = place * length
        x, y, z = x + path * ux, y + path * uy, z + path * uz
        thickness += place * (next_thickness - thickness)
        width = scattering_width(energy - 0.5 * depth * loss, depth)
        shine(
            generator,
            view,
            x,
            y,
            z,
            ux,
            uy,
            uz,
            ELECTRON_MASS,
            energy - place * depth * loss,
            width * math.sqrt(place),
            length,
            weight,
            thickness,
            density + place * (next_density - density),
        )
        if not is_dark:
            note_electrons(record, thickness, -depth * uz / record.cosine[0], weight)
        ux, uy, uz = scattered(generator, ux, uy, uz, width)
        x, y, z = x + (length - path) * ux, y + (length - path) * uy, z + (length - path) * uz
        energy -= depth * loss
        record.energy[DEPOSITED] += weight * depth * loss
        thickness, density = air(z)
        # scattering may have taken it below the ground
        if lands or thickness >= view.ground_thickness:
            record.energy[AT_GROUND] += weight * energy
            return
        if radiates and energy > SOFT_PHOTON:
            note_interaction(record, thickness)
            share = draw_bremsstrahlung_share(generator, energy)
            if energy >= thinning_energy:
                push(stack, PHOTON, x, y, z, ux, uy, uz, share * energy, weight)
                energy *= 1.0 - share
            elif generator.random() < share:
                push(stack, PHOTON, x, y, z, ux, uy, uz, share * energy, weight / share)
                return
            else:
                energy *= 1.0 - share
                weight /= 1.0 - share


@compiled
def _follow_muon(
    generator: np.random.Generator,
    view: View,
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
    """Let a muon scatter, shine and lose energy until it decays, is slow or lands."""
    if energy >= _LEAST_MUON:
        record.muons[0] += weight
    left = muon_decay_length(energy) * generator.standard_exponential()
    while True:
        if energy < _LEAST_MUON or left <= 0.0 or uz > _LEVEL:
            record.energy[UNSEEN] += weight * energy
            return
        length = max(_MUON_LEAST_STEP, _MUON_STEP * (z - view.altitude))
        to_ground = (view.altitude - z) / uz
        lands = to_ground <= length
        length = min(length, to_ground, left)
        path = generator.random() * length
        x, y, z = x + path * ux, y + path * uy, z + path * uz
        thickness, density = air(z)
        depth = density * length
        width = scattering_width(energy, depth)
        shine(
            generator,
            view,
            x,
            y,
            z,
            ux,
            uy,
            uz,
            MUON_MASS,
            energy,
            width * math.sqrt(path / length),
            length,
            weight,
            thickness,
            density,
        )
        ux, uy, uz = scattered(generator, ux, uy, uz, width)
        x, y, z = x + (length - path) * ux, y + (length - path) * uy, z + (length - path) * uz
        left -= length
        energy -= depth * MUON_IONISATION
        record.energy[DEPOSITED] += weight * depth * MUON_IONISATION
        if lands or z <= view.altitude:
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
    x: float,
    y: float,
    z: float,
    ux: float,
    uy: float,
    uz: float,
    energy: float,
    weight: float,
) -> None:
    """Let a nucleon or charged pion interact, decay or reach the ground."""
    thickness, _ = air(z)
    mean = nucleon_length(energy) if is_nucleon else pion_length(energy)
    thickness -= mean * generator.standard_exponential() * uz
    lands = thickness >= view.ground_thickness
    height = view.altitude if lands else height_at(thickness)
    path = (height - z) / uz
    if not is_nucleon:
        until_decay = pion_decay_length(energy) * generator.standard_exponential()
        if until_decay < path:
            x, y, z = x + until_decay * ux, y + until_decay * uy, z + until_decay * uz
            muon, angle = draw_muon(generator, energy)
            record.energy[UNSEEN] += weight * (energy - muon)
            vx, vy, vz = deflected(generator, ux, uy, uz, angle)
            push(stack, MUON, x, y, z, vx, vy, vz, muon, weight)
            return
    if lands:
        record.energy[AT_GROUND] += weight * energy
        return
    note_interaction(record, thickness)
    x, y = x + path * ux, y + path * uy
    break_hadron(
        generator,
        stack,
        thinning_energy,
        record,
        is_nucleon,
        x,
        y,
        height,
        ux,
        uy,
        uz,
        energy,
        weight,
    )
