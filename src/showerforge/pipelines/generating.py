"""How parameters become what generators of images learn from, and what they are judged by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from showerforge.errors import InputError
from showerforge.events.splits import take_sample
from showerforge.generation_parameters import CameraGenerationParameters, ImageGenerationParameters
from showerforge.image_parameters import (
    CalorimeterProcessingParameters,
    ImageProcessingParameters,
    NotedSplitParameters,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from showerforge.generators.images.detectors import Detector
    from showerforge.generators.images.interface import TrainingImages

#: images in memory at a time while a source is read through
BATCH_EVENTS = 2000


def make_detector(
    event_images: Any, processing: NotedSplitParameters, generation: ImageGenerationParameters
) -> Detector:
    """Tell what took the images.

    Raises
    ------
    InputError
        If the noise of a camera is not known.
    """
    from showerforge.generators.images.detectors import CalorimeterDetector, CameraDetector
    from showerforge.showers.settings import DetectorSettings

    if isinstance(processing, CalorimeterProcessingParameters):
        return CalorimeterDetector()
    assert isinstance(processing, ImageProcessingParameters)
    assert isinstance(generation, CameraGenerationParameters)
    simulated = event_images.attributes.get("simulation", {}).get("detector")
    if generation.noise is None and simulated is None:
        raise InputError(
            "Generators of camera images draw the noise of every pixel, but nothing says what that "
            "noise is: these images were not simulated here. Set "
            "taiga.synthetic_generation.noise; docs/image-generators.md tells how to measure it. "
            "Nothing has been written."
        )
    noise = generation.noise or DetectorSettings.model_validate(simulated)
    return CameraDetector(event_images.camera, processing.cleaning, noise)


def gather_training(
    event_images: Any,
    events: pd.DataFrame,
    detector: Detector,
    processing: NotedSplitParameters,
    maximum_images: int | None,
    seed: int,
) -> TrainingImages:
    """Read the images of training events.

    Parameters
    ----------
    event_images : source of the images.
    events : training events, and nothing else.
    detector : see `make_detector`.
    processing : the cleaning.
    maximum_images : a random sample is taken of more; None takes all.
    seed : of the sample.
    """
    from showerforge.generators.images.interface import PARTICLE, TrainingImages

    if maximum_images is not None and len(events) > maximum_images:
        events = take_sample(events, maximum_images, seed)
    rows = events["row"].to_numpy()
    images, expected = _read(event_images, rows, processing)
    conditions = [PARTICLE, *(column.name for column in detector.conditions)]
    missing = [name for name in conditions if name not in events]
    if missing or events[conditions].isna().any(axis=None):
        unknown = missing or [name for name in conditions if events[name].isna().any()]
        raise InputError(
            f"Generators need to know {' and '.join(unknown)} of every training image, but the "
            "images do not tell. Only simulated images do; see docs/image-generators.md. Nothing "
            "has been written."
        )
    return TrainingImages(
        detector,
        images,
        clean_images(images, detector, processing),
        expected,
        events[conditions].reset_index(drop=True),
    )


def _read(
    event_images: Any, rows: NDArray[np.integer], processing: NotedSplitParameters
) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
    """Read recorded, and if they are there expected images, float32[n, n_pixels, n_channels]."""
    if isinstance(processing, CalorimeterProcessingParameters):
        images = event_images.read(rows)
        return images.reshape(len(images), -1, images.shape[-1]), None
    from showerforge.cameras.streams import RandomAccess, take_images

    images = take_images(event_images, rows, BATCH_EVENTS)[:, :, None]
    if isinstance(event_images, RandomAccess) and "expected" in event_images.charges:
        return images, event_images.read(rows, "expected").expected
    return images, None


def clean_images(
    images: NDArray[np.float32], detector: Detector, processing: NotedSplitParameters
) -> NDArray[np.float32]:
    """Set pixels without signal to zero, float32[n, n_pixels, n_channels]."""
    if isinstance(processing, CalorimeterProcessingParameters):
        from showerforge.calorimeter.cleaning import clean_images as clean_crystals
        from showerforge.calorimeter.columns import IMAGE_SHAPE

        cleaning = processing.cleaning
        cleaned = clean_crystals(
            images.reshape(len(images), *IMAGE_SHAPE), cleaning.threshold, cleaning.connected
        )
        return cleaned.reshape(images.shape)
    from showerforge.cameras.cleaning import clean
    from showerforge.generators.images.detectors import CameraDetector

    assert isinstance(processing, ImageProcessingParameters)
    assert isinstance(detector, CameraDetector)
    mask = clean(detector.camera, images[:, :, 0], processing.cleaning)
    return np.where(mask[:, :, None], images, np.float32(0))


def measure_images(
    images: NDArray[np.float32],
    detector: Detector,
    processing: NotedSplitParameters,
    source: tuple[float, float] = (0.0, 0.0),
) -> pd.DataFrame:
    """Measure images as those of data_processing are, NaN where nothing is left.

    Parameters
    ----------
    images : float32[n, n_pixels, n_channels].
    detector, processing : what took them, and the cleaning.
    source : x and y of the source of gammas, deg.
    """
    if isinstance(processing, CalorimeterProcessingParameters):
        from showerforge.calorimeter.columns import IMAGE_SHAPE
        from showerforge.calorimeter.shapes import measure_shapes

        return measure_shapes(
            clean_images(images, detector, processing).reshape(len(images), *IMAGE_SHAPE)
        )
    from showerforge.cameras.hillas import parametrise
    from showerforge.generators.images.detectors import CameraDetector

    assert isinstance(processing, ImageProcessingParameters)
    assert isinstance(detector, CameraDetector)
    return parametrise(detector.camera, images[:, :, 0], processing.cleaning, source=source)


def source_of(event_images: Any, processing: NotedSplitParameters) -> tuple[float, float]:
    """Tell where the source of gammas is taken to be, deg."""
    if isinstance(processing, ImageProcessingParameters):
        return processing.source_of(event_images.attributes)
    return 0.0, 0.0


def pass_cuts(table: pd.DataFrame, processing: NotedSplitParameters) -> pd.DataFrame:
    """Take the rows of images that pass the quality cuts, as all training and test events do."""
    if isinstance(processing, ImageProcessingParameters):
        from showerforge.events.cuts import apply_cuts

        return apply_cuts(table[table["size"].notna()], processing.cuts)[0]
    return table[table["energy"].notna()]
