"""Tables that are written batch by batch, as CSV or Parquet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from os import PathLike
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from showerforge.atomic import replaced_when_done
from showerforge.errors import InputError
from showerforge.events.layout import format_of

if TYPE_CHECKING:
    import pyarrow as pa

Write = Callable[["pa.RecordBatch"], None]


@contextmanager
def open_output(target: str | PathLike[str] | IO[bytes]) -> Iterator[Write]:
    """Open a table that grows batch by batch.

    Parameters
    ----------
    target : file, CSV or Parquet by its ending, that is there whole in the end or not at all; one
        that is there already is removed if nothing is written. Or a stream for CSV.

    Yields
    ------
    write : adds a batch; all of the same columns.

    Raises
    ------
    InputError
        If the name of the file ends in something else, or a batch has other columns.
    """
    if isinstance(target, (str, PathLike)):
        target = Path(target)
        if format_of(target) == "hdf5":
            raise InputError(f"{target}: tables are written as .csv or .parquet.")
    with ExitStack() as opened:
        first: list[tuple[Any, pa.Schema]] = []

        def write(batch: pa.RecordBatch) -> None:
            if not first:
                first.append((_open(target, batch.schema, opened), batch.schema))
            writer, schema = first[0]
            if not batch.schema.equals(schema):
                raise InputError(
                    f"Tables have other columns: {', '.join(schema.names)}, and then "
                    f"{', '.join(batch.schema.names)}. Write one table for each kind."
                )
            writer(batch)

        yield write
        if not first and isinstance(target, Path):
            target.unlink(missing_ok=True)


def _open(target: Path | IO[bytes], schema: pa.Schema, opened: ExitStack) -> Any:
    import pyarrow as pa
    from pyarrow import csv, parquet

    if isinstance(target, Path):
        sink: Any = opened.enter_context(replaced_when_done(target))
        if format_of(target) == "parquet":
            return opened.enter_context(parquet.ParquetWriter(sink, schema)).write_batch
    else:
        sink = target
    plain = pa.schema(
        field.with_type(field.type.value_type) if pa.types.is_dictionary(field.type) else field
        for field in schema
    )
    writer = opened.enter_context(csv.CSVWriter(sink, plain))
    return lambda batch: writer.write_batch(batch.cast(plain))
