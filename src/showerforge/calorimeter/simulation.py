"""Images of electrons and photons from the embedded simulation, in files like the public ones.

A block of images has random numbers of its own, so that it is the same whoever makes it, and when.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import showerforge
from showerforge.atomic import replaced_when_done
from showerforge.calorimeter.columns import (
    CHANNELS,
    ELECTRON,
    IMAGE_SHAPE,
    IMAGES,
    LABEL_OF_PARTICLE,
    LABELS,
    MADE_BY,
    PARTICLES,
    SIMULATION,
)
from showerforge.calorimeter.settings import ClassFilesRecipe, DetectorSettings
from showerforge.cameras import hdf5
from showerforge.errors import InputError
from showerforge.fingerprints import code_of, key_of
from showerforge.progress import run_side_by_side
from showerforge.showers.simulation import random_stream

#: images that are packed together
CHUNK_IMAGES = 64


def key_of_files(recipe: ClassFilesRecipe) -> str:
    """Name files by a fingerprint of all that their numbers depend on."""
    depends_on = recipe.model_dump(mode="json", exclude={"n_jobs"})
    return key_of("simulated", {**depends_on, "code": code_of("calorimeter", "showers")})


def simulate_block(
    settings: DetectorSettings, particle: str, n_images: int, block: int, seed: int
) -> NDArray[np.float32]:
    """Simulate a block of images.

    Parameters
    ----------
    settings : beam, tracker, crystals and read-out.
    particle : one of `PARTICLES`. Electrons are of either charge.
    n_images : in the block; a larger block begins with the same images.
    block : number of the block, from 0.
    seed : the one seed of the project.

    Returns
    -------
    images : float32[n_images, 32, 32, 2], in the units of `ReadoutSettings`.

    Raises
    ------
    InputError
        If there are more particles in a shower than can be followed.
    """
    from showerforge.calorimeter.crystals import build_crystals, build_readout
    from showerforge.calorimeter.events import simulate_images
    from showerforge.calorimeter.tracker import CAPACITY, build_tracker

    tracker = settings.tracker
    images = np.zeros((n_images, *IMAGE_SHAPE), dtype=np.float32)
    try:
        simulate_images(
            random_stream(seed, LABEL_OF_PARTICLE[particle], block),
            particle == ELECTRON,
            (settings.beam.transverse_momentum, settings.beam.highest_eta),
            build_tracker(tracker, settings.crystals.radius),
            (np.array(tracker.material_eta), np.array(tracker.material)),
            build_crystals(settings.crystals),
            build_readout(settings.readout),
            images,
        )
    except OverflowError as error:
        raise InputError(
            f"A single {particle} of {settings.beam.transverse_momentum:g} GeV makes more than "
            f"{CAPACITY:,} particles in the tracker. Lower tracker.material. No particle has been "
            "dropped, nothing has been written."
        ) from error
    return images


def simulate_files(recipe: ClassFilesRecipe, paths: dict[str, Path]) -> None:
    """Simulate the file of each class, whole or not at all.

    Parameters
    ----------
    recipe : what is simulated, and how much.
    paths : file of each of `PARTICLES`; what is there is replaced.

    Raises
    ------
    InputError
        See `simulate_block`.
    """
    # compiled once, so that processes find it done
    simulate_block(recipe, PARTICLES[0], 1, 0, recipe.seed)
    for particle, path in paths.items():
        _write(path, particle, recipe, _simulate_blocks(recipe, particle))


def _simulate_blocks(recipe: ClassFilesRecipe, particle: str) -> Iterator[NDArray[np.float32]]:
    starts = range(0, recipe.n_images, recipe.images_per_block)
    jobs = [
        (recipe, particle, min(recipe.images_per_block, recipe.n_images - start), block)
        for block, start in enumerate(starts)
    ]
    return run_side_by_side(
        _simulate_one, jobs, recipe.n_jobs, f"Simulating {particle}s", in_processes=True
    )


def _simulate_one(
    recipe: ClassFilesRecipe, particle: str, n_images: int, block: int
) -> NDArray[np.float32]:
    return simulate_block(recipe, particle, n_images, block, recipe.seed)


def _write(
    path: Path, particle: str, recipe: ClassFilesRecipe, blocks: Iterator[NDArray[np.float32]]
) -> None:
    with replaced_when_done(path) as partial, hdf5.create(partial) as file:
        file.attrs[MADE_BY] = f"showerforge {showerforge.__version__}"
        file.attrs[SIMULATION] = json.dumps(_describe(recipe, particle))
        images = file.create_dataset(
            IMAGES,
            (recipe.n_images, *IMAGE_SHAPE),
            dtype=np.float32,
            chunks=(min(CHUNK_IMAGES, recipe.n_images), *IMAGE_SHAPE),
            compression="lzf",
            shuffle=True,
        )
        start = 0
        for block in blocks:
            images[start : start + len(block)] = block
            start += len(block)
        file[LABELS] = np.full(recipe.n_images, LABEL_OF_PARTICLE[particle], dtype=np.float32)


def _describe(recipe: ClassFilesRecipe, particle: str) -> dict[str, Any]:
    return {
        "particle": particle,
        "channels": list(CHANNELS),
        **recipe.model_dump(mode="json", exclude={"n_jobs"}),
    }
