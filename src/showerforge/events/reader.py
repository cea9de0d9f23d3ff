"""Reading event tables in the format of the UCI table, strictly."""

import itertools
from collections.abc import Iterator
from os import PathLike
from pathlib import Path
from reprlib import repr as shorten

import pandas as pd

from showerforge.errors import InputError, list_problems
from showerforge.events.files import check_file, iterate_rows, take_together
from showerforge.events.schema import HILLAS_PARAMETERS, PARTICLE_OF_LABEL
from showerforge.fingerprints import digest_of

LABEL = "class"
FILE_COLUMNS = [*HILLAS_PARAMETERS, LABEL]

Rows = Iterator[tuple[int, list[str]]]


def read_events(path: str | PathLike[str]) -> pd.DataFrame:
    """Read a comma-separated event table.

    The file has the ten Hillas parameters and the class (``g`` or ``h``) of one event a
    row, in the order of the UCI table; with a header row, in any order.

    Parameters
    ----------
    path : file to read.

    Returns
    -------
    events : DataFrame, indexed by the row of the file (from 1), with the Hillas
        parameters as float64 and ``particle`` ("gamma" or "hadron"). ``events.attrs`` has the
        ``file`` and its ``sha256``.

    Raises
    ------
    InputError
        If the file is missing or empty, a row has too few or too many cells, a cell is
        not a number or a label is unknown.
    """
    path = Path(path)
    check_file(path)
    rows = iterate_rows(path, errors="replace")
    columns, rows = _take_header(path, rows)
    tables = [_read_block(path, columns, block) for block in take_together(rows)]
    if not tables:
        raise InputError(
            f"{path}: the file holds no events. Expected one event a row: "
            f"{', '.join(FILE_COLUMNS)}."
        )
    events = pd.concat(tables)
    events.index.name = "row"
    events.attrs = {"file": str(path), "sha256": digest_of(path)}
    return events


def _take_header(path: Path, rows: Rows) -> tuple[list[str], Rows]:
    """Take the header off the rows, if there is one; returns the column names, and the rows."""
    first, cells = next(rows, (0, []))
    names = [cell.strip() for cell in cells]
    if len(names) != len(FILE_COLUMNS) or any(map(_is_number, names)):
        return FILE_COLUMNS, itertools.chain([(first, cells)] if cells else [], rows)
    if sorted(names) != sorted(FILE_COLUMNS):
        missing = sorted(set(FILE_COLUMNS) - set(names))
        unknown = sorted(set(names) - set(FILE_COLUMNS))
        raise InputError(
            f"{path}: row {first} is a header with missing columns {missing} and unknown "
            f"columns {unknown}. Expected: {', '.join(FILE_COLUMNS)}."
        )
    return names, rows


def _read_block(path: Path, columns: list[str], rows: dict[int, list[str]]) -> pd.DataFrame:
    _check_lengths(path, rows)
    text = pd.DataFrame.from_dict(rows, orient="index", columns=columns, dtype=str)
    text = text[FILE_COLUMNS].apply(lambda column: column.str.strip())
    events = text[HILLAS_PARAMETERS].apply(pd.to_numeric, errors="coerce").astype(float)
    events["particle"] = text[LABEL].map(PARTICLE_OF_LABEL).astype(str)
    _check_cells(path, text, events)
    return events


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _check_lengths(path: Path, rows: dict[int, list[str]]) -> None:
    wrong = [
        f"row {number}: {len(row)} columns" + (f", last cell {shorten(row[-1])}" if row else "")
        for number, row in rows.items()
        if len(row) != len(FILE_COLUMNS)
    ]
    if wrong:
        raise InputError(
            f"{path}: {len(wrong):,} rows do not have {len(FILE_COLUMNS)} columns "
            f"({', '.join(FILE_COLUMNS)}), parted by commas:\n{list_problems(wrong)}"
        )


def _check_cells(path: Path, text: pd.DataFrame, events: pd.DataFrame) -> None:
    """Name each cell that is no number, and each label that is unknown."""
    is_text = events[HILLAS_PARAMETERS].isna() & ~text[HILLAS_PARAMETERS].isin(["nan", "NaN"])
    problems = [
        f"row {row}, column {column}: {shorten(text.at[row, column])} is not a number"
        for row, column in is_text.stack().loc[lambda wrong: wrong].index
    ]
    unknown = text[LABEL][~text[LABEL].isin(PARTICLE_OF_LABEL)]
    problems += [
        f"row {row}, column {LABEL}: {shorten(label)} is not one of g (gamma), h (hadron)"
        for row, label in unknown.items()
    ]
    if problems:
        raise InputError(
            f"{path}: {len(problems):,} cells cannot be read:\n{list_problems(problems)}"
        )
