"""A classifier of more events than memory holds, learnt where the parameters say."""

from showerforge.pipelines.training_at_scale.pipeline import create_pipeline

__all__ = ["create_pipeline"]
