"""Somebody else's event table, read as ours by its layout."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from reprlib import repr as shorten

import pandas as pd
from pydantic.dataclasses import dataclass

from showerforge.errors import InputError, list_problems
from showerforge.events.files import read_columns
from showerforge.events.layout import TRUE_ENERGY_COLUMN, TableLayout, as_label
from showerforge.events.schema import GAMMA, HADRON, HILLAS_COLUMNS
from showerforge.events.units import LINEAR_LIGHT, convert
from showerforge.fingerprints import digest_of

_NOT_A_NUMBER = ("nan", "NaN")


@dataclass(frozen=True)
class EventFile:
    """A file of events.

    Attributes
    ----------
    path : the file.
    particle : "gamma" or "hadron" if all its events are that; None if a column tells.
    """

    path: Path
    particle: str | None = None


def read_mapped_events(files: Sequence[EventFile], layout: TableLayout) -> pd.DataFrame:
    """Read events from files of any layout.

    Parameters
    ----------
    files : one file with a label column, or files of one class each.
    layout : what they look like; the same for all.

    Returns
    -------
    events : DataFrame with the Hillas parameters as float64, ``particle`` and, if the layout
        names them, ``group`` (int), ``weight`` and ``true_energy`` (TeV). The index is the row
        of the file, from 1, plus an offset that tells files apart. ``events.attrs`` has
        ``file`` and ``sha256`` (of several files, that of their checksums one after the
        other), ``files`` with ``path`` and ``offset``, and ``sources``, the names of the
        Hillas parameters in the file.

    Raises
    ------
    InputError
        If a file cannot be read, a cell is not a number, light is not above zero where its
        logarithm is needed, a label is unknown, an id of a group is missing, or a class has no
        events.
    """
    tables, groups, places, offset = [], [], [], 0
    for file in files:
        cells = read_columns(file.path, layout)
        tables.append(_as_events(cells, file, layout).set_axis(cells.index + offset))
        groups.append(_group_ids(cells, file, layout).set_axis(cells.index + offset))
        places.append({"path": str(file.path), "offset": offset})
        offset += int(cells.index.max())
    events = pd.concat(tables).rename_axis("row")
    if layout.group:
        ids = pd.concat(groups)
        events["group"] = ids.groupby(list(ids), sort=False).ngroup()
    name = ", ".join(str(file.path) for file in files)
    _check_classes(events, name, layout)
    events.attrs = {
        "file": name,
        "sha256": _checksum([file.path for file in files]),
        "files": places,
        "sources": {ours: source.column for ours, source in layout.columns.items()},
    }
    return events


def _as_events(cells: pd.DataFrame, file: EventFile, layout: TableLayout) -> pd.DataFrame:
    """Turn the cells of one file into columns of ours."""
    problems: list[str] = []
    events = pd.DataFrame(index=cells.index)
    for column in HILLAS_COLUMNS:
        source = layout.columns[column.name]
        numbers = _numbers(cells[source.column], problems)
        if source.unit in LINEAR_LIGHT:
            too_dark = numbers[numbers * source.factor <= 0]
            problems += [
                f"row {row}, column {source.column}: {value:g} has no logarithm (needed: above 0)"
                for row, value in too_dark.items()
            ]
        values = convert(
            numbers, column, source.unit, source.factor, source.fold, layout.focal_length
        )
        events[column.name] = values if layout.decimals is None else values.round(layout.decimals)
    if file.particle:
        events["particle"] = file.particle
    elif layout.label:
        events["particle"] = _particles(cells[layout.label.column], layout, problems)
    if layout.weight:
        events["weight"] = _numbers(cells[layout.weight], problems)
    if layout.true_energy:
        source = layout.true_energy
        numbers = _numbers(cells[source.column], problems)
        events["true_energy"] = convert(numbers, TRUE_ENERGY_COLUMN, source.unit, source.factor)
    if problems:
        raise InputError(
            f"{file.path}: {len(problems):,} cells cannot be used:\n{list_problems(problems)}\n"
            "Mend or remove these rows, or the layout in the catalog. Nothing has been written."
        )
    return events


def _numbers(cells: pd.Series, problems: list[str]) -> pd.Series:
    """Read numbers; cells that are none are added to the problems."""
    if pd.api.types.is_numeric_dtype(cells):
        return cells.astype(float)
    numbers = pd.to_numeric(cells.astype(object), errors="coerce").astype(float)
    is_text = numbers.isna() & cells.notna() & ~cells.isin(_NOT_A_NUMBER)
    problems += [
        f"row {row}, column {cells.name}: {shorten(cell)} is not a number"
        for row, cell in cells[is_text].items()
    ]
    return numbers


def _particles(cells: pd.Series, layout: TableLayout, problems: list[str]) -> pd.Series:
    """Look up classes; labels that are not in the layout are added to the problems."""
    known = layout.label.particle_of_value() if layout.label else {}
    labels = cells.map(as_label, na_action=None)
    unknown = labels[~labels.isin(known)]
    problems += [
        f"row {row}, column {cells.name}: the label {shorten(label)} is not in the layout "
        f"({', '.join(f'{value} is {particle}' for value, particle in known.items())})"
        for row, label in unknown.items()
    ]
    return labels.map(known).astype(str)


def _group_ids(cells: pd.DataFrame, file: EventFile, layout: TableLayout) -> pd.DataFrame:
    """Collect what names a group; classes of their own files share no showers."""
    ids = cells[list(dict.fromkeys(layout.group))]
    is_missing = ids.isna() | ids.isin(["", "nan", "NaN"])
    problems = [
        f"row {row}, column {name}: no id"
        for name in ids
        for row in cells.index[is_missing[name].to_numpy()]
    ]
    if problems:
        raise InputError(
            f"{file.path}: {len(problems):,} ids of groups are missing:\n"
            f"{list_problems(problems)}\n"
            "Without them nothing keeps events of one shower on one side of a split. Fill them in, "
            "or leave `group` out of the layout. Nothing has been written."
        )
    return ids.assign(**{"particle of the file": file.particle or ""})


def _check_classes(events: pd.DataFrame, name: str, layout: TableLayout) -> None:
    for particle in (GAMMA, HADRON):
        of_class = events[events["particle"] == particle]
        if of_class.empty:
            raise InputError(
                f"{name}: there is no {particle} among the {len(events):,} events. Check the "
                "values of the label in the layout. Nothing has been written."
            )
        if layout.weight and not (of_class["weight"] > 0).any():
            raise InputError(
                f"{name}: no {particle} has a weight above zero in the column {layout.weight!r}. "
                "Nothing has been written."
            )


def _checksum(paths: Iterable[Path]) -> str:
    digests = [digest_of(path) for path in paths]
    return (
        digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()
    )
