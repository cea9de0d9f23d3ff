"""How a classifier is trained on partitions of labelled events."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from showerforge.blocks import Block


class TrainingAtScaleSettings(Block):
    """How a classifier is trained on partitions of labelled events."""

    label: str = Field(
        "particle", min_length=1, description="column of the class: gamma or g, hadron or h"
    )
    group: str | None = Field(
        None,
        description="column of what no split may separate, such as the shower; null takes events "
        "with the same ten parameters for one",
    )
    validation_fraction: float = Field(
        0.1, gt=0, le=0.4, description="share of the groups on which thresholds are chosen"
    )
    batch_events: int = Field(65_536, ge=256, le=10_000_000, description="events read at a time")
    page_events: int = Field(
        500_000,
        ge=256,
        le=100_000_000,
        description="training events with features in memory at a time, a page of the cache",
    )
    cache: str | None = Field(
        None,
        description="folder on a disk for the cache of the trees; null is that for temporary "
        "files, or of Dask's workers",
    )
    overrides: dict[str, Any] = Field(
        default_factory=dict,
        description="settings of XGBoost in which the training differs from modelling.models",
    )
    sampled_events: int = Field(
        20_000,
        ge=100,
        le=1_000_000,
        description="training events, and as many test events, that are kept for a release",
    )
