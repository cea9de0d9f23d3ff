"""The certificate of the synthetic events."""

from showerforge.pipelines.synthetic_validation.pipeline import (
    create_image_pipeline,
    create_pipeline,
)

__all__ = ["create_image_pipeline", "create_pipeline"]
