"""Events by the million, scored where the parameters say."""

from showerforge.pipelines.scoring.pipeline import create_pipeline

__all__ = ["create_pipeline"]
