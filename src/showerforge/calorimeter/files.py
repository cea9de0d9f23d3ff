"""The files of the CERN/ML4SCI electron/photon exercise: HDF5, one file for each class.

Layout of each::

    /X   float32[n_images, 32, 32, 2]: eta, phi; energy and time
    /y   float32[n_images], the class: photon 0, electron 1

Files of the embedded simulation have two attributes more, ``made_by`` and ``simulation``, text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from showerforge.calorimeter.checks import check_class_file
from showerforge.calorimeter.columns import (
    ELECTRON,
    IMAGE_SHAPE,
    IMAGES,
    LABEL_OF_PARTICLE,
    MADE_BY,
    PARTICLES,
    PHOTON,
    SIMULATION,
)
from showerforge.cameras import hdf5
from showerforge.cameras.sources import RECORDED, SIMULATED
from showerforge.errors import InputError, list_problems

#: packed images that are kept unpacked at the most; a chunk of the public files may be 80 MB
LARGEST_CACHE = 512 * 2**20
#: slots of HDF5's table of chunks, a prime number
CACHE_SLOTS = 10_007

UnequalClasses = Literal["refuse", "use_all"]


class ImageBatch(NamedTuple):
    """Some images in a row.

    Attributes
    ----------
    rows : int64[n], numbers of the images over both files.
    images : float32[n, 32, 32, 2].
    """

    rows: NDArray[np.int64]
    images: NDArray[np.float32]


@dataclass(frozen=True)
class ClassFiles:
    """Images of photons and electrons, in a file each, opened whenever something is wanted.

    Images are numbered over both files: photons first, then electrons. What is in memory does not
    depend on the size of the files.

    Attributes
    ----------
    photon, electron : the files.
    unequal_classes : whether files of different numbers of images are refused, or all images used.

    Raises
    ------
    InputError
        If a file cannot be read, is of another structure, or its labels are not those of its
        class, both are the same file, only one is simulated, or their lengths differ.
    """

    photon: Path
    electron: Path
    unequal_classes: UnequalClasses = "refuse"

    def __post_init__(self) -> None:
        for particle, path in self.paths.items():
            # text will do
            object.__setattr__(self, particle, Path(path))
        if self.photon.resolve() == self.electron.resolve():
            raise InputError(
                f"{self.photon} is the file of {PHOTON}s and of {ELECTRON}s. Name the file of each "
                "class."
            )
        for particle, path in self.paths.items():
            check_class_file(path, particle)
        origins = {path: bool(_stamp_of(path)) for path in self.paths.values()}
        if len(set(origins.values())) > 1:
            listed = [
                f"{path}: {SIMULATED if is_simulated else RECORDED}"
                for path, is_simulated in origins.items()
            ]
            raise InputError(
                "One class is made by showerforge's simulation and the other is not, so that a "
                f"classifier would learn to tell the origin:\n{list_problems(listed)}\n"
                "Use the files of both classes from one origin."
            )
        if self.unequal_classes == "refuse" and len(set(self.counts.values())) > 1:
            listed = [f"{self.paths[p]}: {n:,} {p}s" for p, n in self.counts.items()]
            raise InputError(
                f"The classes have different numbers of images:\n{list_problems(listed)}\n"
                "Is a file cut short? If it is meant, set `unequal_classes: use_all`."
            )

    @property
    def paths(self) -> dict[str, Path]:
        """File of each particle, in the order of the images."""
        return {PHOTON: self.photon, ELECTRON: self.electron}

    @property
    def particles(self) -> tuple[str, ...]:
        """Class of each file."""
        return PARTICLES

    @cached_property
    def counts(self) -> dict[str, int]:
        """Number of images of each particle."""
        return {particle: _count(path) for particle, path in self.paths.items()}

    @property
    def n_images(self) -> int:
        """Number of images of both classes."""
        return sum(self.counts.values())

    def __len__(self) -> int:
        return self.n_images

    @property
    def labels(self) -> NDArray[np.int8]:
        """int8[n_images], class of each image: photon 0, electron 1."""
        numbers = np.array([LABEL_OF_PARTICLE[particle] for particle in self.counts], np.int8)
        return np.repeat(numbers, list(self.counts.values()))

    @cached_property
    def attributes(self) -> dict[str, Any]:
        """Where the images come from, as plain JSON.

        ``source`` is "simulated" for files that showerforge's simulation has stamped as such, and
        "recorded" for all others; ``files`` and, of simulated ones, ``simulation``.
        """
        stamp = _stamp_of(self.photon)
        files = [
            {"name": path.name, "bytes": path.stat().st_size, "n_images": self.counts[particle]}
            for particle, path in self.paths.items()
        ]
        if not stamp:
            return {"source": RECORDED, "files": files}
        simulation = {name: value for name, value in stamp.items() if name != "particle"}
        return {"source": SIMULATED, "files": files, "simulation": simulation}

    def locate(self, row: int) -> str:
        """Tell where an image is: file, and row in it."""
        first = self.counts[PHOTON]
        path, inside = (self.photon, row) if row < first else (self.electron, row - first)
        return f"{path.name}, row {inside}"

    def read(self, rows: ArrayLike | slice = slice(None)) -> NDArray[np.float32]:
        """Read some images.

        Parameters
        ----------
        rows : numbers of the images, in any order; a slice, or a mask.

        Returns
        -------
        images : float32[n_rows, 32, 32, 2], in the order of `rows`.

        Raises
        ------
        IndexError
            If there is no such image.
        InputError
            If the file is damaged.
        """
        numbers = np.arange(self.n_images)
        if isinstance(rows, slice):
            numbers = numbers[rows]
        else:
            wanted = np.atleast_1d(rows)
            numbers = numbers[wanted] if wanted.size else numbers[:0]
        images = np.empty((len(numbers), *IMAGE_SHAPE), dtype=np.float32)
        first = 0
        for particle, path in self.paths.items():
            last = first + self.counts[particle]
            is_here = (numbers >= first) & (numbers < last)
            if is_here.any():
                with _open_images(path) as stored:
                    images[is_here] = hdf5.take_rows(stored, numbers[is_here] - first)
            first = last
        return images

    def batches(self, size: int) -> Iterator[ImageBatch]:
        """Yield all images in order, at most `size` at a time, and never of both files."""
        first = 0
        for particle, path in self.paths.items():
            with _open_images(path) as stored:
                for start in range(0, self.counts[particle], size):
                    images = stored[start : start + size].astype(np.float32, copy=False)
                    rows = np.arange(first + start, first + start + len(images))
                    yield ImageBatch(rows, images)
            first += self.counts[particle]


@contextmanager
def _open_images(path: Path) -> Iterator[Any]:
    """Open the images of a file, with room in memory for the chunks that a batch touches."""
    import h5py

    with hdf5.open_to_read(path) as file:
        stored = file[IMAGES]
        if stored.chunks is None:
            yield stored
            return
        # all chunks that lie side by side in the same images
        n_across = np.prod(
            [-(-n // c) for n, c in zip(stored.shape[1:], stored.chunks[1:], strict=True)]
        )
        wanted = int(n_across * np.prod(stored.chunks)) * stored.dtype.itemsize
        del stored
        access = h5py.h5p.create(h5py.h5p.DATASET_ACCESS)
        access.set_chunk_cache(CACHE_SLOTS, min(wanted, LARGEST_CACHE), 1.0)
        yield h5py.Dataset(h5py.h5d.open(file.id, IMAGES.encode(), access))


def _count(path: Path) -> int:
    with hdf5.open_to_read(path) as file:
        return len(file[IMAGES])


def _stamp_of(path: Path) -> dict[str, Any]:
    """Read the stamp of the embedded simulation, empty if there is none."""
    with hdf5.open_to_read(path) as file:
        if MADE_BY not in file.attrs or SIMULATION not in file.attrs:
            return {}
        return {MADE_BY: str(file.attrs[MADE_BY]), **json.loads(file.attrs[SIMULATION])}
