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
    NEUTRAL_PION_MASS,
    RADIATION_LENGTH,
)
from showerforge.showers.decays import (
    draw_muon,
    muon_decay_length,
    pion_decay_length,
)
from showerforge.showers.directions import deflected, scattered, tilted
from showerforge.showers.electromagnetic import (
    SOFT_PHOTON,
    bremsstrahlung_length,
    compton_cosine,
    compton_length,
    draw_bremsstrahlung_share,
    draw_compton_share,
    draw_pair_share,
    pair_angle_width,
    pair_length,
    scattering_width,
    soft_loss,
)
from showerforge.showers.hadronic import (
    LEAST_STICK,
    NEUTRAL_CHANCE,
    NUCLEON_TRANSVERSE,
    PION_TRANSVERSE,
    draw_angle,
    draw_leading_share,
    draw_stick,
    nucleon_length,
    pion_length,
)
from showerforge.showers.records import (
    AT_GROUND,
    DEPOSITED,
    UNSEEN,
    Record,
    note_electrons,
    note_interaction,
)
from showerforge.showers.stack import ELECTRON, MUON, NUCLEON, PHOTON, PION, Stack, push
from showerforge.showers.view import View, shine

#: longest step of an electron, radiation lengths, and largest share of its energy that it loses
_ELECTRON_STEP = 0.4
_ELECTRON_LOSS = 0.25
#: steps of a muon: share of the height above the telescopes, and least, m
_MUON_STEP = 0.05
_MUON_LEAST_STEP = 8.0
#: below these energies particles are not followed, GeV
_LEAST_MUON = 4.0
_LEAST_PION = 3.0
_LEAST_NUCLEON = 5.0
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
        _hit_electron(
            generator, stack, thinning_energy, record, x, y, z, ux, uy, uz, energy, weight
        )
        return
    share = draw_pair_share(generator)
    if energy < thinning_energy:
        # the two shares are alike, so that the first may always be the one that is kept
        if generator.random() > share:
            share = 1.0 - share
        _push_of_pair(generator, stack, record, x, y, z, ux, uy, uz, share * energy, weight / share)
        return
    for part in (share, 1.0 - share):
        _push_of_pair(generator, stack, record, x, y, z, ux, uy, uz, part * energy, weight)


@compiled
def _hit_electron(
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
            thickness + place * (next_thickness - thickness),
            density + place * (next_density - density),
        )
        note_electrons(record, thickness, -depth * uz / record.cosine[0], weight)
        ux, uy, uz = scattered(generator, ux, uy, uz, width)
        x, y, z = x + (length - path) * ux, y + (length - path) * uy, z + (length - path) * uz
        energy -= depth * loss
        record.energy[DEPOSITED] += weight * depth * loss
        if lands:
            record.energy[AT_GROUND] += weight * energy
            return
        thickness, density = air(z)
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
        if lands:
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
    _interact(
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


@compiled
def _interact(
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
            _decay_neutral_pion(
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
def _decay_neutral_pion(
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
