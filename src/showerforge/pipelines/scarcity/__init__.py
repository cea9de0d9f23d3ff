"""When does synthetic data help?"""

from showerforge.pipelines.scarcity.pipeline import create_pipeline

__all__ = ["create_pipeline"]
