"""Bases of the dataset types: local files, which are either written whole or not at all."""

from pathlib import Path, PurePosixPath
from typing import Any, ClassVar

from kedro.io import AbstractDataset

from showerforge.atomic import replaced_when_done
from showerforge.errors import InputError
from showerforge.places import PROTOCOL


def files_at(path: Path) -> list[Path]:
    """List a file, or all files of a folder but hidden ones; nothing if there is neither."""
    if path.is_file():
        return [path]
    files = (file for file in path.rglob("*") if file.is_file())
    return sorted(
        file
        for file in files
        if not any(part.startswith(".") for part in file.relative_to(path).parts)
    )


class LocalFileDataset(AbstractDataset[Any, Any]):
    """Base of datasets that are one local file of a kind that Kedro does not know.

    Parameters
    ----------
    filepath : the file.
    metadata : for kedro-viz and MLflow.

    Raises
    ------
    InputError
        If it is the address of an object store.
    """

    def __init__(self, filepath: str, metadata: dict[str, Any] | None = None):
        if PROTOCOL in filepath:
            raise InputError(
                f"{filepath} is an address, but a {type(self).__name__} is a file on a disk. Give "
                "it a path in the catalog."
            )
        self._filepath = Path(filepath)
        self.metadata = metadata

    def files(self) -> list[Path] | None:
        """List the files that hold the data.

        Returns
        -------
        files : none if there are no data; None if others write to them, too, so that their content
            says nothing of what was saved here.
        """
        return files_at(self._filepath)

    def _exists(self) -> bool:
        return self._filepath.is_file()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._filepath)}


class NamedFilesDataset(LocalFileDataset):
    """Base of folders of files of one kind, as their content by name, such as ``cnn/0``."""

    #: ending of the files
    suffix: ClassVar[str]

    def save(self, data: dict[str, bytes]) -> None:
        """Write the folder, whole or not at all."""
        with replaced_when_done(self._filepath) as folder:
            folder.mkdir()
            for name, content in data.items():
                path = self._path_of(name, folder)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)

    def load(self) -> dict[str, bytes]:
        """Read all files."""
        return {name: self._path_of(name, self._filepath).read_bytes() for name in self._names()}

    def _path_of(self, name: str, folder: Path) -> Path:
        return folder / f"{name}{self.suffix}"

    def _names(self) -> list[str]:
        files = self._filepath.rglob(f"*{self.suffix}")
        return sorted(
            file.relative_to(self._filepath).as_posix().removesuffix(self.suffix)
            for file in files
            if not file.name.startswith(".")
        )

    def _exists(self) -> bool:
        return bool(self._names())


class AtomicSave:
    """Makes any of Kedro's single-file datasets save atomically on a local disk."""

    _filepath: PurePosixPath
    _protocol: str
    _version: object

    def files(self) -> list[Path] | None:
        """List the file that holds the data; None if it is not on a local disk."""
        if self._protocol != "file" or self._version:
            return None
        return files_at(Path(self._filepath))

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
