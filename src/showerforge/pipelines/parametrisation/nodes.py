"""Nodes of the parametrisation of image files."""

from __future__ import annotations

from typing import Any

from showerforge.cameras.ctapipe_files import ReaderSettings
from showerforge.cameras.settings import MeasurementSettings
from showerforge.events.layout import as_list
from showerforge.image_parameters import ParametrisationParameters
from showerforge.places import Place


def parametrise_partitions(
    images_to_parametrise: Place,
    parametrised_images: Place,
    refused_images: Place,
    parametrisation: ParametrisationParameters,
) -> tuple[list[dict[str, Any]], Place]:
    """Parametrise all image files that are not parametrised yet.

    Parameters
    ----------
    images_to_parametrise, parametrised_images, refused_images : folders of image files, of
        tables, and of the images that are refused.
    parametrisation : parameters.

    Returns
    -------
    parametrisation_records : see `showerforge.parametrisation.run.parametrise_folder`.
    events_to_score : the folder of tables.
    """
    from showerforge.parametrisation.run import parametrise_folder
    from showerforge.parametrisation.work import Parametrisation

    telescope = parametrisation.telescope
    work = Parametrisation(
        measurement=MeasurementSettings(
            cleaning=parametrisation.cleaning,
            source_x=parametrisation.source_x,
            source_y=parametrisation.source_y,
            cuts=parametrisation.cuts,
        ),
        photons_per_photo_electron=parametrisation.photons_per_photo_electron,
        camera=parametrisation.camera,
        reader=ReaderSettings(
            parametrisation.focal_length_choice,
            None if telescope is None else tuple(as_list(telescope)),
        ),
        batch_events=parametrisation.batch_events,
    )
    folders = (images_to_parametrise, parametrised_images, refused_images)
    return parametrise_folder(*folders, work), parametrised_images


def summarise_parametrisation(
    parametrisation_records: list[dict[str, Any]],
) -> tuple[dict[str, Any], dict[str, float]]:
    """Add up what came of all image files.

    Returns
    -------
    parametrisation_summary : see `showerforge.parametrisation.run.summarise`.
    parametrisation_metrics : its numbers, for tracking.
    """
    from showerforge.parametrisation.run import summarise
    from showerforge.partitions.folder import numbers_of

    summary = summarise(parametrisation_records)
    return summary, numbers_of(summary)
