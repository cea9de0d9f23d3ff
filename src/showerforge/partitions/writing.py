"""Tables that grow batch by batch."""

from __future__ import annotations

from collections.abc import Container, Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from showerforge.atomic import replaced_when_done
from showerforge.places import Place, reaching

if TYPE_CHECKING:
    import pyarrow as pa

#: what is added to the columns of a partition: the row in it, and why an event is refused
ROW, REASON = "row", "reason"
OF_FILE = "_of_file"
#: in all files that are written here, so that those of others are told from them
_MARK = {b"written_by": b"showerforge"}


def rename_taken(names: Iterable[str], taken: Container[str]) -> list[str]:
    """Put `OF_FILE` behind the names of a partition that are those of columns made here."""
    return [name + OF_FILE if name in taken else name for name in names]


def is_ours(file: Place) -> bool:
    """Tell whether a file was written here."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with reaching(file), file.open("rb") as opened:
        try:
            metadata = pq.read_schema(opened).metadata or {}
        except pa.ArrowException:
            return False
    return _MARK.items() <= metadata.items()


class TableWriter:
    """Parquet file that grows beside its place, and takes it when all went well.

    Parameters
    ----------
    target : file. One that is there already is removed if nothing is written.
    opened : closes it.
    """

    def __init__(self, target: Path, opened: ExitStack):
        self._target = target
        self._opened = opened
        self._file: Any = None
        opened.push(self._remove_if_empty)

    def write(self, batch: pa.RecordBatch) -> None:
        """Add rows."""
        import pyarrow.parquet as pq

        batch = batch.replace_schema_metadata(_MARK)
        if self._file is None:
            partial = self._opened.enter_context(replaced_when_done(self._target))
            self._file = self._opened.enter_context(pq.ParquetWriter(partial, batch.schema))
        self._file.write_batch(batch)

    def write_nothing_if_empty(self, schema: pa.Schema) -> None:
        """Write a file without rows, unless there are some."""
        import pyarrow as pa

        if self._file is None:
            self.write(pa.RecordBatch.from_pylist([], schema))

    def _remove_if_empty(self, error: type[BaseException] | None, *_: object) -> None:
        if error is None and self._file is None:
            self._target.unlink(missing_ok=True)
