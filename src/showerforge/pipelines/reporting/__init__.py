"""Figures and the report."""

from showerforge.pipelines.reporting.pipeline import create_pipeline

__all__ = ["create_pipeline"]
