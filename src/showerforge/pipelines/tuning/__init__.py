"""Which settings of the models are best?"""

from showerforge.pipelines.tuning.pipeline import create_pipeline

__all__ = ["create_pipeline"]
