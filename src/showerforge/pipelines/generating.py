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
    source = source_of(event_images, processing)
    return CameraDetector(event_images.camera, processing.cleaning, noise, source)


def choose_training(
    train_events: pd.DataFrame, generation: ImageGenerationParameters, seed: int
) -> pd.DataFrame:
    """Take the training events that generators learn from: all, or a random sample."""
    maximum = generation.maximum_images
    if maximum is None or len(train_events) <= maximum:
        return train_events
    return take_sample(train_events, maximum, seed)


def conditions_of(events: pd.DataFrame, detector: Detector) -> pd.DataFrame:
    """Take particle and conditions of events.

    Raises
    ------
    InputError
        If a condition is not known of every event.
    """
    names = ["particle", *(column.name for column in detector.conditions)]
    unknown = [name for name in names if name not in events or events[name].isna().any()]
    if unknown:
        raise InputError(
            f"Generators need to know {' and '.join(unknown)} of every training image, but the "
            "images do not tell. Only simulated images do; see docs/image-generators.md. Nothing "
            "has been written."
        )
    return events[names].reset_index(drop=True)


def gather_training(
    event_images: Any, events: pd.DataFrame, detector: Detector, processing: NotedSplitParameters
) -> TrainingImages:
    """Read the images of training events.

    Parameters
    ----------
    event_images : source of the images.
    events : training events, and nothing else.
    detector : see `make_detector`.
    processing : the cleaning.
    """
    from showerforge.cameras.streams import RandomAccess
    from showerforge.generators.images.interface import TrainingImages

    conditions = conditions_of(events, detector)
    images = read_images(event_images, events, processing)
    expected = None
    if isinstance(event_images, RandomAccess) and "expected" in event_images.charges:
        expected = event_images.read(events["row"].to_numpy(), "expected").expected
    cleaned = clean_images(images, detector, processing)
    return TrainingImages(detector, images, cleaned, expected, conditions)


def read_images(
    event_images: Any, events: pd.DataFrame, processing: NotedSplitParameters
) -> NDArray[np.float32]:
    """Read images of events, float32[n, n_pixels, n_channels]."""
    rows = events["row"].to_numpy()
    if isinstance(processing, CalorimeterProcessingParameters):
        images = event_images.read(rows)
        return images.reshape(len(images), -1, images.shape[-1])
    from showerforge.cameras.streams import take_images

    return take_images(event_images, rows, BATCH_EVENTS)[:, :, None]


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
