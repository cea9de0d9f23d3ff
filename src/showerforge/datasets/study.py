"""The file of a search for settings."""

from pathlib import Path

from kedro.io import DatasetError

from showerforge.datasets.atomic import LocalFileDataset


class StudyFileDataset(LocalFileDataset):
    """Journal of a search, which the search itself reads and adds to.

    Loads as its path, so that the catalog alone says where it is.
    """

    def load(self) -> Path:
        """Tell the path; the file need not be there yet."""
        return self._filepath

    def save(self, data: None) -> None:
        """Refuse: trials are added one by one, by several processes."""
        raise DatasetError("The journal of a search is not written as a whole.")
