"""All image files of a folder parametrised, and what came of them together."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from typing import Any

from showerforge.cameras.image_files import IMAGE_ENDINGS
from showerforge.parametrisation.work import Parametrisation
from showerforge.partitions.folder import count_events, good_of, list_partitions, work_on_all
from showerforge.partitions.work import Partition
from showerforge.places import Place

logger = logging.getLogger(__name__)


def parametrise_folder(
    source: Place, tables: Place, quarantine: Place, work: Parametrisation
) -> list[dict[str, Any]]:
    """Parametrise all image files of a folder that are not parametrised yet.

    Parameters
    ----------
    source, tables, quarantine : folders of image files, of tables, and of the images that are
        refused.
    work : how.

    Returns
    -------
    records : of `showerforge.partitions.work.work_on` and `Parametrisation`, in the order of the
        names.

    Raises
    ------
    InputError
        If there are no image files, or two would be written to the same table.
    """
    names = list_partitions(source, IMAGE_ENDINGS, "magic.images_to_parametrise")
    partitions = [Partition(name, source, tables, quarantine) for name in names]
    return work_on_all(partitions, work, "Parametrising")


def summarise(records: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Add up what came of all image files.

    Returns
    -------
    summary : see `showerforge.partitions.folder.count_events`; and ``cameras``, numbers of files
        by camera. A release knows one telescope, so several are warned of.
    """
    cameras = Counter(record["camera"] for record in good_of(records) if record["camera"])
    if len(cameras) > 1:
        logger.warning(
            "The images are of several cameras, %s; a release knows one. Set "
            "magic.parametrisation.camera to the one that is wanted",
            ", ".join(f"{name} in {n} files" for name, n in cameras.items()),
        )
    return {**count_events(records), "cameras": dict(cameras)}
