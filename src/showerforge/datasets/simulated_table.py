"""An event table that the embedded Monte Carlo makes when it is first asked for."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import Field

from showerforge.atomic import replaced_when_done
from showerforge.blocks import Block
from showerforge.cameras.catalogue import build_camera
from showerforge.cameras.settings import CleaningSettings, ImageCuts
from showerforge.datasets.event_table import EventTableDataset
from showerforge.datasets.images import ImageBlocksDataset
from showerforge.datasets.recipes import parse_recipe
from showerforge.events.schema import GAMMA, HADRON, HILLAS_PARAMETERS
from showerforge.fingerprints import code_of, key_of
from showerforge.image_parameters import SimulationParameters

logger = logging.getLogger(__name__)

LAYOUT = {
    "columns": {name: name for name in HILLAS_PARAMETERS},
    "label": {"column": "particle", "values": {GAMMA: GAMMA, HADRON: HADRON}},
    "group": "shower_id",
    "true_energy": "true_energy",
}


class TableRecipe(Block):
    """How a simulated event table is made."""

    simulation: SimulationParameters
    cleaning: CleaningSettings
    cuts: ImageCuts = Field(description="what an image must be like to be kept, in order")
    photons_per_photo_electron: float = Field(gt=0, description="sizes are in photons")
    decimals: int = Field(ge=0, le=12, description="of all values")
    seed: int = Field(ge=0, lt=2**31)

    @property
    def key(self) -> str:
        """Name of the table, which changes with all that its numbers depend on."""
        depends_on = self.model_dump(mode="json", exclude={"simulation": {"n_jobs"}})
        camera = build_camera(self.simulation.camera).describe()
        code = code_of("cameras", "showers")
        return key_of("simulated_events", {**depends_on, "camera": camera, "code": code})


class SimulatedTableDataset(EventTableDataset):
    """Event table from simulated showers, with the ten columns of the MAGIC table.

    Parameters
    ----------
    folder : where tables and blocks of showers are kept. A table is named by a fingerprint of its
        recipe, so that other settings or another seed make another one.
    recipe : see `TableRecipe`.
    metadata : for kedro-viz and MLflow.

    Raises
    ------
    InputError
        If the recipe has unknown names or values out of their range.
    """

    def __init__(self, folder: str, recipe: dict[str, Any], metadata: dict[str, Any] | None = None):
        self._recipe = parse_recipe(TableRecipe, recipe, "event table")
        path = Path(folder) / f"{self._recipe.key}.parquet"
        super().__init__(str(path), metadata=metadata, layout=LAYOUT)
        self._blocks = ImageBlocksDataset(str(path.parent / "blocks"))

    def load(self) -> pd.DataFrame:
        """Simulate the table if it is not there yet, and read it."""
        if not self._filepath.is_file():
            logger.info("SIMULATING EVENTS: no recorded data are used")
            self._simulate()
        return self._read()

    def _simulate(self) -> None:
        from showerforge.cameras.streams import ImageStream
        from showerforge.showers.hillas_table import tabulate_production

        recipe = self._recipe

        def keep(key: str, events: Any) -> None:
            self._blocks.save({key: ImageStream([events], {"source": "simulated"})})

        table = tabulate_production(
            recipe.simulation.production(recipe.seed),
            self._blocks.load(),
            keep,
            recipe.cleaning,
            recipe.cuts,
            recipe.photons_per_photo_electron,
            recipe.simulation.n_jobs,
        )
        with replaced_when_done(self._filepath) as partial:
            table.round(dict.fromkeys(HILLAS_PARAMETERS, recipe.decimals)).to_parquet(partial)
