"""Columns of CSV, Parquet and HDF5 files, by name."""

from __future__ import annotations

import csv
import itertools
import logging
from collections.abc import Iterator, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from showerforge.errors import InputError, damage_told, list_problems, suggest_names
from showerforge.events.layout import format_of

if TYPE_CHECKING:
    from showerforge.events.layout import TableLayout

logger = logging.getLogger(__name__)

#: rows of a text that are held as text at a time: ten times as much memory as their numbers
ROWS_TOGETHER = 50_000
#: how the attribute is called by which pandas knows its own HDF5 groups
_MARK_OF_PANDAS = "pandas_type"


def check_file(path: Path) -> None:
    """Refuse what is no file.

    Raises
    ------
    InputError
        If it is a folder or not there.
    """
    if not path.is_file():
        raise InputError(f"{path}: {'is a folder' if path.is_dir() else 'there is no such file'}.")


def read_columns(path: Path, layout: TableLayout) -> pd.DataFrame:
    """Read the columns of a file that a layout names.

    Parameters
    ----------
    path : CSV, Parquet or HDF5 file.
    layout : what the file looks like.

    Returns
    -------
    cells : DataFrame[n_rows], indexed by the row of the file (from 1; a header counts); text
        from a CSV file, whatever is stored from others.

    Raises
    ------
    InputError
        If the file cannot be read, lacks a column or has no rows.
    """
    check_file(path)
    kind = layout.format_of(path)
    if kind == "csv":
        cells = _read_csv(path, layout.names, layout.delimiter, layout.encoding)
    elif kind == "parquet":
        cells = _numbered(_read_parquet(path, layout.names)[layout.names])
    else:
        cells = _read_hdf5(path, layout.names, layout.key)
    return _not_empty(path, cells)


def read_table(path: str | PathLike[str]) -> pd.DataFrame:
    """Read all columns of a file.

    Parameters
    ----------
    path : CSV with a header and commas, Parquet, or HDF5 with one table.

    Returns
    -------
    table : DataFrame[n_rows]; of a CSV file, columns are float64 where every cell is a number or
        empty, else text. Indexed by the row of the file (from 1; a header counts), or by the index
        that pandas has kept in it.

    Raises
    ------
    InputError
        If the file cannot be read or has no rows.
    """
    path = Path(path)
    check_file(path)
    kind = format_of(path)
    if kind == "csv":
        table = _read_csv(path).apply(_numbers_if_all)
    elif kind == "parquet":
        table = _read_parquet(path)
        if table.index.name is None:
            table = _numbered(table)
    else:
        table = _read_hdf5(path)
    return _not_empty(path, table)


def _numbers_if_all(cells: pd.Series) -> pd.Series:
    try:
        return pd.to_numeric(cells.where(cells != "")).astype(float)
    except ValueError:
        return cells


def _not_empty(path: Path, cells: pd.DataFrame) -> pd.DataFrame:
    if cells.empty:
        raise InputError(f"{path}: the file holds no events.")
    return cells


def _check_columns(path: Path, wanted: Sequence[str], names: Sequence[str]) -> None:
    missing = [name for name in wanted if name not in names]
    if missing:
        listed = ", ".join(names[:40]) + (f" and {len(names) - 40} more" if len(names) > 40 else "")
        problems = [f"{name!r}{suggest_names(name, names)}" for name in missing]
        raise InputError(
            f"{path}: the layout names columns that the file does not have:\n"
            f"{list_problems(problems)}\nThe file has: {listed or 'none'}."
        )
    repeated = sorted({name for name in wanted if names.count(name) > 1})
    if repeated:
        raise InputError(f"{path}: the header names {', '.join(repeated)} more than once.")


