"""Image files of any kind, each read as it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from showerforge.cameras import hdf5
from showerforge.cameras.ctapipe_files import ReaderSettings
from showerforge.cameras.images import EventImages
from showerforge.cameras.recorded import ENDINGS, READ, kind_of
from showerforge.cameras.storage import FORMAT, ImageFile

#: how the names of image files end
IMAGE_ENDINGS = tuple(ending for endings in ENDINGS.values() for ending in endings)


@dataclass(frozen=True)
class AnyImageFile:
    """An event-image file, or one of sim_telarray or ctapipe, told apart by name and content.

    Attributes
    ----------
    path : the file.
    settings : which telescopes, which focal length, where the file does not say it.

    Raises
    ------
    InputError
        While reading, if it is none of these or cannot be read; see `ImageFile` and
        `showerforge.cameras.readers`.
    """

    path: Path
    settings: ReaderSettings

    @cached_property
    def _event_images(self) -> ImageFile | None:
        if kind_of(self.path) == "simtel":
            return None
        with hdf5.open_to_read(self.path) as file:
            is_ours = file.attrs.get("format") == FORMAT
        return ImageFile(self.path) if is_ours else None

    @property
    def attributes(self) -> dict[str, Any]:
        """Where the images come from, if the file says it."""
        return {} if self._event_images is None else self._event_images.attributes

    def batches(self, size: int) -> Iterator[EventImages]:
        """Yield the images, at most `size` at a time; charges may be no finite numbers."""
        own = self._event_images
        if own is None:
            yield from READ[kind_of(self.path)](self.path, self.settings, size)
            return
        for start in range(0, len(own), size):
            yield own.read_unchecked(slice(start, start + size), "images")
