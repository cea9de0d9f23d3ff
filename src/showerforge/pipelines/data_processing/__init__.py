"""From the raw table to training and test events."""

from showerforge.pipelines.data_processing.pipeline import create_pipeline

__all__ = ["create_pipeline"]
