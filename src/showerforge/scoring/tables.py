"""Tables of events in files, read piece by piece.

A file is Parquet, CSV with a header, or HDF5 with one compound table or one array a column. The
parameters are found by name; all other columns travel along unseen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from showerforge.errors import InputError, damage_told, suggest_names
from showerforge.events.files import check_ending
from showerforge.events.layout import FORMAT_OF_SUFFIX

if TYPE_CHECKING:
    import pyarrow as pa

#: bytes of a CSV file that are read at a time
CSV_BLOCK = 4_000_000


def read_batches(path: Path, parameters: Sequence[str], size: int) -> Iterator[pa.RecordBatch]:
    """Read a partition.

    Parameters
    ----------
    path : of the file.
    parameters : columns that must be there, of numbers.
    size : rows of a batch.

    Yields
    ------
    batch : with all columns of the file; a file without rows gives none.

    Raises
    ------
    InputError
        If the file cannot be read, or lacks a parameter. Batches before may have been given.
    """
    kind = FORMAT_OF_SUFFIX[path.suffix.lower()]
    read = {"parquet": _read_parquet, "csv": _read_csv, "hdf5": _read_hdf5}[kind]
    batches = read(path, parameters, size)
    while True:
        # only around what reads: others have errors of their own
        with damage_told(path, kind):
            batch = next(batches, None)
        if batch is None:
            return
        yield batch


def _read_parquet(path: Path, parameters: Sequence[str], size: int) -> Iterator[pa.RecordBatch]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        _check_columns(path, file.schema_arrow, parameters)
        yield from file.iter_batches(batch_size=size, use_threads=False)


def _read_csv(path: Path, parameters: Sequence[str], size: int) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa
    from pyarrow import csv

    check_ending(path)
    types = dict.fromkeys(parameters, pa.float64())
    with csv.open_csv(
        path,
        read_options=csv.ReadOptions(block_size=CSV_BLOCK, use_threads=False),
        convert_options=csv.ConvertOptions(column_types=types),
    ) as reader:
        _check_columns(path, reader.schema, parameters)
        for block in reader:
            for begin in range(0, len(block), size):
                yield block.slice(begin, size)


def _read_hdf5(path: Path, parameters: Sequence[str], size: int) -> Iterator[pa.RecordBatch]:
    import h5py
    import pyarrow as pa

    with h5py.File(path, "r") as file:
        columns = _find_columns(path, file)
        _check_columns(path, pa.schema([(name, pa.null()) for name in columns]), parameters)
        lengths = {name: n for name, (_, _, n) in columns.items()}
        if len(set(lengths.values())) > 1:
            raise InputError(f"{path} has columns of several lengths: {lengths}.")
        n_rows = lengths[parameters[0]]
        for begin in range(0, n_rows, size):
            rows = slice(begin, begin + size)
            arrays = {
                name: dataset[rows] if field is None else dataset[field, rows]
                for name, (dataset, field, _) in columns.items()
            }
            yield pa.RecordBatch.from_pydict({k: _plain(v) for k, v in arrays.items()})


def _find_columns(path: Path, file: Any) -> dict[str, tuple[Any, str | None, int]]:
    """Find the one compound table, or the arrays of one dimension."""
    import h5py

    found: list[Any] = []
    file.visititems(lambda _, item: found.append(item) if isinstance(item, h5py.Dataset) else None)
    tables = [dataset for dataset in found if dataset.dtype.names]
    if len(tables) == 1:
        (table,) = tables
        return {name: (table, name, len(table)) for name in table.dtype.names}
    if tables:
        raise InputError(
            f"{path} has several tables: {', '.join(table.name for table in tables)}. A partition "
            "has one."
        )
    flat = [dataset for dataset in found if dataset.ndim == 1]
    return {dataset.name.rpartition("/")[2]: (dataset, None, len(dataset)) for dataset in flat}


def _plain(values: Any) -> Any:
    """Values as Arrow takes them: text instead of bytes."""
    array = np.asarray(values)
    return array.astype(str) if array.dtype.kind in "SO" else array


def _check_columns(path: Path, schema: pa.Schema, parameters: Sequence[str]) -> None:
    missing = [name for name in parameters if name not in schema.names]
    if missing:
        near = suggest_names(missing[0], schema.names)
        raise InputError(
            f"{path} has no column {', '.join(missing)}{near}; it has {', '.join(schema.names)}."
        )
    twice = [name for name in parameters if schema.names.count(name) > 1]
    if twice:
        raise InputError(f"{path} has the column {twice[0]} twice.")
    for name in parameters:
        check_number(path, schema, name)


def check_number(path: Path, schema: pa.Schema, name: str) -> None:
    """Refuse a column that holds something else than numbers.

    Raises
    ------
    InputError
        Naming the file, the column and what it holds.
    """
    import pyarrow as pa

    kind = schema.field(name).type
    is_number = pa.types.is_floating(kind) or pa.types.is_integer(kind)
    if not (is_number or pa.types.is_null(kind)):
        raise InputError(f"{path}: the column {name} holds {kind}, not numbers.")


def numbers_of(batch: pa.RecordBatch, parameters: Sequence[str]) -> np.ndarray:
    """Take parameters out of a batch, float64[n_rows, n_parameters]; NaN where one is missing."""
    import pyarrow as pa

    columns = [batch.column(name).cast(pa.float64(), safe=False) for name in parameters]
    return np.stack([column.to_numpy(zero_copy_only=False) for column in columns], axis=1)
