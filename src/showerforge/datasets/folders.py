"""Folders that nodes are given as paths, because nobody holds what is in them in memory."""

from pathlib import Path

from kedro.io import DatasetError

from showerforge.datasets.atomic import LocalFileDataset


class FolderDataset(LocalFileDataset):
    """Folder of partitions, which workers read and write one by one.

    Loads as its path, so that the catalog alone says where it is.
    """

    def load(self) -> Path:
        """Tell the path; the folder need not be there yet."""
        return self._filepath.absolute()

    def save(self, data: None) -> None:
        """Refuse: partitions are written one by one, by several processes."""
        raise DatasetError("A folder of partitions is not written as a whole.")

    def _exists(self) -> bool:
        return self._filepath.is_dir()
