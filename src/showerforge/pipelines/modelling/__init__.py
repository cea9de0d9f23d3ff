"""Classifiers, with and without synthetic events."""

from showerforge.pipelines.modelling.pipeline import create_pipeline

__all__ = ["create_pipeline"]
