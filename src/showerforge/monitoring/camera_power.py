"""Which faults of a camera are seen within how many images?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from showerforge.monitoring.pixels import PixelReference
from showerforge.monitoring.power import (
    Judge,
    Mask,
    Rows,
    compare_stream,
    repeat_streams,
    tabulate_alarms,
)
from showerforge.monitoring.references import ANY_CONDITION, Reference
from showerforge.monitoring.residuals import CAMERA_RESIDUALS
from showerforge.monitoring.settings import CameraMonitorSettings
from showerforge.monitoring.summaries import Floats

#: image parameters that are watched
CAMERA_COLUMNS = (
    "size",
    "length",
    "width",
    "concentration_core",
    "concentration_pixel",
    "concentration_two_pixels",
    "asymmetry",
    "third_moment_long",
    "third_moment_transverse",
    "alpha",
    "dist",
)


@dataclass(frozen=True, eq=False)
class MeasuredImages:
    """Images of one particle as they are recorded with a fault, or without.

    Attributes
    ----------
    values : float64[n_images, n_columns + 1], `CAMERA_COLUMNS` and the gammaness.
    pixels : bool[n_images, n_pixels], what survives the cleaning.
    kept : bool[n_images], whether the image passes the quality cuts; others say nothing.
    """

    values: Floats
    pixels: Mask
    kept: Mask


def measure_camera_power(
    images: Mapping[str, Mapping[str, MeasuredImages]],
    because: Mapping[str, str],
    settings: CameraMonitorSettings,
    seed: int,
) -> list[dict[str, object]]:
    """Count how often streams of images with a fault raise an alarm.

    An alarm is a column or a pixel beyond what chance allows; both have half of the allowed rate.

    Parameters
    ----------
    images : for each fault, and `showerforge.monitoring.power.UNDISTURBED`, and each particle, the
        same images.
    because : what may be behind each fault.
    settings : sizes.
    seed : of halves and streams.

    Returns
    -------
    rows : see `showerforge.monitoring.power.measure_power`.
    """
    undisturbed = next(iter(images.values()))
    rate = settings.false_alarm_rate / 2

    def learn(rows: Rows) -> Judge:
        reference = Reference.of_events(
            [*CAMERA_COLUMNS, "gammaness"],
            {(ANY_CONDITION, p): undisturbed[p].values[own] for p, own in rows.items()},
            settings.n_bins,
            CAMERA_RESIDUALS,
        )
        pixels = PixelReference(
            {p: undisturbed[p].pixels[own].sum(axis=0) for p, own in rows.items()},
            {p: len(own) for p, own in rows.items()},
        )

        def judge(kind: str, rows: Rows) -> bool:
            own = images[kind]
            stream = np.concatenate([own[p].values[rows[p]] for p in rows])
            drift = compare_stream(reference, stream, rate)
            if any(column.is_alarm for column in drift.columns[:-1]):
                return True
            hits = np.sum([own[p].pixels[rows[p]].sum(axis=0) for p in rows], axis=0)
            chance = pixels.significance(hits, drift.n_events, drift.gamma_share)
            return bool((chance < rate / len(hits)).any())

        return judge

    kept = {kind: {p: own.kept for p, own in of.items()} for kind, of in images.items()}
    alarms = repeat_streams(
        kept, learn, settings.gamma_shares, settings.lengths, settings.n_repeats, seed
    )
    return tabulate_alarms(alarms, because, settings.gamma_shares)
