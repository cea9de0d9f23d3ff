"""Which classifier is better, by how much, and how surely?"""

from showerforge.pipelines.comparison.pipeline import create_pipeline

__all__ = ["create_pipeline"]
