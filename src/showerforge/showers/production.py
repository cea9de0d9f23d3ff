"""A simulation in blocks, each of which is the same whoever makes it, and when.

Blocks hold all thrown events with their expected photo-electrons. Noise and trigger are drawn
from them whenever they are needed, so that another detector needs no other showers. The blocks
that count are the first ones in which enough images trigger; how many processes work on them
has no influence.
"""

from __future__ import annotations

import itertools
import logging
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from showerforge.cameras.camera import Camera
from showerforge.cameras.images import EventImages
from showerforge.cameras.storage import ImageFile
from showerforge.errors import InputError
from showerforge.fingerprints import code_of, key_of
from showerforge.progress import run_side_by_side
from showerforge.showers.detector import draw_images, noise_stream, triggered
from showerforge.showers.settings import (
    LOWEST_ENERGY,
    BeamSettings,
    DetectorSettings,
    Primary,
    SimulationSettings,
)
from showerforge.showers.simulation import random_stream, simulate_block

logger = logging.getLogger(__name__)

#: images without light by which it is seen how often noise triggers, and how often it may
DARK_IMAGES, MOST_DARK_TRIGGERS = 5000, 1e-3
#: nothing is said about the trigger before so many events are thrown
LEAST_THROWN = 1000
#: energies of a shower that costs nothing, TeV
WEAKEST = {"lowest_energy": LOWEST_ENERGY, "highest_energy": 2 * LOWEST_ENERGY}


@dataclass(frozen=True, eq=False)
class Production:
    """What is simulated, and how much of it.

    Attributes
    ----------
    settings : of the showers and their light.
    beams : particles of each primary.
    camera : that looks at them.
    detector : noise and trigger.
    wanted : images of each primary that must trigger.
    seed : seed of every random draw.
    """

    settings: SimulationSettings
    beams: Mapping[Primary, BeamSettings]
    camera: Camera
    detector: DetectorSettings
    wanted: Mapping[Primary, int]
    seed: int

    @property
    def events_per_block(self) -> int:
        """Number of thrown events in each block."""
        showers = self.settings.showers
        return showers.showers_per_block * showers.telescopes_per_shower

    def key(self, primary: Primary, block: int) -> str:
        """Name a block by what it is, and by a fingerprint of all that it depends on.

        The detector is not part of it.
        """
        return key_of(
            f"{primary}_{block:05d}",
            {
                "settings": self.settings.model_dump(include=set(SimulationSettings.model_fields)),
                "beam": self.beams[primary].model_dump(),
                "camera": self.camera.describe(),
                "seed": self.seed,
                "code": code_of("cameras", "showers"),
            },
        )

    def check_dark_images(self) -> None:
        """See whether images that are not drawn would trigger by noise.

        Raises
        ------
        InputError
            If more than `MOST_DARK_TRIGGERS` of them would.
        """
        if self.detector.least_light == 0:
            return
        dark = np.full(
            (DARK_IMAGES, self.camera.n_pixels),
            self.detector.least_light / self.camera.n_pixels,
            dtype=np.float32,
        )
        images = draw_images(self.camera, dark, self.detector, random_stream(self.seed))
        share = triggered(self.camera, images, self.detector).mean()
        if share > MOST_DARK_TRIGGERS:
            raise InputError(
                f"Noise alone triggers {share:.1%} of the images, so that those with less light "
                f"than detector.least_light = {self.detector.least_light:g} p.e. cannot be left "
                "out. Set least_light to 0, or raise trigger_threshold or trigger_pixels. Nothing "
                "has been written."
            )

    def compile(self) -> None:
        """Compile what the showers need, so that processes find it done."""
        showers = self.settings.showers.model_copy(
            update={"showers_per_block": 1, "telescopes_per_shower": 1}
        )
        beam = next(iter(self.beams.values())).model_copy(update=WEAKEST)
        simulate_block(
            self.settings.model_copy(update={"showers": showers}), beam, self.camera, 0, self.seed
        )

    def simulate(self, primary: Primary, block: int) -> EventImages:
        """Simulate all thrown events of a block."""
        return simulate_block(self.settings, self.beams[primary], self.camera, block, self.seed)

    def observe(
        self, primary: Primary, block: int, events: EventImages
    ) -> tuple[EventImages, NDArray[np.bool_]]:
        """Draw what the camera sees of a block, the same at every call.

        Returns
        -------
        observed : the events with images, which are 0 where there is too little light.
        triggered : bool[n_events].

        Raises
        ------
        InputError
            If it is not known what is expected.
        """
        if events.expected is None:
            raise InputError(
                f"Block {block} of {primary} has no expected photo-electrons. It is not as the "
                "simulation saves it: remove it from the folder of blocks and run "
                "`kedro run --pipelines simulation` again."
            )
        expected = events.expected
        images, is_triggered = np.zeros_like(expected), np.zeros(len(expected), dtype=bool)
        is_drawn = expected.sum(axis=1) >= self.detector.least_light
        rng = noise_stream(self.seed, self.detector.draw, primary, block)
        images[is_drawn] = draw_images(self.camera, expected[is_drawn], self.detector, rng)
        is_triggered[is_drawn] = triggered(self.camera, images[is_drawn], self.detector)
        return replace(events, images=images), is_triggered


