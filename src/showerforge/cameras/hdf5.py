"""Columns, charges and the fields of a dataclass in HDF5."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from showerforge.errors import InputError, damage_told
from showerforge.events.files import check_file

#: events whose charges are packed together: few, so that single events are read quickly
CHUNK_EVENTS = 64
#: values of a column that are packed together
CHUNK_VALUES = 4096
#: keeps a chunk unpacked until the next batches have filled it
CACHE_BYTES = 16 * 2**20
#: fast, and hardly larger than what takes twice as long
COMPRESSION: dict[str, Any] = {"compression": "gzip", "compression_opts": 1, "shuffle": True}


class _PatientFile(io.FileIO):
    """File that keeps to itself why it cannot be written: HDF5 would crash the program.

    Attributes
    ----------
    problem : what the system said first; whatever is written from then on is lost.
    """

    problem: OSError | None = None

    def write(self, data: Any) -> int:
        left = memoryview(data)
        n_bytes = len(left)
        try:
            while len(left) and self.problem is None:
                left = left[super().write(left) :]
        except OSError as error:
            self.problem = error
        return n_bytes

    def truncate(self, size: int | None = None) -> int:
        try:
            if self.problem is None:
                return super().truncate(size)
        except OSError as error:
            self.problem = error
        return size or 0


@contextmanager
def create(path: Path) -> Iterator[Any]:
    """Open a new file to write to.

    Raises
    ------
    OSError
        If it cannot be written, when it is closed.
    """
    import h5py

    with _PatientFile(path, "w+") as stored:
        try:
            with h5py.File(stored, "w", rdcc_nbytes=CACHE_BYTES) as file:
                yield file
        finally:
            if stored.problem is not None:
                raise stored.problem


@contextmanager
def open_to_read(path: Path) -> Iterator[Any]:
    """Open a file to read from.

    Raises
    ------
    InputError
        If there is no such file, it is no HDF5 file, is cut off, or a part of it cannot be read.
    """
    import h5py

    check_file(path)
    with damage_told(path, "HDF5"):
        try:
            with h5py.File(path) as file:
                yield file
        except OSError as error:
            if "truncated" in str(error):
                raise InputError(
                    f"{path}: is cut off, likely by a copy that was stopped. Copy or make the file "
                    "again."
                ) from error
            if "signature not found" in str(error):
                raise InputError(f"{path}: is no HDF5 file.") from error
            raise


def write_fields(group: Any, instance: Any) -> None:
    """Write every field of a dataclass: arrays as datasets, all else as attributes."""
    for field in fields(instance):
        value = getattr(instance, field.name)
        if isinstance(value, np.ndarray):
            group[field.name] = value
        elif value is not None:
            group.attrs[field.name] = value


def read_fields(group: Any) -> dict[str, Any]:
    """Read what `write_fields` wrote."""
    values = {name: dataset[()] for name, dataset in group.items()}
    for name, value in group.attrs.items():
        if isinstance(value, bytes):
            values[name] = value.decode()
        else:
            values[name] = value.item() if isinstance(value, np.generic) else value
    return values


def find_missing_fields(group: Any, kind: Any) -> list[str]:
    """List the fields without default that a group lacks, and those that the class lacks."""
    known = {field.name for field in fields(kind)}
    needed = {
        field.name
        for field in fields(kind)
        if field.default is MISSING and field.default_factory is MISSING
    }
    has = {*group, *group.attrs}
    return [f"`{group.name}` has no `{name}`" for name in sorted(needed - has)] + [
        f"`{group.name}` has an unknown `{name}`" for name in sorted(has - known)
    ]


def append_rows(parent: Any, name: str, rows: NDArray[Any]) -> None:
    """Append to a dataset, which is made at the first time."""
    if name not in parent:
        chunk = CHUNK_VALUES if rows.ndim == 1 else CHUNK_EVENTS
        parent.create_dataset(
            name,
            (0, *rows.shape[1:]),
            dtype=rows.dtype,
            maxshape=(None, *rows.shape[1:]),
            chunks=(chunk, *rows.shape[1:]),
            **COMPRESSION,
        )
    dataset = parent[name]
    n_before = len(dataset)
    dataset.resize(n_before + len(rows), axis=0)
    dataset[n_before:] = rows


def append_table(file: Any, path: Path, table: pd.DataFrame) -> None:
    """Append the columns of a table to ``/table``.

    Raises
    ------
    InputError
        If a column is neither text, numbers nor truth values, lacks a text, or is of another
        type than before.
    """
    group = file["table"] if "table" in file else file.create_group("table", track_order=True)
    for name, column in table.items():
        dtype = column.dtype
        if isinstance(dtype, np.dtype) and dtype.kind in "biuf":
            values = column.to_numpy()
        elif isinstance(dtype, pd.CategoricalDtype) or pd.api.types.is_string_dtype(column):
            values = _category_numbers(file, path, str(name), column)
        else:
            raise InputError(
                f"{path}: column {name} is of the type {dtype}; text, numbers and truth values "
                "can be stored."
            )
        if name in group and group[name].dtype != values.dtype:
            raise InputError(
                f"{path}: column {name} is of the type {dtype} in one batch and "
                f"{group[name].dtype} in another."
            )
        append_rows(group, str(name), values)


def _category_numbers(file: Any, path: Path, name: str, column: pd.Series) -> NDArray[np.int32]:
    """Number texts, adding to the categories of the file what is new."""
    import h5py

    codes, texts = pd.factorize(column.astype(str).where(column.notna()))
    if (codes < 0).any():
        row = int(np.argmax(codes < 0))
        raise InputError(f"{path}: column {name} has no text in row {row} of a batch.")
    group = file.require_group("categories")
    if name not in group:
        group.create_dataset(name, (0,), h5py.string_dtype(), maxshape=(None,))
    dataset = group[name]
    known = pd.Index(dataset.asstr()[:]).append(pd.Index(texts)).unique()
    dataset.resize(len(known), axis=0)
    dataset[:] = known.to_numpy(dtype=object)
    return known.get_indexer(texts).astype(np.int32)[codes]


def read_table(file: Any, rows: NDArray[np.intp] | None = None) -> pd.DataFrame:
    """Read all columns, of all events or of some."""
    import h5py

    columns: dict[str, Any] = {}
    for name, dataset in file["table"].items():
        values = dataset[:] if rows is None else take_rows(dataset, rows)
        if h5py.check_string_dtype(dataset.dtype):
            texts = [v.decode() if isinstance(v, bytes) else v for v in values]
            columns[name] = pd.array(texts, dtype="str")
        elif f"categories/{name}" in file:
            categories = file["categories"][name].asstr()[:]
            columns[name] = pd.array(categories, dtype="str").take(values)
        else:
            columns[name] = values.astype(values.dtype.newbyteorder("="), copy=False)
    return pd.DataFrame(columns)


def take_rows(dataset: Any, rows: NDArray[np.intp]) -> NDArray[Any]:
    """Read rows in any order, each chunk of the file once.

    Parameters
    ----------
    dataset : HDF5 dataset.
    rows : numbers from 0.

    Returns
    -------
    values : in the order of `rows`.
    """
    if len(rows) == 0:
        return dataset[:0]
    ordered, places = np.unique(rows, return_inverse=True)
    chunk = dataset.chunks[0] if dataset.chunks else CHUNK_EVENTS
    pieces = np.split(ordered, np.flatnonzero(np.diff(ordered // chunk)) + 1)
    values = np.concatenate([dataset[p[0] : p[-1] + 1][p - p[0]] for p in pieces])
    return values[places]
