"""Do events still look as they should, and which faults would show?"""

from showerforge.pipelines.monitoring.pipeline import create_image_pipeline, create_pipeline

__all__ = ["create_image_pipeline", "create_pipeline"]
