"""From the raw table, or from images, to training and test events."""

from showerforge.pipelines.data_processing.pipeline import (
    create_calorimeter_pipeline,
    create_image_pipeline,
    create_pipeline,
)

__all__ = ["create_calorimeter_pipeline", "create_image_pipeline", "create_pipeline"]
