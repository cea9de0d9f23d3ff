"""How images are laid before a network: all alike in place and orientation.

A shower may fall anywhere in a camera and look in any direction. A network that had to learn every
place and direction by itself would need many times the images. Here each image is moved by whole
pixels, so that its centre of gravity lies in the middle of a window, and turned or mirrored by one
of the symmetries of the lattice, so that the centre of gravity lies in one sector of the camera.
Both are exact: no pixel is interpolated. A drawn image goes the same way back, by a symmetry drawn
at random.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from showerforge.cameras.camera import Camera
from showerforge.cameras.shapes import FOLD, UNIT_AREA, Shape

if TYPE_CHECKING:
    from scipy.spatial import KDTree

Floats = NDArray[np.float32]
Places = NDArray[np.float64]
Indices = NDArray[np.integer]

#: steps of the lattice along x and y, in pitches, and the turns of it, on lattice coordinates
AXES: dict[Shape, Places] = {
    "hexagon": np.array([[1.0, 0.0], [0.5, UNIT_AREA["hexagon"]]]),
    "square": np.eye(2),
}
TURN: dict[Shape, NDArray[np.int_]] = {
    "hexagon": np.array([[0, -1], [1, 1]]),
    "square": np.array([[0, -1], [1, 0]]),
}
MIRROR: dict[Shape, NDArray[np.int_]] = {
    "hexagon": np.array([[1, 1], [0, -1]]),
    "square": np.array([[1, 0], [0, -1]]),
}


@dataclass(frozen=True, eq=False)
class LaidOut:
    """Where windows lie in the detector.

    Attributes
    ----------
    pixels : int[n, n_window], pixel at each place of the window, or -1 where none is.
    offset : float64[n, n_places], from the middle of the window to the centre of gravity, in
        pixels, turned as the window is; no column where all images lie alike.
    place : float64[n, n_places], centre of gravity, in pixels, turned likewise.
    """

    pixels: Indices
    offset: Places
    place: Places

    @property
    def inside(self) -> NDArray[np.bool_]:
        """bool[n, n_window], the places where the detector has a pixel."""
        return self.pixels >= 0

    def take(self, images: Floats) -> Floats:
        """Take what the windows show, zero beyond the rim, float32[n, n_window]."""
        # one pixel more, without light, is where -1 leads to
        padded = np.pad(images, ((0, 0), (0, 1)))
        return np.take_along_axis(padded, self.pixels, axis=1).astype(np.float32, copy=False)

    def put(self, windows: Floats, n_pixels: int) -> Floats:
        """Put windows into the detector, float32[n, n_pixels]; what is beyond the rim is lost."""
        images = np.zeros((len(windows), n_pixels + 1), dtype=np.float32)
        np.put_along_axis(images, self.pixels, windows, axis=1)
        return images[:, :-1]


class Frame(Protocol):
    """A way to lay images."""

    @property
    def n_window(self) -> int:
        """Pixels of a window."""

    @property
    def n_places(self) -> int:
        """Numbers that say where a window lies."""

    def lay(self, images: Floats) -> LaidOut:
        """Find the window of each image, float32[n, n_pixels], not all zero."""

    def lay_drawn(self, place: Places, generator: np.random.Generator) -> LaidOut:
        """Find windows about drawn places, each by a symmetry drawn at random."""


@dataclass(frozen=True, eq=False)
class CameraFrame:
    """Window about the centre of gravity of a camera image.

    Attributes
    ----------
    camera : that took the images.
    n_rings : of pixels about the middle of the window.
    is_symmetric : whether images may be turned and mirrored about the centre of the camera, as
        those of sources in its centre may.
    """

    camera: Camera
    n_rings: int
    is_symmetric: bool = True

    @cached_property
    def window(self) -> NDArray[np.int_]:
        """int[n_window, 2], lattice coordinates about the middle."""
        steps = np.arange(-self.n_rings, self.n_rings + 1)
        window = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)
        if self.camera.shape == "square":
            return window
        return window[np.abs(window.sum(axis=1)) <= self.n_rings]

    @cached_property
    def symmetries(self) -> NDArray[np.int_]:
        """int[n_symmetries, 2, 2], acting on lattice coordinates; the first leaves all alike."""
        if not self.is_symmetric:
            return np.eye(2, dtype=int)[None]
        shape = self.camera.shape
        turns = [np.linalg.matrix_power(TURN[shape], k) for k in range(FOLD[shape])]
        return np.array(turns + [turn @ MIRROR[shape] for turn in turns])

    @cached_property
    def _inverse(self) -> NDArray[np.int_]:
        return np.rint(np.linalg.inv(self.symmetries)).astype(int)

    @cached_property
    def _lattice(self) -> Places:
        """Lattice coordinates of the pixels about the centre of the camera."""
        lattice = self.camera.axial
        return lattice - (np.ptp(lattice, axis=0) / 2 if self.camera.shape == "square" else 0.0)

    @cached_property
    def _table(self) -> tuple[Indices, Indices, Indices]:
        """Pixels at all places of the lattice, far beyond the rim, and the way back and on.

        Pixel at each place, int[n_places]; place of each pixel, int[n_pixels]; and steps from a
        place to the window, int[n_symmetries, n_window]. Places count row by row.
        """
        axial, margin = self.camera.axial, 2 * self.n_rings + 2
        table = np.full(np.ptp(axial, axis=0) + 1 + 2 * margin, -1, dtype=np.int32)
        row, column = (axial - axial.min(axis=0) + margin).T
        table[row, column] = np.arange(len(axial))
        steps = np.einsum("kij,wj->kwi", self._inverse, self.window)
        width = table.shape[1]
        places = row * width + column
        return table.ravel(), places.astype(np.int32), (steps @ [width, 1]).astype(np.int32)

    @cached_property
    def _tree(self) -> KDTree:
        from scipy.spatial import KDTree

        return KDTree(self._lattice @ AXES[self.camera.shape])

    @property
    def n_window(self) -> int:
        """Pixels of a window."""
        return len(self.window)

    @property
    def n_places(self) -> int:
        """Coordinates of the centre of gravity."""
        return 2

    def lay(self, images: Floats) -> LaidOut:
        """Find the window of each image; see `Frame`."""
        weights = np.maximum(images, 0)
        centre = weights @ self._lattice / weights.sum(axis=1, keepdims=True)
        return self._lay(centre, self._into_sector(centre))

    def lay_drawn(self, place: Places, generator: np.random.Generator) -> LaidOut:
        """Find windows about drawn places; see `Frame`."""
        which = generator.integers(len(self.symmetries), size=len(place))
        centre = place @ np.linalg.inv(AXES[self.camera.shape])
        return self._lay(np.einsum("nij,nj->ni", self._inverse[which], centre), which)

    def _lay(self, centre: Places, which: Indices) -> LaidOut:
        axes, symmetries = AXES[self.camera.shape], self.symmetries[which]
        middle = self._nearest_pixel(centre)
        offset, place = (
            np.einsum("nij,nj->ni", symmetries, step) @ axes
            for step in (centre - self._lattice[middle], centre)
        )
        return LaidOut(self._pixels_of(middle, which), offset, place)

    def _into_sector(self, centre: Places) -> Indices:
        """Number of the symmetry that turns each centre of gravity into the first sector."""
        turned = np.einsum("kij,nj->nki", self.symmetries, centre) @ AXES[self.camera.shape]
        angle = np.arctan2(turned[..., 1], turned[..., 0])
        # the sector is where the angle is least but not negative
        return np.where(angle < 0, np.inf, angle).argmin(axis=1)

    def _nearest_pixel(self, centre: Places) -> Indices:
        return self._tree.query(centre @ AXES[self.camera.shape])[1]

    def _pixels_of(self, middle: Indices, which: Indices) -> Indices:
        """Pixel of the camera at each place of the window, or -1, [n, n_window]."""
        table, places, steps = self._table
        return table[places[middle][:, None] + steps[which]]


@dataclass(frozen=True, eq=False)
class FixedFrame:
    """The whole image, mirrored so that the centre of gravity lies in one quarter.

    Attributes
    ----------
    symmetries : int[n_symmetries, n_pixels], pixel that each takes its charge from, each its own
        inverse; see `showerforge.networks.layout.Layout`.
    column, row : float64[n_pixels], place of each pixel about the middle.
    """

    symmetries: Indices
    column: Places
    row: Places

    @property
    def n_window(self) -> int:
        """Pixels of a window."""
        return len(self.column)

    @property
    def n_places(self) -> int:
        """No numbers: all images lie alike."""
        return 0

    def lay(self, images: Floats) -> LaidOut:
        """Mirror each image; see `Frame`."""
        lies_best = [
            (images @ self.column[source] >= 0) & (images @ self.row[source] >= 0)
            for source in self.symmetries
        ]
        return self._lay(np.argmax(lies_best, axis=0))

    def lay_drawn(self, place: Places, generator: np.random.Generator) -> LaidOut:
        """Mirror at random; see `Frame`."""
        return self._lay(generator.integers(len(self.symmetries), size=len(place)))

    def _lay(self, which: Indices) -> LaidOut:
        nowhere = np.empty((len(which), 0))
        return LaidOut(self.symmetries[which], nowhere, nowhere)
