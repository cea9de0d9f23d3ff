"""Local files, which are either written whole or not at all."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from kedro.io import AbstractDataset


@contextmanager
def replaced_when_done(target: Path) -> Iterator[Path]:
    """Give a path beside the target to write to, and rename it when all went well.

    Parameters
    ----------
    target : file to be replaced. Its folder is made if there is none.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".partial-{os.getpid()}-{target.name}")
    try:
        yield partial
        os.replace(partial, target)
    finally:
        if partial.is_dir():
            shutil.rmtree(partial)
        partial.unlink(missing_ok=True)


class LocalFileDataset(AbstractDataset[Any, Any]):
    """Base of datasets that are one local file of a kind that Kedro does not know.

    Parameters
    ----------
    filepath : the file.
    metadata : for kedro-viz and MLflow.
    """

    def __init__(self, filepath: str, metadata: dict[str, Any] | None = None):
        self._filepath = Path(filepath)
        self.metadata = metadata

    def _exists(self) -> bool:
        return self._filepath.is_file()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._filepath)}


class AtomicSave:
    """Makes any of Kedro's single-file datasets save atomically on a local disk."""

    _filepath: PurePosixPath
    _protocol: str
    _version: object

    def save(self, data: Any) -> None:
        """Save to a file beside the target, then rename it."""
        if self._protocol != "file" or self._version:
            super().save(data)  # type: ignore[misc]
            return
        target = self._filepath
        with replaced_when_done(Path(target)) as partial:
            self._filepath = PurePosixPath(partial)
            try:
                super().save(data)  # type: ignore[misc]
            finally:
                self._filepath = target
