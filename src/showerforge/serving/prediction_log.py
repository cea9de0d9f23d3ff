"""What was asked and answered, kept in SQLite by one thread that writes.

A request is a row: its events and scores are arrays, which costs a tenth of a row for each event.
Whoever waits for `PredictionLog.append` knows that the row is committed: it survives a kill of the
process (write-ahead log; a loss of power may take the last rows).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import queue
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from showerforge.errors import InputError
from showerforge.serving.events import Reasons

logger = logging.getLogger(__name__)

Floats = NDArray[np.float64]

#: rows that are committed together at most, and seconds that a locked file is waited for
MOST_TOGETHER, PATIENCE = 256, 2.0
#: version of the tables
VERSION = 1
#: rows that are deleted together
_DELETED_AT_ONCE = 1000

_TABLES = """
CREATE TABLE IF NOT EXISTS requests (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    request_id TEXT NOT NULL,
    time REAL NOT NULL,
    release TEXT NOT NULL,
    condition TEXT NOT NULL,
    parameters TEXT NOT NULL,
    n_events INTEGER NOT NULL,
    events BLOB NOT NULL,
    scores BLOB NOT NULL,
    reasons TEXT
);
CREATE INDEX IF NOT EXISTS requests_by_time ON requests (time);
"""
_INSERT = """
INSERT INTO requests
    (request_id, time, release, condition, parameters, n_events, events, scores, reasons)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


@dataclass(frozen=True, eq=False)
class Answer:
    """A request and what was answered.

    Attributes
    ----------
    request_id : of the request.
    time : seconds since 1970.
    release, condition : that scored, and that was named.
    parameters : names of the columns.
    events : float64[n_events, n_parameters].
    scores : float64[n_events], NaN where an event was refused.
    reasons : why events were refused.
    """

    request_id: str
    time: float
    release: str
    condition: str
    parameters: tuple[str, ...]
    events: Floats
    scores: Floats
    reasons: Reasons


class PredictionLog:
    """A file of answers.

    Parameters
    ----------
    path : of the file.
    most_waiting : answers that may wait for being written; more are not kept, and counted.
    """

    def __init__(self, path: Path, most_waiting: int):
        self.path = path
        self.n_lost = 0
        self._most_waiting = most_waiting
        self._queue: queue.SimpleQueue[tuple[Answer, asyncio.Future[bool]] | None] = (
            queue.SimpleQueue()
        )
        self._is_well = True
        _connect(path).close()
        self._thread = threading.Thread(target=self._write, name="prediction-log", daemon=True)
        self._thread.start()

    @property
    def is_well(self) -> bool:
        """Whether the last answers could be written."""
        return self._is_well

    async def append(self, answer: Answer) -> bool:
        """Keep an answer; returns when it is committed, and tells whether it is."""
        if self._queue.qsize() >= self._most_waiting:
            self.n_lost += len(answer.events)
            return False
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._queue.put((answer, done))
        return await done

    def close(self) -> None:
        """Write what waits, and end."""
        self._queue.put(None)
        self._thread.join()

    def _write(self) -> None:
        connection: sqlite3.Connection | None = None
        opened, is_last = None, False
        while not is_last:
            waiting = [self._queue.get()]
            while len(waiting) < MOST_TOGETHER and not self._queue.empty():
                waiting.append(self._queue.get())
            batch = [item for item in waiting if item is not None]
            is_last = len(batch) < len(waiting)
            if connection is not None and _number_of(self.path) != opened:
                # somebody has moved or deleted the file
                connection.close()
                connection = None
            was_well = self._is_well
            try:
                # nobody waits for a file that is known to be locked
                connection = connection or _connect(self.path, PATIENCE if was_well else 0.0)
                opened = _number_of(self.path)
                with connection:
                    connection.executemany(_INSERT, [_row(answer) for answer, _ in batch])
                self._is_well = is_kept = True
            except Exception as error:
                # whatever it is, the next answers may be written
                logger.error("The prediction log %s cannot be written: %s", self.path, error)
                self._is_well = is_kept = False
                self.n_lost += sum(len(answer.events) for answer, _ in batch)
            if connection is not None and not (was_well and is_kept):
                connection.close()
                connection = None
            for _, done in batch:
                # a loop that is closed waits for nothing any more
                with contextlib.suppress(RuntimeError):
                    done.get_loop().call_soon_threadsafe(_tell, done, is_kept)
        if connection is not None:
            connection.close()


