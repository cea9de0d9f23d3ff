"""Do the events that were served look like those that the classifier was made with?"""

from showerforge.pipelines.monitoring.pipeline import create_pipeline

__all__ = ["create_pipeline"]