def iterate_rows(
    path: Path, delimiter: str = ",", encoding: str = "utf-8-sig", errors: str = "strict"
) -> Iterator[tuple[int, list[str]]]:
    """Yield the number (from 1) and the cells of each row of a text file that is not empty.

    Raises
    ------
    InputError
        If it is no comma-separated text, or not in the encoding.
    """
    check_ending(path)
    try:
        with path.open(newline="", encoding=encoding, errors=errors) as lines:
            reader = csv.reader(lines, delimiter=delimiter)
            yield from ((number, row) for number, row in enumerate(reader, start=1) if row)
    except UnicodeDecodeError as error:
        raise InputError(_describe_encoding(path, encoding)) from error
    except (OSError, UnicodeError, csv.Error) as error:
        raise InputError(f"{path}: cannot be read as comma-separated text: {error}.") from error


def check_ending(path: Path) -> None:
    """Warn of a text whose last line has no end: a copy that was stopped leaves such a one."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 4))
        # of two bytes a character, one is zero
        ending = file.read().rstrip(b"\0")
    if ending and not ending.endswith((b"\n", b"\r")):
        logger.warning("%s: the last row has no line break. Is the file cut off?", path)


def take_together(rows: Iterator[tuple[int, list[str]]]) -> Iterator[dict[int, list[str]]]:
    """Yield some rows of a text at a time, as the cells of each by its number."""
    while block := dict(itertools.islice(rows, ROWS_TOGETHER)):
        yield block


def _describe_encoding(path: Path, encoding: str) -> str:
    content = path.read_bytes()
    try:
        content.decode(encoding)
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        where = f"row {row} has the byte 0x{content[error.start]:02x}, which is none of it"
    else:
        where = "a part of it is none"
    likely = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "latin-1"
    return (
        f"{path}: is no {encoding.removesuffix('-sig')} text: {where}. Name the encoding in the "
        f"layout, such as `encoding: {likely}`."
    )


def _read_csv(
    path: Path,
    wanted: Sequence[str] | None = None,
    delimiter: str = ",",
    encoding: str = "utf-8-sig",
) -> pd.DataFrame:
    """Read columns as text; None for all of them."""
    rows = iterate_rows(path, delimiter, encoding)
    _, header = next(rows, (0, []))
    names = [name.strip() for name in header]
    if not names:
        raise InputError(f"{path}: the file holds no events.")
    wanted = names if wanted is None else wanted
    if len(names) == 1 and len(wanted) > 1:
        raise InputError(
            f"{path}: the header has one cell, {header[0][:60]!r}. Its cells are not parted by "
            f"{delimiter!r}: set `delimiter` in the layout."
        )
    _check_columns(path, wanted, names)
    places = [names.index(name) for name in wanted]
    tables = [pd.DataFrame(columns=wanted, dtype=str)]
    for block in take_together(rows):
        wrong = [f"row {n}: {len(row)} cells" for n, row in block.items() if len(row) != len(names)]
        if wrong:
            raise InputError(
                f"{path}: {len(wrong):,} rows do not have {len(names)} cells, as the header has:\n"
                f"{list_problems(wrong)}"
            )
        taken = [[row[place].strip() for place in places] for row in block.values()]
        tables.append(pd.DataFrame(taken, list(block), wanted, dtype=str))
    return pd.concat(tables)


def _read_parquet(path: Path, wanted: Sequence[str] | None = None) -> pd.DataFrame:
    """Read columns; None for all of them, with the index that pandas has kept."""
    from pyarrow import parquet

    with damage_told(path, "Parquet"), parquet.ParquetFile(path) as file:
        names = file.schema_arrow.names
        _check_columns(path, names if wanted is None else wanted, names)
        cells: pd.DataFrame = file.read(columns=wanted).to_pandas(
            ignore_metadata=wanted is not None
        )
        return cells


def _numbered(cells: pd.DataFrame) -> pd.DataFrame:
    return cells.set_axis(np.arange(1, len(cells) + 1))


def _read_hdf5(
    path: Path, wanted: Sequence[str] | None = None, key: str | None = None
) -> pd.DataFrame:
    """Read columns; None for all of them."""
    try:
        import h5py
    except ImportError as error:
        raise InputError(
            f"{path}: reading HDF5 needs more packages: pip install 'showerforge[hdf5]'."
        ) from error
    with damage_told(path, "HDF5"):
        with h5py.File(path) as file:
            key = _find_key(path, file, key)
            node = file[key]
            if _MARK_OF_PANDAS in node.attrs:
                read: Any = _read_pandas
            else:
                is_group = isinstance(node, h5py.Group)
                names = list(_arrays_of(node) if is_group else node.dtype.names or ())
                wanted = names if wanted is None else wanted
                _check_columns(path, wanted, names)
                try:
                    records = node if is_group else node.fields(wanted)[:]
                    return _from_arrays(path, key, {n: records[n][()] for n in wanted})
                except OSError:
                    # compressed by a filter that h5py lacks and PyTables brings along
                    read = _read_pytables
        table: pd.DataFrame = read(path, key, wanted)
        return table


def _find_key(path: Path, file: Any, key: str | None) -> str:
    """Look up the table in the file: the one that is named, or the only one."""
    tables = _list_tables(file)
    listed = ", ".join(tables) or "none"
    if key is None:
        if len(tables) != 1:
            raise InputError(
                f"{path}: the layout must say by `key` which table to read; without a layout, a "
                f"file has one. This one has: {listed}."
            )
        return tables[0]
    name = "/" + key.strip("/")
    if name not in file:
        raise InputError(
            f"{path}: there is no {name!r} in the file{suggest_names(name, tables)}. "
            f"It has: {listed}."
        )
    return name


def _list_tables(file: Any) -> list[str]:
    """List what may be a table: of pandas, compound, or a group of arrays of one dimension."""
    import h5py

    tables: list[str] = []

    def visit(name: str, node: Any) -> None:
        if any(f"/{name}".startswith(f"{table}/") for table in tables):
            return
        if isinstance(node, h5py.Dataset):
            is_table = node.dtype.names is not None
        else:
            arrays = (node[name] for name in _arrays_of(node))
            is_table = _MARK_OF_PANDAS in node.attrs or any(
                array.ndim == 1 and array.dtype.names is None for array in arrays
            )
        if is_table:
            tables.append(f"/{name}")

    visit("", file)
    file.visititems(visit)
    return tables


def _arrays_of(group: Any) -> list[str]:
    import h5py

    return [name for name, node in group.items() if isinstance(node, h5py.Dataset)]


def _read_pandas(path: Path, key: str, wanted: Sequence[str] | None) -> pd.DataFrame:
    _import_pytables(path)
    table = pd.read_hdf(path, key)
    table = table.reset_index() if any(table.index.names) else table
    names = list(map(str, table.columns))
    _check_columns(path, names if wanted is None else wanted, names)
    return _numbered(table.set_axis(names, axis=1)[list(wanted or names)])


def _read_pytables(path: Path, key: str, names: Sequence[str]) -> pd.DataFrame:
    tables = _import_pytables(path)
    with tables.open_file(str(path)) as file:
        node = file.get_node(key)
        if isinstance(node, tables.Group):
            arrays = {name: file.get_node(node, name).read() for name in names}
        else:
            records = node.read()
            arrays = {name: records[name] for name in names}
    return _from_arrays(path, key, arrays)


def _import_pytables(path: Path) -> Any:
    try:
        import tables
    except ImportError as error:
        raise InputError(
            f"{path}: this HDF5 file needs PyTables: pip install 'showerforge[hdf5]'."
        ) from error
    return tables


def _from_arrays(path: Path, key: str, arrays: dict[str, Any]) -> pd.DataFrame:
    deep = [name for name, array in arrays.items() if np.ndim(array) != 1]
    if deep:
        raise InputError(f"{path}: {', '.join(deep)} in {key!r} have not one value for each event.")
    lengths = {name: len(array) for name, array in arrays.items()}
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{name}: {n:,}" for name, n in lengths.items())
        raise InputError(f"{path}: the columns in {key!r} have unequal lengths: {listed}.")
    return _numbered(
        pd.DataFrame(
            {
                name: _decoded(array)
                if array.dtype.kind in "SO"
                else array.astype(array.dtype.newbyteorder("="))
                for name, array in arrays.items()
            }
        )
    )


def _decoded(array: Any) -> list[Any]:
    return [v.decode(errors="replace") if isinstance(v, bytes) else v for v in array]
