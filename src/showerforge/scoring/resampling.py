"""Events by the million for tests of large work: those of a table, drawn again with new ids."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from showerforge.atomic import replaced_when_done
from showerforge.errors import InputError
from showerforge.scoring.tables import read_batches

if TYPE_CHECKING:
    import pyarrow as pa

#: rows of a table in memory at a time, and of a row group
BATCH_EVENTS = 65_536
ID = "event_id"


def resample_events(
    table: Path,
    folder: Path,
    parameters: list[str],
    n_events: int,
    n_partitions: int,
    seed: int,
    is_whole: bool = False,
) -> list[Path]:
    """Draw events of a table with replacement, and write them as partitions.

    Parameters
    ----------
    table : Parquet, CSV with a header, or HDF5; see `showerforge.scoring.tables`.
    folder : of the partitions, ``part-00000.parquet`` and so on.
    parameters : columns that are drawn.
    n_events, n_partitions : how many; the partitions are as even as can be.
    seed : of the draw; that of each partition depends on its number alone.
    is_whole : whether all other columns are drawn as well, such as the class; but for ``event_id``.

    Returns
    -------
    files : that were written.

    Raises
    ------
    InputError
        If the table cannot be read or holds no events.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    events = _read_whole(table, parameters)
    if not is_whole:
        events = events.select(parameters)
    schema = events.schema.insert(0, pa.field(ID, pa.int64()))
    borders = np.linspace(0, n_events, n_partitions + 1).astype(np.int64)
    files = []
    for number, (begin, end) in enumerate(itertools.pairwise(borders)):
        target = folder / f"part-{number:05d}.parquet"
        generator = np.random.default_rng([seed, number])
        with replaced_when_done(target) as partial, pq.ParquetWriter(partial, schema) as writer:
            for first in range(begin, end, BATCH_EVENTS):
                ids = np.arange(first, min(first + BATCH_EVENTS, end))
                drawn = events.take(generator.integers(len(events), size=len(ids)))
                writer.write_table(drawn.add_column(0, ID, [ids]))
        files.append(target)
    return files


def _read_whole(table: Path, parameters: list[str]) -> pa.Table:
    """Read a table with all its columns but the id, the parameters in double precision."""
    import pyarrow as pa

    batches = list(read_batches(table, parameters, BATCH_EVENTS))
    if not sum(map(len, batches)):
        raise InputError(f"{table} holds no events. Nothing has been written.")
    events = pa.Table.from_batches(batches).replace_schema_metadata(None)
    if ID in events.column_names:
        events = events.drop_columns([ID])
    for name in parameters:
        place = events.column_names.index(name)
        events = events.set_column(place, name, events.column(name).cast(pa.float64()))
    return events.combine_chunks()
