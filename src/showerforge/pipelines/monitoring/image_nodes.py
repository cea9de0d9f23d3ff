"""Nodes of the monitor of camera images."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from showerforge.events.schema import GAMMA, HADRON
from showerforge.image_parameters import CameraModellingParameters, ImageProcessingParameters
from showerforge.monitoring.settings import CameraMonitorSettings

#: images in memory at a time while a file is read through
BATCH_EVENTS = 2000


def measure_camera_power(
    event_images: Any,
    train_events: pd.DataFrame,
    test_events: pd.DataFrame,
    processing: ImageProcessingParameters,
    modelling: CameraModellingParameters,
    monitoring: CameraMonitorSettings,
    seed: int,
) -> pd.DataFrame:
    """Do faults to images, clean and measure them again, and count the alarms.

    One image of each shower is taken, so that those of a stream are independent of each other.

    Returns
    -------
    camera_power : see `showerforge.monitoring.power.measure_power`.
    """
    from showerforge.cameras.cleaning import clean
    from showerforge.cameras.columns import IMAGE_PARAMETERS
    from showerforge.cameras.hillas import parametrise
    from showerforge.cameras.streams import take_images
    from showerforge.classifiers.candidates import build_model, gammaness
    from showerforge.events.cuts import apply_cuts
    from showerforge.monitoring.camera_faults import camera_faults
    from showerforge.monitoring.camera_power import (
        CAMERA_COLUMNS,
        MeasuredImages,
        measure_camera_power,
    )
    from showerforge.monitoring.power import UNDISTURBED

    camera, source = event_images.camera, processing.source_of(event_images.attributes)
    model: Any = build_model("lightgbm", modelling.lightgbm.model_dump(), seed)
    model.fit(train_events[IMAGE_PARAMETERS], (train_events["particle"] == GAMMA).astype(int))
    events = pd.concat([train_events, test_events]).drop_duplicates("shower_id")
    images = take_images(event_images, events["row"].to_numpy(), BATCH_EVENTS)
    is_of = {p: (events["particle"] == p).to_numpy() for p in (GAMMA, HADRON)}

    def measure(images: np.ndarray) -> dict[str, MeasuredImages]:
        table = parametrise(camera, images, processing.cleaning, source=source)
        passed = apply_cuts(table[table["size"].notna()], processing.cuts)[0].index
        kept = table.index.isin(passed)
        values = np.full((len(table), len(CAMERA_COLUMNS) + 1), np.nan)
        values[kept, :-1] = table.loc[kept, list(CAMERA_COLUMNS)]
        values[kept, -1] = gammaness(model, table.loc[kept, IMAGE_PARAMETERS])
        pixels = clean(camera, images, processing.cleaning)
        return {p: MeasuredImages(values[own], pixels[own], kept[own]) for p, own in is_of.items()}

    faults = camera_faults(camera, seed)
    measured = {UNDISTURBED: measure(images)}
    measured |= {fault.name: measure(fault.apply(images)) for fault in faults}
    because = {fault.name: fault.because for fault in faults}
    return pd.DataFrame(measure_camera_power(measured, because, monitoring, seed))


def draw_camera_power(
    camera_power: pd.DataFrame,
    data: dict[str, Any],
    modelling: CameraModellingParameters,
    monitoring: CameraMonitorSettings,
) -> Any:
    """Draw how surely faults are seen, against the number of images."""
    from showerforge.figures.drift import power_figure

    return power_figure(
        camera_power, monitoring.false_alarm_rate, modelling.confidence, data["footer"]
    )
