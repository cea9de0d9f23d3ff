"""Camera images: files of them, folders of such files, and recorded files of other programs."""

from __future__ import annotations

import base64
import io

import numpy as np
import pandas as pd
from kedro_datasets._typing import ImagePreview

from showerforge.cameras.images import EventImages
from showerforge.cameras.storage import ImageFile, write_images
from showerforge.cameras.streams import ImageStream
from showerforge.datasets.atomic import LocalFileDataset

SUFFIX = ".h5"
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

    Loads as the `ImageFile` of each name; a folder that is not there holds none.
    """

    def save(self, data: dict[str, ImageStream]) -> None:
        """Write each stream to a file of its name, whole or not at all."""
        for name, stream in data.items():
            path = self._filepath / f"{name}{SUFFIX}"
            write_images(path, stream.batches, stream.attributes)

    def load(self) -> dict[str, ImageFile]:
        """Open all files; hidden ones are remains of a write that was killed."""
        return {
            path.stem: ImageFile(path) for path in sorted(self._filepath.glob(f"[!.]*{SUFFIX}"))
        }

    def _exists(self) -> bool:
        return self._filepath.is_dir()

    def preview(self) -> ImagePreview:
        """Show some images of the first file in kedro-viz."""
        return preview_images(next(iter(self.load().values())))


def preview_images(file: ImageFile) -> ImagePreview:
    """Draw some images of a file, as PNG."""
    from showerforge.figures.images import draw_camera_images

    footer = f"{file.path.name} · {file.attributes.get('source', 'source not stated')}"
    figure = draw_camera_images(choose_examples(file), footer, n_columns=N_SHOWN)
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=PREVIEW_DOTS_PER_INCH)
    return ImagePreview(base64.b64encode(content.getvalue()).decode())


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