def run_blocks(
    production: Production, finished: Mapping[str, ImageFile], n_jobs: int
) -> Iterator[tuple[str, EventImages]]:
    """Simulate blocks side by side until enough images of each primary trigger.

    Goes in rounds: after each, the share that triggered tells how many blocks are still needed.

    Parameters
    ----------
    production : what is simulated.
    finished : blocks that are there already, by key.
    n_jobs : processes; -1 is one for each core.

    Yields
    ------
    key, events : each new block as soon as it and those before it are done.

    Raises
    ------
    InputError
        If nothing triggers.
    """
    production.check_dark_images()
    production.compile()
    counts: dict[Primary, list[int]] = {primary: [] for primary in production.beams}
    begin, n_new = time.monotonic(), 0

    def remark() -> str:
        rate = f"{n_new / (time.monotonic() - begin):,.0f} events/s; " if n_new else ""
        found = ", ".join(
            f"{sum(counts[primary]):,} of {production.wanted[primary]:,} {primary}"
            for primary in counts
        )
        return f" ({rate}triggered {found})"

    while plan := [
        (primary, block, production.key(primary, block))
        for primary in production.beams
        for block in _next_blocks(counts[primary], primary, production)
    ]:
        jobs = [(production, primary, block, finished.get(key)) for primary, block, key in plan]
        n_finished = sum(job[-1] is not None for job in jobs)
        logger.info(
            "%d of %d blocks are finished, %d to do", n_finished, len(jobs), len(jobs) - n_finished
        )
        results = run_side_by_side(
            _simulate_and_count,
            jobs,
            n_jobs,
            "Simulating showers",
            in_processes=True,
            remark=remark,
        )
        for (primary, _, key), (events, n_triggered) in zip(plan, results, strict=True):
            counts[primary].append(n_triggered)
            if events is not None:
                n_new += len(events)
                yield key, events


def _next_blocks(counts: Sequence[int], primary: Primary, production: Production) -> range:
    """Tell which blocks come next, from the triggered images of those before them.

    The first ones are so many as would do if every image triggered.
    """
    missing = production.wanted[primary] - sum(counts)
    if missing <= 0:
        return range(0)
    n_thrown = len(counts) * production.events_per_block
    if sum(counts) == 0 and n_thrown >= LEAST_THROWN:
        raise InputError(
            f"None of {n_thrown:,} {primary} images triggers. Simulate higher energies or smaller "
            "impacts, or lower trigger_threshold or trigger_pixels."
        )
    if counts and sum(counts) == 0:
        return range(len(counts), 2 * len(counts))
    triggered_per_block = sum(counts) / len(counts) if counts else production.events_per_block
    return range(len(counts), len(counts) + math.ceil(missing / triggered_per_block))


def _simulate_and_count(
    production: Production, primary: Primary, block: int, finished: ImageFile | None
) -> tuple[EventImages | None, int]:
    """Count the triggered images of a block, and return it if it is new."""
    events = production.simulate(primary, block) if finished is None else finished.read()
    _, is_triggered = production.observe(primary, block, events)
    return (events if finished is None else None), int(is_triggered.sum())


def tabulate_thrown(production: Production, blocks: Mapping[str, ImageFile]) -> pd.DataFrame:
    """List the thrown events of the blocks that count, and tell which of them trigger.

    Returns
    -------
    thrown : DataFrame, indexed by ``event_id``, the truth of each event, the ``block`` that it
        is in, and ``triggered``.

    Raises
    ------
    InputError
        If a block is missing.
    """
    tables = []
    for primary in production.beams:
        n_triggered = 0
        for block in itertools.count():
            events = _block_of(production, blocks, primary, block).read()
            _, is_triggered = production.observe(primary, block, events)
            tables.append(events.table.assign(block=block, triggered=is_triggered))
            n_triggered += int(is_triggered.sum())
            if n_triggered >= production.wanted[primary]:
                break
        n_thrown = (block + 1) * production.events_per_block
        logger.info("%s: %d of %d thrown events trigger", primary, n_triggered, n_thrown)
    return pd.concat(tables)


def take_triggered(
    production: Production, blocks: Mapping[str, ImageFile], thrown: pd.DataFrame
) -> Iterator[EventImages]:
    """Draw the images of the triggered events, block by block.

    Parameters
    ----------
    production : what was simulated.
    blocks : by key.
    thrown : see `tabulate_thrown`.

    Yields
    ------
    events : triggered ones of a block, with images and expected photo-electrons.

    Raises
    ------
    InputError
        If a block is missing, or other events trigger than `thrown` says.
    """
    for primary in production.beams:
        own = thrown[thrown["primary"] == primary]
        for block, listed in own.groupby("block"):
            events = _block_of(production, blocks, primary, block).read()
            observed, is_triggered = production.observe(primary, block, events)
            recorded = observed.take(is_triggered)
            _check_listed(recorded.table.index, listed.index[listed["triggered"]], primary, block)
            yield recorded


def _check_listed(recorded: pd.Index, listed: pd.Index, primary: Primary, block: int) -> None:
    different = recorded.symmetric_difference(listed)
    if len(different):
        raise InputError(
            f"Block {block} of {primary}: with these parameters {len(recorded):,} images trigger, "
            f"but the table of thrown events, of another run, lists {len(listed):,}; they differ "
            f"in the event {different[0]} and {len(different) - 1:,} more. Run the simulation "
            "stage again: `kedro run --pipelines simulation`. Nothing has been written."
        )


def _block_of(
    production: Production, blocks: Mapping[str, ImageFile], primary: Primary, block: int
) -> ImageFile:
    key = production.key(primary, block)
    if key not in blocks:
        raise InputError(
            f"Block {block} of {primary} is not there as the parameters describe it ({key}). Run "
            "`kedro run --pipelines simulation`; it goes on with the blocks that are there. "
            "Nothing has been written."
        )
    return blocks[key]
