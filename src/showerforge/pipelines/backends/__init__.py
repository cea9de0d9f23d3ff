"""Is a network as good on every backend of Keras, and which is the fastest?"""

from showerforge.pipelines.backends.pipeline import create_pipeline

__all__ = ["create_pipeline"]
