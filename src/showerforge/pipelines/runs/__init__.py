"""All tracked runs side by side."""

from showerforge.pipelines.runs.pipeline import create_pipeline

__all__ = ["create_pipeline"]
