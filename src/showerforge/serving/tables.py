"""Events and verdicts as Arrow streams and Parquet files, where pyarrow is installed."""

from __future__ import annotations

import io
import struct
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from showerforge.serving.events import BodyError, check_names, check_number
from showerforge.serving.manifest import Manifest

ARROW = "application/vnd.apache.arrow.stream"
PARQUET = "application/vnd.apache.parquet"
TABLES = (ARROW, PARQUET)


def is_available() -> bool:
    """Tell whether tables can be read."""
    return find_spec("pyarrow") is not None


def read_table(body: bytes, kind: str, manifest: Manifest, largest: int) -> NDArray[np.float64]:
    """Read events from a table whose columns are the parameters, in any order.

    Parameters
    ----------
    body : an Arrow IPC stream or a Parquet file.
    kind : `ARROW` or `PARQUET`.
    manifest : which parameters there are.
    largest : number of events at most.

    Returns
    -------
    events : float64[n_events, n_parameters], finite.

    Raises
    ------
    BodyError
        If it is none, or has other columns, gaps or values that are no finite numbers.
    """
    import pyarrow as pa

    read = _read_file if kind == PARQUET else _read_stream
    try:
        table = read(body, manifest, largest)
        # what is told of lengths and places may be wrong
        table.validate(full=True)
    except (pa.ArrowException, OSError, UnicodeDecodeError, struct.error) as error:
        raise BodyError([], f"the body is no {kind}: {str(error).partition(chr(10))[0]}") from error
    check_number(table.num_rows, largest, [])
    columns = [_numbers(name, table.column(name)) for name in manifest.names]
    return np.stack(columns, axis=1)


def _check_schema(schema: Any, manifest: Manifest) -> None:
    """Refuse other columns, before any of them is unpacked."""
    import pyarrow as pa

    check_names(schema.names, manifest, [])
    if len(set(schema.names)) < len(schema.names):
        raise BodyError([], "a column is given twice")
    for field in schema:
        if not (pa.types.is_floating(field.type) or pa.types.is_integer(field.type)):
            raise BodyError([field.name], f"must be numbers, not {field.type}")


def _read_file(body: bytes, manifest: Manifest, largest: int) -> Any:
    import pyarrow.parquet as pq

    file = pq.ParquetFile(io.BytesIO(body))
    check_number(file.metadata.num_rows, largest, [])
    _check_schema(file.schema_arrow, manifest)
    return file.read(use_threads=False)


def _read_stream(body: bytes, manifest: Manifest, largest: int) -> Any:
    import pyarrow as pa

    messages = iter(pa.ipc.MessageReader.open_stream(body))
    first = next(messages, None)
    if first is None:
        raise pa.ArrowInvalid("it is empty")
    schema = pa.ipc.read_schema(first)
    _check_schema(schema, manifest)
    batches, n = [], 0
    for message in messages:
        n += max(0, _count_rows(message.metadata.to_pybytes()))
        check_number(max(1, n), largest, [])
        batches.append(pa.ipc.read_record_batch(message, schema))
    return pa.Table.from_batches(batches, schema)


def _count_rows(metadata: bytes) -> int:
    """Read how many rows a compressed batch has, which pyarrow tells only when it is unpacked.

    The third entry of the message is its header, whose first entry is the number of rows: see
    https://arrow.apache.org/docs/format/Columnar.html and the internals of FlatBuffers.
    """
    message = _follow(metadata, 0)
    header = _follow(metadata, _place_of(metadata, message, 2))
    (n,) = struct.unpack_from("<q", metadata, _place_of(metadata, header, 0))
    return int(n)


def _follow(buffer: bytes, place: int) -> int:
    (offset,) = struct.unpack_from("<I", buffer, place)
    return int(place + offset)


def _place_of(buffer: bytes, table: int, entry: int) -> int:
    """Find an entry of a table of FlatBuffers."""
    (offset,) = struct.unpack_from("<i", buffer, table)
    entries = table - offset
    (place,) = struct.unpack_from("<H", buffer, entries + 4 + 2 * entry)
    return int(table + place)


def _numbers(name: str, column: Any) -> NDArray[np.float64]:
    import pyarrow as pa

    values = np.asarray(column.cast(pa.float64(), safe=False).to_numpy())
    if not np.isfinite(values).all():
        place = int(np.argmin(np.isfinite(values)))
        raise BodyError([name, place], "is missing or no finite number")
    return values


def write_table(columns: dict[str, Any], kind: str) -> bytes:
    """Write verdicts in the format in which the events came.

    Parameters
    ----------
    columns : lists by name, of numbers but for ``particle`` and ``reason``.
    kind : `ARROW` or `PARQUET`.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    texts = ("particle", "reason")
    schema = pa.schema([(name, pa.string() if name in texts else pa.float64()) for name in columns])
    table = pa.table(columns, schema=schema)
    sink = io.BytesIO()
    if kind == PARQUET:
        pq.write_table(table, sink)
    else:
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
    return sink.getvalue()
