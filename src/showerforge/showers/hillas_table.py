"""A table of Hillas parameters, as of the MAGIC telescope, from simulated showers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from showerforge.cameras.hillas import magic_parameters, parametrise
from showerforge.cameras.images import EventImages
from showerforge.cameras.settings import CleaningSettings
from showerforge.cameras.storage import ImageFile
from showerforge.events.constraints import Constraint
from showerforge.events.cuts import apply_cuts
from showerforge.showers.production import (
    Production,
    run_blocks,
    tabulate_thrown,
    take_triggered,
)

BlockSink = Callable[[str, EventImages], None]


def tabulate_production(
    production: Production,
    blocks: Mapping[str, ImageFile],
    keep: BlockSink,
    cleaning: CleaningSettings,
    cuts: Sequence[Constraint],
    photons_per_photo_electron: float,
    n_jobs: int,
) -> pd.DataFrame:
    """Simulate what is not finished yet, and measure all images that trigger.

    Parameters
    ----------
    production : showers, camera and detector.
    blocks : those that are there, by key, at any time.
    keep : saves a new block, which is from then on among `blocks`.
    cleaning : of the images.
    cuts : what an image must be like to be kept.
    photons_per_photo_electron : sizes of the MAGIC table are in photons.
    n_jobs : processes; -1 is one for each core.

    Returns
    -------
    table : DataFrame, the ten Hillas parameters in the units of the MAGIC table, ``particle``,
        ``shower_id`` and ``true_energy``.
    """
    for key, events in run_blocks(production, blocks, n_jobs):
        keep(key, events)
    thrown = tabulate_thrown(production, blocks)
    source = (production.beams["gamma"].source_offset, 0.0)
    tables = [
        _measure(events, cleaning, source, cuts, photons_per_photo_electron)
        for events in take_triggered(production, blocks, thrown)
    ]
    return pd.concat(tables)


def _measure(
    events: EventImages,
    cleaning: CleaningSettings,
    source: tuple[float, float],
    cuts: Sequence[Constraint],
    photons_per_photo_electron: float,
) -> pd.DataFrame:
    measured = parametrise(events.camera, events.recorded, cleaning, source=source)
    kept, _ = apply_cuts(measured.set_index(events.table.index), cuts)
    parameters = magic_parameters(kept, events.camera, photons_per_photo_electron)
    return parameters.join(events.table[["particle", "shower_id", "true_energy"]])
