"""Folders that nodes are given as paths, because nobody holds what is in them in memory."""

from pathlib import Path

from showerforge.datasets.atomic import LocalFileDataset
from showerforge.errors import InputError


class FolderDataset(LocalFileDataset):
    """Folder of partitions, which workers read and write one by one.

    Loads as its path, so that the catalog alone says where it is.
    """

    def load(self) -> Path:
        """Tell the path; the folder need not be there yet."""
        return self._filepath.absolute()

    def save(self, data: Path) -> None:
        """Take note that a node has had this folder written, partition by partition.

        Raises
        ------
        InputError
            If it was another folder.
        """
        if data != self.load():
            raise InputError(
                f"{data} was written, but the next node reads {self.load()}. Give both datasets "
                "the same path in the catalog."
            )

    def _exists(self) -> bool:
        return self._filepath.is_dir()
