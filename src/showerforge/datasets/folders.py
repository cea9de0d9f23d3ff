"""Folders that nodes are given as places, because nobody holds what is in them in memory."""

from __future__ import annotations

from typing import Any

from kedro.io import AbstractDataset

from showerforge.errors import InputError
from showerforge.places import Place, is_there, open_place


class PlaceDataset(AbstractDataset[Any, Any]):
    """Base of datasets that are a folder, on a disk or in an object store.

    Parameters
    ----------
    filepath : of the folder, or its address, such as ``s3://bucket/folder``.
    credentials, fs_args : of the store, see `showerforge.places.open_place`.
    metadata : for kedro-viz and MLflow.
    """

    def __init__(
        self,
        filepath: str,
        credentials: dict[str, Any] | None = None,
        fs_args: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
    ):
        self._filepath = open_place(filepath, {**(credentials or {}), **(fs_args or {})})
        self.metadata = metadata

    def _describe(self) -> dict[str, Any]:
        return {"folder": str(self._filepath)}


class FolderDataset(PlaceDataset):
    """Folder of partitions, which workers read and write one by one.

    Loads as its place, so that the catalog alone says where it is.
    """

    def load(self) -> Place:
        """Tell the place; the folder need not be there yet."""
        return self._filepath

    def save(self, data: Place) -> None:
        """Take note that a node has had this folder written, partition by partition.

        Raises
        ------
        InputError
            If it was another folder.
        """
        if data != self._filepath:
            raise InputError(
                f"{data} was written, but the next node reads {self._filepath}. Give both datasets "
                "the same path in the catalog."
            )

    def _exists(self) -> bool:
        return is_there(self._filepath)
