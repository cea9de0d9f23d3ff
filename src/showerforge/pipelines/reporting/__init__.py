"""Figures and the reports."""

from showerforge.pipelines.reporting.pipeline import (
    create_calorimeter_pipeline,
    create_image_pipeline,
    create_pipeline,
)

__all__ = ["create_calorimeter_pipeline", "create_image_pipeline", "create_pipeline"]
