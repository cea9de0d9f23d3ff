"""Days of the prediction log as Parquet files, which the pipeline ``monitoring`` reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from showerforge.atomic import replaced_when_done
from showerforge.serving.prediction_log import (
    Answer,
    count_events,
    days_of,
    forget,
    read_answers,
)

Floats = NDArray[np.float64]

#: rows that are written together
ROWS_TOGETHER = 100_000
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Compacted:
    """What was done.

    Attributes
    ----------
    written : events of each file that was written.
    n_forgotten : answers that were deleted from the log.
    """

    written: dict[Path, int]
    n_forgotten: int


def compact(
    log: Path, folder: Path, now: datetime, keep_days: float, with_today: bool = False
) -> Compacted:
    """Write days of a log as Parquet files, and forget what is old and written.

    Parameters
    ----------
    log : the prediction log.
    folder : where files like ``2026-11-27.parquet`` go; those that have all of their day stay.
    now : the time.
    keep_days : days that answers stay in the log.
    with_today : whether the day that is under way is written, too, as far as it has come.

    Raises
    ------
    InputError
        If there is no log.
    """
    times = days_of(log)
    if times is None:
        return Compacted({}, 0)
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    day = datetime.fromtimestamp(times[0], UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    written = {}
    while day < today or (with_today and day == today):
        path = folder / f"{day:%Y-%m-%d}.parquet"
        n = _write_day(log, path, day.timestamp(), (day + _DAY).timestamp())
        if n:
            written[path] = n
        day += _DAY
    before = min(now - timedelta(days=keep_days), today)
    return Compacted(written, forget(log, before.timestamp()))


def _write_day(log: Path, path: Path, begin: float, end: float) -> int:
    """Write a day, unless the file has all of it; tells how many events were written."""
    import pyarrow.parquet as pq

    counted = count_events(log, begin, end)
    n = sum(counted.values())
    # the file of a day that was under way has less than the log, that of an old day may have more
    if n <= (pq.read_metadata(path).num_rows if path.exists() else 0):
        return 0
    schema = _schema(list(dict.fromkeys(name for names in counted for name in names)))
    with (
        replaced_when_done(path) as partial,
        pq.ParquetWriter(partial, schema, compression="zstd") as writer,
    ):
        for answers in _gather(read_answers(log, begin, end)):
            writer.write_table(_to_table(answers, schema))
    return n


def _gather(answers: Iterable[Answer]) -> Iterator[list[Answer]]:
    """Take answers together, so that groups of rows are not small."""
    gathered: list[Answer] = []
    n = 0
    for answer in answers:
        gathered.append(answer)
        n += len(answer.events)
        if n >= ROWS_TOGETHER:
            yield gathered
            gathered, n = [], 0
    if gathered:
        yield gathered


def _schema(parameters: list[str]) -> Any:
    import pyarrow as pa

    return pa.schema(
        [
            ("time", pa.timestamp("us", "UTC")),
            ("request_id", pa.string()),
            ("release", pa.string()),
            ("condition", pa.string()),
            *((name, pa.float64()) for name in parameters),
            ("gammaness", pa.float64()),
            ("reason", pa.string()),
        ]
    )


def _to_table(answers: list[Answer], schema: Any) -> Any:
    """Write answers as a table, a row for each event; parameters that it does not have are null."""
    import pyarrow as pa

    request = np.repeat(np.arange(len(answers)), [len(answer.events) for answer in answers])
    of_requests = {
        "time": [int(1e6 * answer.time) for answer in answers],
        "request_id": [answer.request_id for answer in answers],
        "release": [answer.release for answer in answers],
        "condition": [answer.condition for answer in answers],
    }
    of_events: dict[str, Any] = {
        "gammaness": np.concatenate([answer.scores for answer in answers]),
        "reason": [reason for answer in answers for reason in answer.reasons],
    }
    columns = []
    for field in schema:
        if field.name in of_requests:
            column = pa.array(of_requests[field.name], field.type).take(pa.array(request))
        else:
            values = of_events.get(field.name)
            if values is None:
                values = np.concatenate([_column_of(answer, field.name) for answer in answers])
            column = pa.array(values, field.type, from_pandas=True)
        columns.append(column)
    return pa.table(columns, schema=schema)


def _column_of(answer: Answer, parameter: str) -> Floats:
    if parameter not in answer.parameters:
        return np.full(len(answer.events), np.nan)
    column: Floats = answer.events[:, answer.parameters.index(parameter)]
    return column
