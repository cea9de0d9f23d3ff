"""From images to the table of their shower shapes, batch by batch."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from showerforge.calorimeter.cleaning import clean_images
from showerforge.calorimeter.columns import CHANNELS, ENERGY, PARTICLES
from showerforge.calorimeter.files import ClassFiles, ImageBatch
from showerforge.calorimeter.shapes import measure_shapes
from showerforge.errors import InputError
from showerforge.progress import track

ROW, PARTICLE, GROUP, REASON = "row", "particle", "group", "reason"
EMPTY_IMAGE = "empty image"
EMPTY = f"{EMPTY_IMAGE}: no crystal has energy"
#: bytes of the fingerprint by which identical images are known
FINGERPRINT_BYTES = 8


@dataclass(frozen=True, eq=False)
class TabulatedImages:
    """What was found in the files.

    Attributes
    ----------
    events : DataFrame, one row for each image that can be used, indexed by ``event_id``, which is
        the number of the image: `SHAPE_COLUMNS`, ``particle`` and ``row`` (the same number).
    quarantined : DataFrame, indexed alike: ``particle``, ``place`` (file and row in it) and
        ``reason``.
    summary : counts: images, those used and those left out for each kind of reason, and crystals
        of negative energy with the images that have some.
    """

    events: pd.DataFrame
    quarantined: pd.DataFrame
    summary: dict[str, int]


def tabulate_images(
    files: ClassFiles, batch_size: int, threshold: float = 0.0, connected: bool = False
) -> TabulatedImages:
    """Measure all images, and set aside those that cannot be used.

    Images with energies or times that are no finite numbers, and images without energy, are set
    aside. Negative energies, which noise can make, are counted and are no energy. The time of
    crystals without energy is not looked at.

    Parameters
    ----------
    files : images of both classes.
    batch_size : images in memory at a time.
    threshold, connected : what of an image is measured; see `clean_images`.

    Raises
    ------
    InputError
        If a file is damaged, or no image of a class is left.
    """
    tables, reasons, fingerprints = [], {}, []
    n_negative = n_images_negative = n_broken = 0
    n_batches = sum(-(-n // batch_size) for n in files.counts.values())
    for batch in track(files.batches(batch_size), "Measuring shower shapes", n_batches):
        found = find_unusable(batch.images)
        reasons.update({int(batch.rows[i]): reason for i, reason in found.items()})
        n_broken += sum(reason != EMPTY for reason in found.values())
        negative = (batch.images[..., ENERGY] < 0).sum(axis=(1, 2))
        n_negative += int(negative.sum())
        n_images_negative += int(np.count_nonzero(negative))
        kept = np.delete(np.arange(len(batch.rows)), list(found))
        usable = ImageBatch(batch.rows[kept], batch.images[kept])
        cleaned = clean_images(usable.images, threshold, connected)
        shapes = measure_shapes(cleaned)
        has_energy = shapes["energy"].notna().to_numpy()
        reasons.update({int(row): _below(threshold) for row in usable.rows[~has_energy]})
        tables.append(shapes.set_index(usable.rows)[has_energy])
        fingerprints.append(_fingerprint(cleaned[has_energy]))
    events = pd.concat(tables).rename_axis("event_id")
    particles = np.array(PARTICLES)[files.labels]
    events[PARTICLE] = particles[events.index]
    events[ROW] = events.index
    events[GROUP] = pd.factorize(np.concatenate(fingerprints))[0]
    _check_classes(files, events)
    quarantined = _quarantine(files, reasons, particles)
    summary = {
        "n_images": files.n_images,
        "n_used": len(events),
        "n_not_finite": n_broken,
        "n_empty": len(reasons) - n_broken,
        "n_negative_crystals": n_negative,
        "n_images_with_negative_crystals": n_images_negative,
    }
    return TabulatedImages(events, quarantined, summary)


def find_unusable(images: NDArray[np.floating]) -> dict[int, str]:
    """Tell which images cannot be used, and why.

    Parameters
    ----------
    images : float32[n, 32, 32, 2].

    Returns
    -------
    reasons : by number of the image; those that can be used are left out.
    """
    energy = images[..., ENERGY]
    # the time of a crystal without energy means nothing; NaN counts as having some
    matters = np.stack([np.ones_like(energy, dtype=bool), ~(energy <= 0)], axis=-1)
    is_broken = ~np.isfinite(images) & matters
    reasons = {}
    for i in np.flatnonzero(is_broken.any(axis=(1, 2, 3))).tolist():
        row, column, channel = np.argwhere(is_broken[i])[0].tolist()
        n_more = int(is_broken[i].sum()) - 1
        more = f", and {n_more:,} values more" if n_more else ""
        reasons[i] = (
            f"{CHANNELS[channel]} of the crystal in row {row}, column {column} is "
            f"{images[i, row, column, channel]}{more}"
        )
    is_empty = ~(energy > 0).any(axis=(1, 2))
    reasons.update({i: EMPTY for i in np.flatnonzero(is_empty).tolist() if i not in reasons})
    return dict(sorted(reasons.items()))


def _below(threshold: float) -> str:
    return f"{EMPTY_IMAGE}: no crystal has more energy than the threshold {threshold:g}"


def _fingerprint(images: NDArray[np.float32]) -> NDArray[np.int64]:
    """Give identical images the same number."""
    digests = [
        hashlib.blake2b(image.tobytes(), digest_size=FINGERPRINT_BYTES).digest() for image in images
    ]
    return np.frombuffer(b"".join(digests), np.int64)


def _quarantine(
    files: ClassFiles, reasons: dict[int, str], particles: NDArray[np.str_]
) -> pd.DataFrame:
    rows = sorted(reasons)
    return pd.DataFrame(
        {
            PARTICLE: particles[rows],
            "place": pd.array([files.locate(row) for row in rows], dtype="str"),
            REASON: pd.array([reasons[row] for row in rows], dtype="str"),
        },
        index=pd.Index(rows, name="event_id", dtype=np.int64),
    )


def _check_classes(files: ClassFiles, events: pd.DataFrame) -> None:
    for particle, path in files.paths.items():
        if not (events[PARTICLE] == particle).any():
            raise InputError(
                f"{path}: none of the {files.counts[particle]:,} {particle} images can be used: "
                "all are empty, below the threshold, or hold values that are no finite numbers. "
                "Nothing has been written."
            )
