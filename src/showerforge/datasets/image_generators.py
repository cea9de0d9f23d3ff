"""Fitted generators of images."""

from __future__ import annotations

from showerforge.datasets.atomic import NamedFilesDataset
from showerforge.generators.images.files import SUFFIX


class ImageGeneratorsDataset(NamedFilesDataset):
    """Folder of fitted generators of images, as the content of their files by name.

    See `showerforge.generators.images.files.from_bytes`, which makes generators of them.
    """

    suffix = SUFFIX
