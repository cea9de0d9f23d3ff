"""Air showers, their light and what the camera sees of it."""

from showerforge.pipelines.simulation.pipeline import create_pipeline

__all__ = ["create_pipeline"]
