"""Synthetic events from training events."""

from showerforge.pipelines.synthetic_generation.pipeline import (
    create_image_pipeline,
    create_pipeline,
)

__all__ = ["create_image_pipeline", "create_pipeline"]
