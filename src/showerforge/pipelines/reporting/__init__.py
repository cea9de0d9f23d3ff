"""Figures and the reports."""

from showerforge.pipelines.reporting.pipeline import create_image_pipeline, create_pipeline

__all__ = ["create_image_pipeline", "create_pipeline"]
