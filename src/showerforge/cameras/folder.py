"""A folder of event-image files, each opened when it is wanted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from showerforge.cameras.storage import ImageFile
from showerforge.errors import InputError

SUFFIX = ".h5"


class ImageFolder(Mapping[str, ImageFile]):
    """Event-image files by name, without their ending.

    Which names there are is seen anew every time. No file is opened before it is asked for, so
    that one that nobody needs may be broken. Hidden files are remains of a write that was killed.

    Parameters
    ----------
    path : folder; one that is not there holds no files.

    Raises
    ------
    InputError
        When a file is opened that is no whole event-image file; see `ImageFile`.
    """

    def __init__(self, path: Path):
        self.path = path

    def file_of(self, name: str) -> Path:
        """Tell where the file of a name is, or would be."""
        return self.path / f"{name}{SUFFIX}"

    def __contains__(self, name: object) -> bool:
        return self.file_of(str(name)).is_file()

    def __iter__(self) -> Iterator[str]:
        return (path.stem for path in sorted(self.path.glob(f"[!.]*{SUFFIX}")))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __getitem__(self, name: str) -> ImageFile:
        if name not in self:
            raise KeyError(name)
        try:
            return ImageFile(self.file_of(name))
        except InputError as error:
            raise InputError(f"{error}\nRemove this file: it will be simulated again.") from error
