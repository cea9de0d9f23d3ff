"""Classifiers, with and without synthetic events."""

from showerforge.pipelines.modelling.pipeline import create_image_pipeline, create_pipeline

__all__ = ["create_image_pipeline", "create_pipeline"]
