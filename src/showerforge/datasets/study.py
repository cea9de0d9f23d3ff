"""The file of a search for settings."""

from pathlib import Path

from showerforge.datasets.atomic import LocalFileDataset
from showerforge.datasets.read_only import ReadOnly


class StudyFileDataset(ReadOnly, LocalFileDataset):
    """Journal of a search, which the search itself reads and adds to.

    Loads as its path, so that the catalog alone says where it is.
    """

    # trials are added one by one, by several processes
    refusal = "The journal of a search is not written as a whole."

    def load(self) -> Path:
        """Tell the path; the file need not be there yet."""
        return self._filepath

    def files(self) -> None:
        """Tell nothing: a search goes on from what is in its journal."""