def _tell(done: asyncio.Future[bool], is_kept: bool) -> None:
    if not done.done():
        done.set_result(is_kept)


def _number_of(path: Path) -> int | None:
    """Tell one file from another of the same name."""
    try:
        return os.stat(path).st_ino
    except OSError:
        return None


def _connect(path: Path, patience: float = PATIENCE) -> sqlite3.Connection:
    """Open the file, or make it.

    Parameters
    ----------
    path : of the file.
    patience : seconds that a locked file is waited for.

    Raises
    ------
    InputError
        If it cannot be opened, or is of another version.
    """
    connection = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, timeout=patience)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version not in (0, VERSION):
            raise InputError(
                f"{path} is a prediction log of version {version}; this program knows {VERSION}. "
                "Give another file."
            )
        if version == 0:
            with connection:
                connection.executescript(_TABLES)
                connection.execute(f"PRAGMA user_version = {VERSION}")
    except (sqlite3.Error, OSError, InputError) as error:
        if connection is not None:
            connection.close()
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"The prediction log {path} cannot be opened: {error}. Give another file or mend the "
            "rights."
        ) from error
    return connection


def _open(path: Path) -> sqlite3.Connection:
    """Open a file that is there."""
    if not path.exists():
        raise InputError(f"There is no prediction log {path}.")
    return _connect(path)


def _row(answer: Answer) -> tuple[object, ...]:
    refused = {n: reason for n, reason in enumerate(answer.reasons) if reason is not None}
    return (
        answer.request_id,
        answer.time,
        answer.release,
        answer.condition,
        _write_names(answer.parameters),
        len(answer.events),
        np.ascontiguousarray(answer.events, "<f8").tobytes(),
        np.ascontiguousarray(answer.scores, "<f8").tobytes(),
        json.dumps(refused) if refused else None,
    )


@cache
def _write_names(names: tuple[str, ...]) -> str:
    return json.dumps(names)


def read_answers(path: Path, begin: float, end: float) -> Iterator[Answer]:
    """Read answers, in the order in which they were written.

    Parameters
    ----------
    path : of the file.
    begin, end : seconds since 1970, the latter not included.

    Raises
    ------
    InputError
        If there is no such file.
    """
    with contextlib.closing(_open(path)) as connection:
        rows = connection.execute(
            "SELECT request_id, time, release, condition, parameters, n_events, events, scores, "
            "reasons FROM requests WHERE time >= ? AND time < ? ORDER BY number",
            (begin, end),
        )
        for request_id, time, release, condition, parameters, n, events, scores, reasons in rows:
            names = tuple(json.loads(parameters))
            refused = json.loads(reasons) if reasons else {}
            yield Answer(
                request_id,
                time,
                release,
                condition,
                names,
                np.frombuffer(events, "<f8").reshape(n, len(names)),
                np.frombuffer(scores, "<f8"),
                [refused.get(str(k)) for k in range(n)],
            )


def days_of(path: Path) -> tuple[float, float] | None:
    """Tell the times of the first and the last answer, None if there is none.

    Raises
    ------
    InputError
        If there is no such file.
    """
    with contextlib.closing(_open(path)) as connection:
        first, last = connection.execute("SELECT min(time), max(time) FROM requests").fetchone()
    return None if first is None else (first, last)


def count_events(path: Path, begin: float, end: float) -> dict[tuple[str, ...], int]:
    """Count events, apart for the parameters that they have.

    Parameters
    ----------
    path, begin, end : see `read_answers`.

    Raises
    ------
    InputError
        If there is no such file.
    """
    with contextlib.closing(_open(path)) as connection:
        rows = connection.execute(
            "SELECT parameters, sum(n_events) FROM requests WHERE time >= ? AND time < ? "
            "GROUP BY parameters ORDER BY min(number)",
            (begin, end),
        )
        return {tuple(json.loads(parameters)): n for parameters, n in rows}


def forget(path: Path, before: float) -> int:
    """Delete answers, few at a time so that the service can write between.

    Parameters
    ----------
    path : of the file.
    before : seconds since 1970.

    Returns
    -------
    n_deleted : number of requests.
    """
    n_deleted = 0
    with contextlib.closing(_open(path)) as connection:
        while True:
            with connection:
                n = connection.execute(
                    "DELETE FROM requests WHERE number IN "
                    "(SELECT number FROM requests WHERE time < ? LIMIT ?)",
                    (before, _DELETED_AT_ONCE),
                ).rowcount
            n_deleted += n
            if n < _DELETED_AT_ONCE:
                return n_deleted
