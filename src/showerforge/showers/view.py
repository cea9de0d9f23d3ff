"""Telescopes that look at a shower, and the light that reaches their cameras."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from showerforge.cameras.camera import Lattice
from showerforge.cameras.lattice import pixel_at
from showerforge.compiled import compiled
from showerforge.showers.atmosphere import refractivity_of
from showerforge.showers.cherenkov import (
    PHOTONS_PER_METRE,
    REACH,
    blurred_cone,
    densest,
    sine_squared,
)
from showerforge.showers.directions import Vector, deflected, scattered
from showerforge.showers.extinction import transmission
from showerforge.showers.stack import Particle

#: a track is near a telescope where its cone is narrower than so many radii of the mirror
_NEAR = 5.0
#: rays that stand for the light of a step near a telescope
_RAYS = 24
#: light that comes in more level than this does not get into a telescope
_LEVEL = -0.05
#: weaker light of a step counts as this much or nothing, with the right mean, p.e.; this adds a
#: twentieth to the Poisson variance of a pixel
_LEAST_LIGHT = 0.05


class View(NamedTuple):
    """Telescopes of one kind, all pointing to the same place.

    Attributes
    ----------
    telescopes : float64[n_telescopes, 3], positions, m; z is above sea level.
    basis : float64[3, 3], unit vectors to the right and up in the field of view, and to the
        place in the sky that is pointed to.
    altitude, ground_thickness : height of the telescopes, m, and thickness of the air above,
        g/cm2.
    mirror_area : m2.
    efficiency : photo-electrons per photon that hits the mirror.
    spread : point spread, standard deviation in each coordinate, deg.
    rayleigh, aerosol_depth : see `showerforge.showers.extinction.transmission`.
    lattice : which pixel is where, see `showerforge.cameras.lattice.pixel_at`.
    expected : float64[n_telescopes, n_pixels + 1], photo-electrons that are added to; the last
        column is light beside the camera.
    """

    telescopes: NDArray[np.float64]
    basis: NDArray[np.float64]
    altitude: float
    ground_thickness: float
    mirror_area: float
    efficiency: float
    spread: float
    rayleigh: float
    aerosol_depth: float
    lattice: Lattice
    expected: NDArray[np.float64]


@compiled
def shine(
    generator: np.random.Generator,
    view: View,
    particle: Particle,
    mass: float,
    width: float,
    length: float,
    thickness: float,
    density: float,
) -> None:
    """Add the Cherenkov light of a step to all cameras.

    Each telescope gets what is expected of the step, given that its direction is known up to
    scattering (the "next-event estimator" of radiation transport: Kalos 1963, Nucl. Sci. Eng. 16,
    111): the light per solid angle towards it, times the solid angle of the mirror. Throwing
    photons or cones instead would need many times as many particles for images as smooth.

    Parameters
    ----------
    particle : where the light is emitted, with the direction at the start of the step.
    mass : GeV.
    width : of the scattering up to the point of emission, in each plane, rad.
    length : of the step, m.
    thickness, density : of the air at the point, g/cm2 and g/cm2 per m.
    """
    sine2 = sine_squared(mass, particle.energy, refractivity_of(density))
    if sine2 <= 0.0:
        return
    cone = math.sqrt(sine2)
    light_of_step = PHOTONS_PER_METRE * sine2 * length * particle.weight * view.efficiency
    radius = math.sqrt(view.mirror_area / math.pi)
    spreading = max(cone, width)
    x, y, z = particle.place
    ux, uy, uz = particle.direction
    for i in range(view.telescopes.shape[0]):
        dx = view.telescopes[i, 0] - x
        dy = view.telescopes[i, 1] - y
        dz = view.telescopes[i, 2] - z
        ahead = ux * dx + uy * dy + uz * dz
        if ahead <= 0.0:
            continue
        distance2 = dx * dx + dy * dy + dz * dz
        distance = math.sqrt(distance2)
        from_axis = 1.0 - ahead / distance
        # arc cosine of small angles
        angle = math.sqrt(2.0 * max(from_axis, 0.0)) * (1.0 + from_axis / 12.0)
        if distance * spreading < _NEAR * radius:
            if angle - cone > REACH * width + math.atan(radius / distance):
                continue
            _throw_rays(generator, view, i, particle, cone, width, light_of_step, thickness)
            continue
        # the mirror blurs like a Gaussian of half its radius
        total_width = math.sqrt(width * width + 0.25 * radius * radius / distance2)
        if abs(angle - cone) > REACH * total_width:
            continue
        on_mirror = light_of_step * view.mirror_area / distance2
        least = _LEAST_LIGHT * generator.random()
        # what cannot be enough need not be known
        if on_mirror * densest(total_width) < least:
            continue
        light = on_mirror * blurred_cone(angle, cone, total_width)
        if light < _LEAST_LIGHT:
            if light < least:
                continue
            light = _LEAST_LIGHT
        ray = (dx / distance, dy / distance, dz / distance)
        _collect(generator, view, i, ray, light, z, thickness)


@compiled
def _throw_rays(
    generator: np.random.Generator,
    view: View,
    i: int,
    particle: Particle,
    cone: float,
    width: float,
    light_of_step: float,
    thickness: float,
) -> None:
    """Follow single rays of a step that is so near that the mirror is not small."""
    x, y, z = particle.place
    px, py, pz = view.basis[2, 0], view.basis[2, 1], view.basis[2, 2]
    dx, dy, dz = (
        view.telescopes[i, 0] - x,
        view.telescopes[i, 1] - y,
        view.telescopes[i, 2] - z,
    )
    depth = dx * px + dy * py + dz * pz
    radius2 = view.mirror_area / math.pi
    for _ in range(_RAYS):
        ray = deflected(generator, scattered(generator, particle.direction, width), cone)
        rx, ry, rz = ray
        facing = rx * px + ry * py + rz * pz
        if facing >= 0.0:
            continue
        path = depth / facing
        if path <= 0.0:
            continue
        mx, my, mz = dx - path * rx, dy - path * ry, dz - path * rz
        if mx * mx + my * my + mz * mz < radius2:
            _collect(generator, view, i, ray, light_of_step / _RAYS, z, thickness)


@compiled
def _collect(
    generator: np.random.Generator,
    view: View,
    i: int,
    ray: Vector,
    light: float,
    height: float,
    thickness: float,
) -> None:
    """Put light that comes down along a direction into the pixel where it is seen."""
    rx, ry, rz = ray
    if rz > _LEVEL:
        return
    basis = view.basis
    ahead = -(rx * basis[2, 0] + ry * basis[2, 1] + rz * basis[2, 2])
    pixel = -1
    if ahead > 0.0:
        right = -(rx * basis[0, 0] + ry * basis[0, 1] + rz * basis[0, 2]) / ahead
        up = -(rx * basis[1, 0] + ry * basis[1, 1] + rz * basis[1, 2]) / ahead
        right = math.degrees(right) + view.spread * generator.standard_normal()
        up = math.degrees(up) + view.spread * generator.standard_normal()
        pixel = pixel_at(right, up, view.lattice)
    arriving = light * transmission(
        height,
        thickness,
        view.altitude,
        view.ground_thickness,
        -rz,
        view.rayleigh,
        view.aerosol_depth,
    )
    # -1 is the last column, light beside the camera
    view.expected[i, pixel] += arriving
