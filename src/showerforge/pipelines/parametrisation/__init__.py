"""Image files of any number, parametrised where the parameters say."""

from showerforge.pipelines.parametrisation.pipeline import create_pipeline

__all__ = ["create_pipeline"]
