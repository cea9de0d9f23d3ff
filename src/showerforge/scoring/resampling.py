"""Events by the million for load tests: those of a table, drawn again with new ids."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np

from showerforge.atomic import replaced_when_done
from showerforge.errors import InputError
from showerforge.scoring.tables import numbers_of, read_batches

#: rows of a table in memory at a time, and of a row group
BATCH_EVENTS = 65_536
ID = "event_id"


def resample_events(
    table: Path, folder: Path, parameters: list[str], n_events: int, n_partitions: int, seed: int
) -> list[Path]:
    """Draw events of a table with replacement, and write them as partitions.

    Parameters
    ----------
    table : Parquet, CSV with a header, or HDF5; see `showerforge.scoring.tables`.
    folder : of the partitions, ``part-00000.parquet`` and so on.
    parameters : columns that are drawn.
    n_events, n_partitions : how many; the partitions are as even as can be.
    seed : of the draw; that of each partition depends on its number alone.

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

    batches = read_batches(table, parameters, BATCH_EVENTS)
    parts = [numbers_of(batch, parameters) for batch in batches]
    if not parts or not sum(map(len, parts)):
        raise InputError(f"{table} holds no events. Nothing has been written.")
    events = np.concatenate(parts)
    borders = np.linspace(0, n_events, n_partitions + 1).astype(np.int64)
    files = []
    for number, (begin, end) in enumerate(itertools.pairwise(borders)):
        target = folder / f"part-{number:05d}.parquet"
        generator = np.random.default_rng([seed, number])
        schema = pa.schema([(ID, pa.int64()), *((name, pa.float64()) for name in parameters)])
        with replaced_when_done(target) as partial, pq.ParquetWriter(partial, schema) as writer:
            for first in range(begin, end, BATCH_EVENTS):
                ids = np.arange(first, min(first + BATCH_EVENTS, end))
                drawn = events[generator.integers(len(events), size=len(ids))]
                columns = {ID: ids, **{name: drawn[:, j] for j, name in enumerate(parameters)}}
                writer.write_batch(pa.RecordBatch.from_pydict(columns, schema=schema))
        files.append(target)
    return files
