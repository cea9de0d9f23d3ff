"""From settings to images: blocks of showers, each with random numbers of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from showerforge.cameras.images import EventImages
from showerforge.errors import InputError
from showerforge.events.schema import GAMMA, HADRON
from showerforge.showers.beams import Shower, draw_shower
from showerforge.showers.settings import BeamSettings, Primary, SimulationSettings

if TYPE_CHECKING:
    from showerforge.cameras.camera import Camera
    from showerforge.showers.records import Record
    from showerforge.showers.stack import Stack

#: number of each primary in seeds and ids
PRIMARY_CODES: dict[Primary, int] = {"gamma": 0, "proton": 1}
#: showers of one primary that ids have room for
MOST_SHOWERS = 10**9
#: weaker light than this in a pixel is set to zero, p.e.; it compresses better
LEAST_EXPECTED = 1e-3
_GEV_PER_TEV = 1000.0


def random_stream(seed: int, *key: int) -> np.random.Generator:
    """Make the generator of random numbers of one purpose, independent of all others.

    Parameters
    ----------
    seed : the one seed of the project.
    key : such as primary and block.
    """
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=key)))


def simulate_block(
    settings: SimulationSettings, beam: BeamSettings, camera: Camera, block: int, seed: int
) -> EventImages:
    """Simulate a block of showers, each looked at from several places.

    Parameters
    ----------
    settings : site, optics and showers.
    beam : primaries.
    camera : of all telescopes.
    block : number of the block, from 0 on.
    seed : the one seed of the project. The same seed and block give the same images, whatever
        else is simulated.

    Returns
    -------
    images : with ``expected``, without ``images``; all events, seen or not.

    Raises
    ------
    InputError
        If the showers are too large to be followed.
    """
    from showerforge.showers.stack import empty_stack

    code = PRIMARY_CODES[beam.primary]
    generator = random_stream(seed, code, block)
    stack = empty_stack()
    n_showers, n_telescopes = (
        settings.showers.showers_per_block,
        settings.showers.telescopes_per_shower,
    )
    first = code * MOST_SHOWERS + block * n_showers
    rows: list[dict[str, Any]] = []
    expected = []
    for shower_id in range(first, first + n_showers):
        shower = draw_shower(generator, beam, settings.site, n_telescopes)
        light, record = follow(generator, settings, beam.primary, camera, shower, stack)
        expected.append(np.where(light[:, :-1] < LEAST_EXPECTED, 0, light[:, :-1]))
        rows.extend(_describe(shower, record, shower_id, beam.primary))
    table = pd.DataFrame(rows).set_index("event_id")
    return EventImages(camera, table, expected=np.concatenate(expected).astype(np.float32))


def follow(
    generator: np.random.Generator,
    settings: SimulationSettings,
    primary: Primary,
    camera: Camera,
    shower: Shower,
    stack: Stack | None = None,
    rayleigh: float = 1.0,
) -> tuple[np.ndarray, Record]:
    """Follow one shower.

    Parameters
    ----------
    generator : of random numbers.
    settings : site, optics and showers.
    primary : kind of particle.
    camera : of all telescopes.
    shower : energy, direction and telescopes.
    stack : to be used again; empty.
    rayleigh : scales Rayleigh scattering; 0 switches it off.

    Returns
    -------
    expected : float64[n_telescopes, n_pixels + 1], photo-electrons; the last column is light
        beside the camera.
    record : what else was noted.

    Raises
    ------
    InputError
        If more particles wait than the stack holds.
    """
    from showerforge.showers.atmosphere import TOP, air
    from showerforge.showers.records import new_record
    from showerforge.showers.stack import NUCLEON, PHOTON, Particle, empty_stack, push
    from showerforge.showers.transport import follow_shower
    from showerforge.showers.view import View

    stack = stack or empty_stack()
    altitude = settings.site.altitude
    view = View(
        telescopes=shower.telescopes,
        basis=shower.basis,
        altitude=altitude,
        ground_thickness=air(altitude)[0],
        mirror_area=camera.mirror_area,
        efficiency=settings.optics.efficiency,
        spread=settings.optics.spread,
        rayleigh=rayleigh,
        aerosol_depth=settings.optics.aerosol_depth,
        lattice=camera.lattice,
        expected=np.zeros((len(shower.telescopes), camera.n_pixels + 1)),
    )
    record = new_record(shower.source[2])
    start = shower.source * (TOP - altitude) / shower.source[2]
    particle = Particle(
        (start[0], start[1], TOP), tuple(-shower.source), shower.energy * _GEV_PER_TEV, 1.0
    )
    push(stack, PHOTON if primary == "gamma" else NUCLEON, particle)
    thinning_energy = min(
        settings.showers.thinning_energy,
        settings.showers.thinning_share * shower.energy * _GEV_PER_TEV,
    )
    try:
        follow_shower(generator, stack, thinning_energy, view, record)
    except OverflowError as error:
        raise InputError(
            f"A {primary} shower of {shower.energy:.3g} TeV has more particles at a time than the "
            f"{len(stack.kinds):,} that can wait to be followed. Raise showers.thinning_energy "
            f"and thinning_share (now {thinning_energy:g} GeV) or lower the highest energy. No "
            "particle has been dropped, nothing has been written."
        ) from error
    return view.expected, record


def _describe(
    shower: Shower, record: Record, shower_id: int, primary: Primary
) -> Sequence[dict[str, Any]]:
    """Write down the truth about each image of a shower."""
    from showerforge.showers.records import depth_of_maximum

    seen_at = shower.seen_at
    of_shower = {
        "primary": primary,
        "particle": GAMMA if primary == "gamma" else HADRON,
        "shower_id": shower_id,
        "true_energy": shower.energy,
        "zenith": shower.zenith,
        "source_x": seen_at[0],
        "source_y": seen_at[1],
        "first_interaction": max(record.first[0], 0.0),
        "shower_maximum": depth_of_maximum(record.profile),
        "muons": record.muons[0],
    }
    n_telescopes = len(shower.telescopes)
    return [
        {
            "event_id": shower_id * n_telescopes + i,
            **of_shower,
            "core_x": core[0],
            "core_y": core[1],
            "impact": np.hypot(*core),
        }
        for i, core in enumerate(shower.cores)
    ]
