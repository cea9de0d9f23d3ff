"""Make a release of the kept classifier, to be served and watched."""

from showerforge.pipelines.release.pipeline import create_pipeline

__all__ = ["create_pipeline"]
