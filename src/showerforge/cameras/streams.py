"""Images that pass by in batches, because all of them need not fit into memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from showerforge.cameras.camera import Camera
from showerforge.cameras.images import Charges, EventImages
from showerforge.errors import InputError, list_problems


@dataclass(frozen=True, eq=False)
class ImageStream:
    """Images on their way into a file.

    Attributes
    ----------
    batches : images, of one camera and with the same columns.
    attributes : where they come from, as plain JSON: ``source`` (one of `SOURCES` of
        `showerforge.cameras.sources`), settings, files.
    """

    batches: Iterable[EventImages]
    attributes: Mapping[str, Any] = field(default_factory=dict)


class ImageSource(Protocol):
    """Images that can be read in batches, as often as one likes: a file, or several."""

    @property
    def camera(self) -> Camera:
        """Camera that took the images."""

    @property
    def attributes(self) -> Mapping[str, Any]:
        """Where the images come from; see `ImageStream`."""

    def batches(self, size: int) -> Iterator[EventImages]:
        """Yield the images, at most so many at a time."""


@runtime_checkable
class RandomAccess(Protocol):
    """Images of which some can be read without the others."""

    @property
    def charges(self) -> Sequence[Charges]:
        """Which kinds of charges there are."""

    def read(self, rows: Any, what: Charges | None = None) -> EventImages:
        """Read the images of some rows, in that order."""


@dataclass(frozen=True, eq=False)
class HeldImages:
    """Images in memory, to be read like those of a file.

    Attributes
    ----------
    images : the images.
    attributes : where they come from; see `ImageStream`.
    """

    images: EventImages
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def camera(self) -> Camera:
        """Camera that took the images."""
        return self.images.camera

    @property
    def charges(self) -> Sequence[Charges]:
        """Which kinds of charges there are."""
        return self.images.charges

    def read(self, rows: Any, what: Charges | None = None) -> EventImages:
        """Take the images of some rows, in that order, with all their charges."""
        return self.images.take(rows)

    def batches(self, size: int) -> Iterator[EventImages]:
        """Yield the images, at most so many at a time."""
        for start in range(0, len(self.images), size):
            yield self.images.take(slice(start, start + size))


def take_images(source: ImageSource, rows: ArrayLike, batch_size: int) -> NDArray[np.float32]:
    """Take single images out of a source, one that is read in batches if it must be.

    Parameters
    ----------
    source : images.
    rows : int[n_wanted], numbers of the images, from 0, in any order.
    batch_size : images in memory at a time, beside those that are taken.

    Returns
    -------
    images : float32[n_wanted, n_pixels], p.e.

    Raises
    ------
    InputError
        If there are no images.
    """
    rows = np.asarray(rows)
    if isinstance(source, RandomAccess):
        return source.read(rows, "images" if "images" in source.charges else None).recorded
    images = np.zeros((len(rows), source.camera.n_pixels), dtype=np.float32)
    start = 0
    for batch in source.batches(batch_size):
        is_here = (rows >= start) & (rows < start + len(batch))
        if is_here.any():
            images[is_here] = batch.recorded[rows[is_here] - start]
        start += len(batch)
        if start > rows.max(initial=-1):
            break
    return images


def is_same_camera(first: Camera, second: Camera) -> bool:
    """Tell whether two cameras are the same in every pixel and number."""
    return all(
        np.array_equal(getattr(first, entry.name), getattr(second, entry.name))
        for entry in fields(Camera)
    )


def check_charges(images: EventImages, place: str) -> None:
    """Refuse charges that are no numbers, and images that do not fit the camera or the table.

    Parameters
    ----------
    images : what is checked.
    place : where the images are or shall be, for the message.

    Raises
    ------
    InputError
        If an array has another shape than (events, pixels), or a charge is not finite; names
        the first events and pixels.
    """
    expected_shape = (len(images), images.camera.n_pixels)
    for name in images.charges:
        charges = getattr(images, name)
        if charges.shape != expected_shape:
            raise InputError(
                f"{place}: {name} have the shape {charges.shape}; {expected_shape[0]:,} events of "
                f"the camera {images.camera.name!r} need {expected_shape}, one charge for each of "
                "its pixels."
            )
        event, pixel = np.nonzero(~np.isfinite(charges))
        if len(event):
            problems = [
                f"event {images.table.index[e]}, pixel {p}: {charges[e, p]}"
                for e, p in zip(event.tolist(), pixel.tolist(), strict=True)
            ]
            raise InputError(
                f"{place}: {len(event):,} charges in {name} are no finite numbers:\n"
                f"{list_problems(problems)}\n"
                "Set broken pixels to 0 p.e. or interpolate them, or leave such events out."
            )
