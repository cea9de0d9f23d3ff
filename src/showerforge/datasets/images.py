"""Camera images: files of them, folders of such files, and recorded files of other programs."""

from __future__ import annotations

import base64

import numpy as np
import pandas as pd
from kedro_datasets._typing import ImagePreview

from showerforge.cameras.folder import ImageFolder
from showerforge.cameras.images import EventImages
from showerforge.cameras.sources import find_source
from showerforge.cameras.storage import ImageFile, write_images
from showerforge.cameras.streams import ImageStream
from showerforge.datasets.atomic import LocalFileDataset

#: events that a preview looks at, and those of each particle that it shows
N_LOOKED_AT = 200
N_SHOWN = 3
PREVIEW_DOTS_PER_INCH = 80


class EventImagesDataset(LocalFileDataset):
    """One event-image file; loads as `ImageFile`, which reads as much as is wanted of it.

    An event-image file of the user's own is named in the same way.
    """

    def save(self, data: ImageStream) -> None:
        """Write the images batch by batch, whole or not at all."""
        write_images(self._filepath, data.batches, data.attributes)

    def load(self) -> ImageFile:
        """Open the file and see whether it is whole."""
        return ImageFile(self._filepath)

    def preview(self) -> ImagePreview:
        """Show some images in kedro-viz."""
        return preview_images(self.load())


class ImageBlocksDataset(LocalFileDataset):
    """Folder of event-image files, to which every save adds.

    Loads as `ImageFolder`, which opens the files that are wanted.
    """

    def save(self, data: dict[str, ImageStream]) -> None:
        """Write each stream to a file of its name, whole or not at all."""
        for name, stream in data.items():
            write_images(self.load().file_of(name), stream.batches, stream.attributes)

    def load(self) -> ImageFolder:
        """Look into the folder; files are opened when they are asked for."""
        return ImageFolder(self._filepath)

    def _exists(self) -> bool:
        return self._filepath.is_dir()

    def preview(self) -> ImagePreview:
        """Show some images of the first file in kedro-viz."""
        return preview_images(next(iter(self.load().values())))


def preview_images(file: ImageFile) -> ImagePreview:
    """Draw some images of a file, as PNG."""
    from showerforge.figures.images import draw_camera_images
    from showerforge.figures.style import as_png

    examples = choose_examples(file)
    footer = f"{file.path.name} · {find_source(file.attributes, examples.table)}"
    figure = draw_camera_images(examples, footer, n_columns=N_SHOWN)
    return ImagePreview(base64.b64encode(as_png(figure, PREVIEW_DOTS_PER_INCH)).decode())


def choose_examples(file: ImageFile) -> EventImages:
    """Take a median, a bright and the brightest image of each particle, among some of a file."""
    what = file.charges[0]
    events = file.read(slice(None, None, max(1, len(file) // N_LOOKED_AT)), what)
    sizes = getattr(events, what).sum(axis=1)
    particles = events.table.get("particle", pd.Series("", events.table.index)).to_numpy()
    rows: list[int] = []
    for particle in np.unique(particles):
        of_particle = np.flatnonzero(particles == particle)
        by_size = of_particle[np.argsort(sizes[of_particle])]
        places = np.linspace((len(by_size) - 1) // 2, len(by_size) - 1, N_SHOWN)
        rows += by_size[np.unique(places.astype(int))].tolist()
    return events.take(rows)
