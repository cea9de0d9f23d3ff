"""Days of the prediction log as Parquet files, which the pipeline ``monitoring`` reads."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from showerforge.atomic import replaced_when_done
from showerforge.errors import InputError
from showerforge.serving.prediction_log import (
    Answer,
    count_events,
    days_of,
    forget,
    read_answers,
)

if TYPE_CHECKING:
    import pandas as pd

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
    schema = _schema(counted)
    with (
        replaced_when_done(path) as partial,
        pq.ParquetWriter(partial, schema, compression="zstd") as writer,
    ):
        for answers in _gather(read_answers(log, begin, end)):
            writer.write_table(_to_table(answers, schema))
    return n


def find_days(source: str | PathLike[str]) -> dict[str, Callable[[], pd.DataFrame]]:
    """Find days of served events.

    Parameters
    ----------
    source : the prediction log, a file that `compact` has written, or a folder of such files.

    Returns
    -------
    days : by name, as functions that load them.

    Raises
    ------
    InputError
        If there is no such thing.
    """
    source = Path(source)
    if source.is_dir() or source.suffix == ".parquet":
        files = sorted(source.glob("*.parquet")) if source.is_dir() else [source]
        return {path.stem: functools.partial(_read_day, path) for path in files}
    times = days_of(source)
    if times is None:
        return {}
    first, last = (datetime.fromtimestamp(moment, UTC).date() for moment in times)
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return {f"{day:%Y-%m-%d}": functools.partial(_read_day_of_log, source, day) for day in days}


def _read_day(path: Path) -> pd.DataFrame:
    from showerforge.events.files import read_table

    events = read_table(path)
    missing = [name for name in _schema([]).names if name not in events]
    if missing:
        raise InputError(
            f"{path} is no day of served events: it has no column {', '.join(missing)}. Days are "
            "written by `showerforge log compact`."
        )
    return events


def _read_day_of_log(log: Path, day: date) -> pd.DataFrame:
    begin = datetime.combine(day, time.min, UTC)
    ends = begin.timestamp(), (begin + _DAY).timestamp()
    schema = _schema(count_events(log, *ends))
    answers = list(read_answers(log, *ends))
    table = _to_table(answers, schema) if answers else schema.empty_table()
    events: pd.DataFrame = table.to_pandas()
    return events


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


def _schema(parameters: Iterable[tuple[str, ...]]) -> Any:
    """Write the columns of a day whose events have these parameters, or those."""
    import pyarrow as pa

    names = dict.fromkeys(name for own in parameters for name in own)
    return pa.schema(
        [
            ("time", pa.timestamp("us", "UTC")),
            ("request_id", pa.string()),
            ("release", pa.string()),
            ("condition", pa.string()),
            *((name, pa.float64()) for name in names),
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
