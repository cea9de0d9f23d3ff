"""What a camera is: pixels on the sky, and the mirror in front of them."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from showerforge.cameras.checks import find_wrong_numbers, find_wrong_places
from showerforge.cameras.shapes import FOLD, NEIGHBOUR_RADIUS, UNIT_AREA, UNIT_RADIUS, Shape
from showerforge.errors import InputError, list_problems

#: how far a pixel may lie off its place in the lattice, in units of the pitch
LATTICE_TOLERANCE = 0.25

Floats = NDArray[np.float64]
Indices = NDArray[np.int32]


class Lattice(NamedTuple):
    """Where the pixels of a camera lie in its lattice, for `showerforge.cameras.lattice`.

    Attributes
    ----------
    table : int32[n_rows, n_columns], index of each pixel by row and column; -1 where none is.
    column, row : axial coordinates of the first column and row of the table.
    x, y : position of the axial coordinates (0, 0), deg.
    column_of_x, column_of_y, row_of_x, row_of_y : axial coordinates per deg.
    """

    table: Indices
    column: int
    row: int
    x: float
    y: float
    column_of_x: float
    column_of_y: float
    row_of_x: float
    row_of_y: float


@dataclass(frozen=True, eq=False)
class Camera:
    """Pixels in the focal plane of a telescope.

    Attributes
    ----------
    name : what people call it.
    x, y : float64[n_pixels], centres of the pixels in the field of view, deg.
    pitch : distance between the centres of neighbouring pixels, deg.
    focal_length : m; turns deg into mm in the camera plane.
    mirror_area : area that reflects, m2.
    cluster : int32[n_pixels], trigger cluster that each pixel belongs to.
    shape : of the pixels.
    gap : dead space between neighbouring pixels, deg.

    Raises
    ------
    InputError
        If there are no pixels, pixels overlap, a coordinate is not finite, arrays differ in
        length or a length is not positive.
    """

    name: str
    x: Floats = field(repr=False)
    y: Floats = field(repr=False)
    pitch: float
    focal_length: float
    mirror_area: float
    cluster: Indices = field(repr=False)
    shape: Shape = "hexagon"
    gap: float = 0.0

    def __post_init__(self) -> None:
        # compiled code is made for arrays without strides, once for each type
        for name, kind in (("x", np.float64), ("y", np.float64), ("cluster", np.int32)):
            object.__setattr__(self, name, np.array(getattr(self, name), dtype=kind))
        problems = find_wrong_numbers(self) or find_wrong_places(self)
        if problems:
            raise InputError(
                f"Camera {self.name!r} cannot be:\n{list_problems(problems)}\nMend its geometry."
            )

    def describe(self) -> dict[str, Any]:
        """Collect all that the camera is, in types that JSON knows."""
        return {
            name: value.tolist() if isinstance(value, np.ndarray) else value
            for name, value in asdict(self).items()
        }

    @property
    def n_pixels(self) -> int:
        """Number of pixels."""
        return len(self.x)

    @property
    def pixel_width(self) -> float:
        """Width of a pixel across its flats, deg."""
        return self.pitch - self.gap

    @property
    def pixel_area(self) -> float:
        """Area of a pixel, deg2."""
        return UNIT_AREA[self.shape] * self.pixel_width**2

    @cached_property
    def radius(self) -> float:
        """Radius of the circle about the centre that holds all pixels, deg."""
        farthest: float = np.hypot(self.x, self.y).max()
        return farthest + UNIT_RADIUS[self.shape] * self.pixel_width

    @property
    def millimetres_per_degree(self) -> float:
        """Scale of the camera plane."""
        return math.radians(1) * self.focal_length * 1000

    @cached_property
    def neighbours(self) -> Indices:
        """int32[n_pixels, 6 or 4], indices of the pixels that share an edge; filled up with -1."""
        from scipy.spatial import KDTree

        reach, norm = NEIGHBOUR_RADIUS[self.shape]
        places = np.column_stack([self.x, self.y])
        distances, others = KDTree(places).query(places, k=FOLD[self.shape] + 1, p=norm)
        distances, others = distances[:, 1:], others[:, 1:]
        others = np.where(distances < reach * distances[:, :1], others, self.n_pixels)
        others.sort(axis=1)
        return np.where(others == self.n_pixels, -1, others).astype(np.int32)

    @cached_property
    def border(self) -> NDArray[np.bool_]:
        """bool[2, n_pixels], whether a pixel is in the outermost ring, in the outer two rings.

        Pixels with fewer neighbours than others are the first ring, all that touch it make the
        two, as in ctapipe's ``CameraGeometry.get_border_pixel_mask``.
        """
        has_neighbour = self.neighbours >= 0
        n_neighbours = has_neighbour.sum(axis=1)
        outermost = n_neighbours < n_neighbours.max()
        return np.stack([outermost, (has_neighbour & outermost[self.neighbours]).any(axis=1)])

    @cached_property
    def _step(self) -> complex:
        """Mean step from a pixel to its neighbours, turned into one direction, deg."""
        fold = FOLD[self.shape]
        place = self.x + 1j * self.y
        step = (place[self.neighbours] - place[:, None])[self.neighbours >= 0]
        if len(step) == 0:
            return complex(self.pitch)
        angle = np.angle(np.sum((step / np.abs(step)) ** fold)) / fold
        sector = 2j * np.pi / fold
        n_sectors = np.rint(np.angle(step * np.exp(-1j * angle)) / sector.imag)
        return complex(np.mean(step * np.exp(-sector * n_sectors)))

    @property
    def lattice_angle(self) -> float:
        """Angle of the first axis of the lattice to the x axis, deg, between -30 and 30.

        Of square pixels between -45 and 45.
        """
        return math.degrees(np.angle(self._step))

    @cached_property
    def axial(self) -> Indices:
        """int32[n_pixels, 2], place of each pixel in the lattice: axial coordinates (q, r).

        Of hexagons q counts along `lattice_angle`, r along the axis 60 deg further, and the
        pixel nearest to the centre has (0, 0). Of squares they are the column and the row,
        counted from 0; gaps between modules are skipped.

        Raises
        ------
        InputError
            If the pixels do not lie in a lattice.
        """
        turned = (self.x + 1j * self.y) / self._step
        if self.shape == "square":
            return np.column_stack([_rank(turned.real), _rank(turned.imag)])
        turned = turned - turned[np.hypot(self.x, self.y).argmin()]
        row = turned.imag / UNIT_AREA["hexagon"]
        exact = np.column_stack([turned.real - row / 2, row])
        axial = np.rint(exact).astype(np.int32)
        # every pixel may lie off by the place of the central one, which stands for the lattice
        off = np.abs(exact - axial - np.median(exact - axial, axis=0)).max(axis=1)
        lost = np.flatnonzero(off > LATTICE_TOLERANCE)
        if len(lost):
            raise InputError(
                f"Camera {self.name!r}: the pixels do not lie in a hexagonal lattice:\n"
                + list_problems(f"pixel {i} is off by {off[i]:.2f} pitches" for i in lost)
            )
        return axial

    @cached_property
    def grid(self) -> Indices:
        """int32[n_rows, n_columns], index of the pixel at each place of the axial grid, or -1."""
        column, row = (self.axial - self.axial.min(axis=0)).T
        grid = np.full((row.max() + 1, column.max() + 1), -1, dtype=np.int32)
        grid[row, column] = np.arange(self.n_pixels)
        return grid

    def to_grid(self, images: NDArray[np.floating]) -> NDArray[np.floating]:
        """Lay images out on the axial grid, as convolutional networks want them.

        Parameters
        ----------
        images : float[..., n_pixels].

        Returns
        -------
        grid : float[..., n_rows, n_columns], zero where there is no pixel.
        """
        return np.where(self.grid >= 0, images[..., self.grid], 0)

    @cached_property
    def rotations(self) -> Indices:
        """int32[6 or 4, n_pixels], where each pixel takes its charge from in a turned image.

        Row k turns by k times 60 deg (squares: 90 deg) counter-clockwise about the pixel
        nearest to the centre (squares: about the middle of the grid). Where the rim is not
        symmetric, a pixel that nothing is turned to has -1 and stays empty, and the charge of
        one that is turned out of the camera is lost. All others get theirs back exactly when
        the image is turned back.
        """
        q, r = self.axial.T
        if self.shape == "square":
            q, r = 2 * q - q.max(), 2 * r - r.max()
        index = {place: i for i, place in enumerate(zip(q, r, strict=True))}
        rotations = []
        for _ in range(FOLD[self.shape]):
            rotations.append([index.get(place, -1) for place in zip(q, r, strict=True)])
            # what is turned forth comes from what is turned back
            q, r = (q + r, -q) if self.shape == "hexagon" else (r, -q)
        return np.array(rotations, dtype=np.int32)

    def rotate(self, images: NDArray[np.floating], k: int) -> NDArray[np.floating]:
        """Turn images by k times 60 deg (squares: 90 deg); see `rotations` for the rim.

        Parameters
        ----------
        images : float[..., n_pixels].
        k : number of turns, counter-clockwise.
        """
        source = self.rotations[k % len(self.rotations)]
        return np.where(source >= 0, images[..., source], 0)

    @cached_property
    def lattice(self) -> Lattice:
        """What `showerforge.cameras.lattice.pixel_at` needs to find the pixel of a position.

        Raises
        ------
        InputError
            If the pixels are not hexagons in a lattice.
        """
        if self.shape != "hexagon":
            raise InputError(
                f"Camera {self.name!r} has {self.shape} pixels; light can be gathered by cameras "
                "with hexagonal pixels only."
            )
        q, r = self.axial.T
        step = self._step
        step_r = step * np.exp(1j * np.pi / 3)
        axes = np.array([[step.real, step_r.real], [step.imag, step_r.imag]])
        x, y = (np.array([self.x, self.y]) - axes @ self.axial.T).mean(axis=1)
        (q_of_x, q_of_y), (r_of_x, r_of_y) = np.linalg.inv(axes)
        return Lattice(
            self.grid,
            int(q.min()),
            int(r.min()),
            float(x),
            float(y),
            float(q_of_x),
            float(q_of_y),
            float(r_of_x),
            float(r_of_y),
        )


def _rank(positions: Floats) -> Indices:
    """Number the different values, which are at least half a step apart."""
    order = np.argsort(positions)
    ranks = np.empty(len(positions), dtype=np.int32)
    ranks[order] = np.concatenate([[0], np.cumsum(np.diff(positions[order]) > 0.5)])
    return ranks
