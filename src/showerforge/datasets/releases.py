"""Releases as datasets."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from showerforge.datasets.folders import PlaceDataset
from showerforge.errors import InputError
from showerforge.places import is_there, reaching

if TYPE_CHECKING:
    from showerforge.serving.releases import Release

logger = logging.getLogger(__name__)


class ReleaseDataset(PlaceDataset):
    """Folder of releases.

    What is saved becomes one more release: the champion if there is none, or else the challenger,
    as a service must not change its answers because a pipeline was run. What is loaded is the
    champion.
    """

    #: alias of what was saved last
    saved_as: str = ""

    def save(self, data: dict[str, bytes]) -> None:
        """Add a release, whole or not at all, and verify it as a service would."""
        from showerforge.serving.releases import (
            ALIASES,
            CHALLENGER,
            CHAMPION,
            read_aliases,
            read_release,
            set_alias,
            write_release,
        )

        folder = self._filepath
        if not isinstance(folder, Path):
            raise InputError(
                f"Releases are made on a disk, not in {folder}. Set the path of magic.release to "
                "one, and copy the folder into the store. Nothing has been written."
            )
        name = write_release(folder, data)
        read_release(folder / name)
        known = read_aliases(folder) if (folder / ALIASES).exists() else {}
        self.saved_as = CHAMPION if known.get(CHAMPION, name) == name else CHALLENGER
        set_alias(folder, self.saved_as, name)
        logger.info("Release %s is the %s", name, self.saved_as)

    def load(self) -> Release:
        """Read the champion."""
        from showerforge.serving.releases import CHAMPION

        return self.read(CHAMPION)

    def read(self, alias: str) -> Release:
        """Read the champion or the challenger."""
        from showerforge.serving.releases import read_named

        with reaching(self._filepath):
            return read_named(self._filepath, alias)

    def _exists(self) -> bool:
        from showerforge.serving.releases import ALIASES

        return is_there(self._filepath / ALIASES)
