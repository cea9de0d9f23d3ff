"""Electron and photon images: the files of the user's own, or of the embedded simulation."""

from __future__ import annotations

import base64
import logging
from pathlib import Path
from typing import Any, get_args

import numpy as np
from kedro_datasets._typing import ImagePreview

from showerforge.calorimeter.columns import ELECTRON, PARTICLES, PHOTON
from showerforge.calorimeter.files import ClassFiles, UnequalClasses
from showerforge.calorimeter.settings import ClassFilesRecipe
from showerforge.calorimeter.simulation import key_of_files, simulate_files
from showerforge.datasets.atomic import LocalFileDataset
from showerforge.datasets.read_only import ReadOnly
from showerforge.datasets.recipes import parse_recipe
from showerforge.errors import InputError, list_problems

logger = logging.getLogger(__name__)

#: names of the public files
FILE_NAMES = {
    PHOTON: "SinglePhotonPt50_IMGCROPS_n249k_RHv1.hdf5",
    ELECTRON: "SingleElectronPt50_IMGCROPS_n249k_RHv1.hdf5",
}
#: where simulated files are kept, below the folder of the files
SIMULATED_FOLDER = "simulated"
#: images of each particle that a preview shows
N_SHOWN = 3
PREVIEW_DOTS_PER_INCH = 80


class ClassFilesDataset(ReadOnly, LocalFileDataset):
    """Files of electron and photon images; loads as `ClassFiles`.

    Looks for both files in `folder`, then in `mirror`. Where neither has one of them, it simulates
    both, says so in capital letters, and keeps them.

    Parameters
    ----------
    folder : where the user puts the files, under their public names, `FILE_NAMES`.
    mirror : another folder where they may be; null for none.
    recipe : of the simulation, see `ClassFilesRecipe`; null never to simulate.
    unequal_classes : see `ClassFiles`.
    metadata : for kedro-viz and MLflow.

    Raises
    ------
    InputError
        If the recipe has unknown names or values out of their range, or `unequal_classes` has
        another value than allowed.
    """

    def __init__(
        self,
        folder: str,
        mirror: str | None = None,
        recipe: dict[str, Any] | None = None,
        unequal_classes: UnequalClasses = "refuse",
        metadata: dict[str, Any] | None = None,
    ):
        super().__init__(folder, metadata)
        if unequal_classes not in get_args(UnequalClasses):
            raise InputError(
                f"Calorimeter images in the catalog: `unequal_classes` is {unequal_classes!r} "
                f"(allowed: {', '.join(get_args(UnequalClasses))})."
            )
        self._folders = [Path(name) for name in (folder, mirror) if name is not None]
        self._recipe = (
            None
            if recipe is None
            else parse_recipe(ClassFilesRecipe, recipe, "electrons and photons")
        )
        self._unequal_classes: UnequalClasses = unequal_classes

    def load(self) -> ClassFiles:
        """Find the files, or simulate them if they are nowhere.

        Raises
        ------
        InputError
            If only one of the files is there, none is and nothing may be simulated, or one is
            wrong; see `ClassFiles`.
        """
        found = self._find()
        if found is None:
            if self._recipe is None:
                raise InputError(self._describe_missing())
            found = self._simulated_paths(self._recipe)
            missing = {particle: path for particle, path in found.items() if not path.is_file()}
            if missing:
                logger.info("SIMULATING ELECTRONS AND PHOTONS: no recorded data are used")
                simulate_files(self._recipe, missing)
        return ClassFiles(found[PHOTON], found[ELECTRON], self._unequal_classes)

    def preview(self) -> ImagePreview:
        """Show some images in kedro-viz."""
        from showerforge.figures.calorimeter import event_images
        from showerforge.figures.style import as_png

        files = self.load()
        rows = _first_of_each(files)
        source = files.attributes["source"]
        titles = [f"{PARTICLES[files.labels[row]]}, {files.locate(row)}" for row in rows.tolist()]
        figure = event_images(files.read(rows), titles, f"{source} images")
        return ImagePreview(base64.b64encode(as_png(figure, PREVIEW_DOTS_PER_INCH)).decode())

    def files(self) -> list[Path]:
        """List the files of both particles that are there, recorded or simulated."""
        found = self._find()
        if found is None and self._recipe is not None:
            found = self._simulated_paths(self._recipe)
        return [path for path in (found or {}).values() if path.is_file()]

    def _exists(self) -> bool:
        return len(self.files()) == len(PARTICLES)

    def _describe(self) -> dict[str, Any]:
        return {"folders": [str(folder) for folder in self._folders]}

    def _find(self) -> dict[str, Path] | None:
        """Find both public files in the first folder that has any."""
        for folder in self._folders:
            paths = {particle: folder / name for particle, name in FILE_NAMES.items()}
            missing = [path for path in paths.values() if not path.is_file()]
            if not missing:
                return paths
            if len(missing) < len(paths):
                (there,) = set(paths.values()) - set(missing)
                raise InputError(
                    f"{there} is there, but {missing[0].name} is not. Put both files into "
                    f"{folder}, or take the one away. Recorded images of one class are never "
                    "mixed with simulated ones of the other. Nothing has been written."
                )
        return None

    def _simulated_paths(self, recipe: ClassFilesRecipe) -> dict[str, Path]:
        key = key_of_files(recipe)
        folder = self._filepath / SIMULATED_FOLDER
        return {particle: folder / f"{key}_{particle}.hdf5" for particle in PARTICLES}

    def _describe_missing(self) -> str:
        wanted = list_problems(
            str(folder / name) for folder in self._folders for name in FILE_NAMES.values()
        )
        return (
            f"The electron and photon images are not there:\n{wanted}\n"
            "Put both files into one of these folders (docs/calorimeter.md says where they come "
            "from), or give the catalog entry a `recipe` by which they are simulated."
        )


def _first_of_each(files: ClassFiles) -> np.ndarray:
    """Number the first images of each particle that have energy, of a few that are looked at."""
    rows: list[int] = []
    first = 0
    for n_images in files.counts.values():
        looked_at = np.arange(first, first + min(n_images, 10 * N_SHOWN))
        has_energy = files.read(looked_at).any(axis=(1, 2, 3))
        rows += looked_at[has_energy][:N_SHOWN].tolist()
        first += n_images
    return np.array(rows, dtype=int)
