"""Make a release of the classifier of `training_at_scale`, as of any other."""

from showerforge.pipelines.release_at_scale.pipeline import create_pipeline

__all__ = ["create_pipeline"]
