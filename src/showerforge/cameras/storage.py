"""The event-image file: a camera, a table and images, in HDF5.

Layout, version 1; others may write it too::

    /                     attributes: format, version, showerforge
    /attributes           text: JSON, where the images come from (may be left out)
    /camera               attributes and datasets: every field of `Camera`
    /table/<column>       one value for each event; of text columns the number of a category
    /categories/<column>  text of each category, for the columns that need it
    /images, /expected    float32[n_events, n_pixels], p.e., one of them or both
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import showerforge
from showerforge.atomic import replaced_when_done
from showerforge.cameras import hdf5
from showerforge.cameras.camera import Camera
from showerforge.cameras.images import CHARGES, Charges, EventImages
from showerforge.cameras.streams import check_charges, is_same_camera
from showerforge.errors import InputError, list_problems

FORMAT = "showerforge event images"
VERSION = 1
EVENT_ID = "event_id"

Rows = slice | list[int] | NDArray[np.integer | np.bool_]


def write_images(
    path: str | PathLike[str],
    batches: Iterable[EventImages],
    attributes: Mapping[str, Any] | None = None,
) -> None:
    """Write images to a file batch by batch, whole or not at all.

    Parameters
    ----------
    path : HDF5 file.
    batches : images, of one camera and with the same columns; ``event_id`` is unique over all.
    attributes : where they come from, as plain JSON.

    Raises
    ------
    InputError
        If there is no batch, batches differ in camera or columns, a charge is not finite, a
        column cannot be stored, or an ``event_id`` comes twice. Nothing is left behind.
    """
    path = Path(path)
    with replaced_when_done(path) as partial, hdf5.create(partial) as file:
        file.attrs.update(format=FORMAT, version=VERSION, showerforge=showerforge.__version__)
        file["attributes"] = json.dumps(dict(attributes or {}))
        first = None
        for batch in batches:
            check_charges(batch, str(path))
            if first is None:
                # all that later batches are compared with
                first = batch.take(slice(0, 0))
                hdf5.write_fields(file.create_group("camera"), batch.camera)
            _check_alike(path, first, batch)
            hdf5.append_table(file, path, batch.table.reset_index())
            for name in batch.charges:
                charges = getattr(batch, name).astype(np.float32, copy=False)
                hdf5.append_rows(file, name, charges)
        if first is None:
            raise InputError(f"{path}: there are no images to be written.")
        _check_unique(path, file["table"][EVENT_ID][:])


def _check_alike(path: Path, first: EventImages, batch: EventImages) -> None:
    index = batch.table.index
    if index.name != EVENT_ID or not pd.api.types.is_integer_dtype(index):
        raise InputError(f"{path}: the table must be indexed by {EVENT_ID}, a whole number.")
    if not batch.charges:
        raise InputError(f"{path}: a batch has neither images nor expected charges.")
    if not is_same_camera(first.camera, batch.camera):
        raise InputError(
            f"{path}: images of the cameras {first.camera.name!r} and {batch.camera.name!r} "
            "cannot be in one file, their pixels differ. Write one file for each camera."
        )
    contents = [[*b.table.columns, *b.charges] for b in (first, batch)]
    if contents[0] != contents[1]:
        raise InputError(
            f"{path}: batches differ. The first has {', '.join(contents[0])}; "
            f"another has {', '.join(contents[1])}."
        )


def _check_unique(path: Path, event_ids: NDArray[np.integer]) -> None:
    event_ids.sort()
    repeated = np.unique(event_ids[1:][np.diff(event_ids) == 0])
    if len(repeated):
        raise InputError(
            f"{path}: {len(repeated):,} values of {EVENT_ID} belong to several events:\n"
            f"{list_problems(map(str, repeated))}"
        )


@dataclass(frozen=True)
class ImageFile:
    """Event-image file, opened whenever something of it is wanted.

    Attributes
    ----------
    path : the file.

    Raises
    ------
    InputError
        If it is no HDF5 file or cut off, of another format or a newer version, or its parts do
        not fit together.
    """

    path: Path

    def __post_init__(self) -> None:
        # text will do
        object.__setattr__(self, "path", Path(self.path))
        with self._open() as file:
            problems = _find_problems(file)
        if problems:
            raise InputError(
                f"{self.path}: is no whole event-image file:\n{list_problems(problems)}\n"
                "See docs/own-images.md for its layout."
            )

    @contextmanager
    def _open(self) -> Iterator[Any]:
        with hdf5.open_to_read(self.path) as file:
            yield file

    def __len__(self) -> int:
        with self._open() as file:
            return len(file["table"][EVENT_ID])

    @cached_property
    def camera(self) -> Camera:
        """Camera that took the images."""
        with self._open() as file:
            values = hdf5.read_fields(file["camera"])
        try:
            return Camera(**values)
        except InputError as error:
            raise InputError(f"{self.path}: {error}") from error

    @cached_property
    def attributes(self) -> dict[str, Any]:
        """Where the images come from."""
        with self._open() as file:
            return json.loads(file["attributes"][()]) if "attributes" in file else {}

    @cached_property
    def charges(self) -> tuple[Charges, ...]:
        """Which of the two kinds of charges the file has."""
        with self._open() as file:
            return tuple(name for name in CHARGES if name in file)

    @property
    def table(self) -> pd.DataFrame:
        """The table of all events, indexed by ``event_id``; read anew every time."""
        with self._open() as file:
            return hdf5.read_table(file).set_index(EVENT_ID)

    def read(self, rows: Rows = slice(None), what: Charges | None = None) -> EventImages:
        """Read some events.

        Parameters
        ----------
        rows : numbers of the events in the file, from 0, in any order; a slice, or a mask.
        what : "images" or "expected"; None for all that there is.

        Raises
        ------
        InputError
            If the file lacks what is wanted, or a charge is not finite.
        """
        images = self.read_unchecked(rows, what)
        check_charges(images, str(self.path))
        return images

    def read_unchecked(self, rows: Rows = slice(None), what: Charges | None = None) -> EventImages:
        """Read some events as `read` does, also charges that are no finite numbers."""
        if what is not None and what not in self.charges:
            raise InputError(
                f"{self.path}: there is no {what!r} in the file; it has {', '.join(self.charges)}."
            )
        names = self.charges if what is None else (what,)
        with self._open() as file:
            numbers = np.arange(len(file["table"][EVENT_ID]))
            numbers = numbers[rows] if isinstance(rows, slice) or len(rows) else numbers[:0]
            table = hdf5.read_table(file, numbers).set_index(EVENT_ID)
            charges = {name: hdf5.take_rows(file[name], numbers) for name in names}
        return EventImages(self.camera, table, **charges)

    def batches(self, size: int, what: Charges | None = None) -> Iterator[EventImages]:
        """Yield all events in order, at most `size` at a time; `what` as in `read`."""
        for start in range(0, len(self), size):
            yield self.read(slice(start, start + size), what)


def _find_problems(file: Any) -> list[str]:
    """Tell what a file lacks to be of this format."""
    if (found := file.attrs.get("format")) != FORMAT:
        return [f"its attribute `format` is {found!r} (expected: {FORMAT!r})"]
    version = file.attrs.get("version", 0)
    if not isinstance(version, int | float | np.number):
        return [f"its `version` is {version!r} (expected: a number such as {VERSION})"]
    if not 1 <= version <= VERSION:
        return [
            f"its `version` is {version}, showerforge {showerforge.__version__} reads 1 to "
            f"{VERSION}; a newer showerforge may read it"
        ]
    needed = ("camera", "table", f"table/{EVENT_ID}")
    problems = [f"it has no `{name}`" for name in needed if name not in file]
    if not any(name in file for name in CHARGES):
        problems.append(f"it has neither {' nor '.join(f'`{name}`' for name in CHARGES)}")
    if problems:
        return problems
    problems = hdf5.find_missing_fields(file["camera"], Camera)
    if problems:
        return problems
    n_events, n_pixels = len(file["table"][EVENT_ID]), len(file["camera"]["x"])
    problems = [
        f"`table/{name}` has the shape {column.shape} (expected: {(n_events,)})"
        for name, column in file["table"].items()
        if column.shape != (n_events,)
    ]
    problems += [
        f"`{name}` has the shape {file[name].shape} (expected: {(n_events, n_pixels)}, events and "
        "pixels of the camera)"
        for name in CHARGES
        if name in file and file[name].shape != (n_events, n_pixels)
    ]
    return problems
