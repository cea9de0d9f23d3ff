"""Datasets that no pipeline writes."""

from typing import ClassVar

from kedro.io import DatasetError


class ReadOnly:
    """What such datasets have in common; comes before their base."""

    #: told to who tries
    refusal: ClassVar[str] = "Raw data are read only."

    def save(self, data: None) -> None:
        """Refuse."""
        raise DatasetError(self.refusal)
