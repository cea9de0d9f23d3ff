"""How partitions of events are scored."""

from __future__ import annotations

from pydantic import Field

from showerforge.blocks import Block


class ScoringSettings(Block):
    """How partitions of events are scored."""

    working_point: str | None = Field(
        None, description="name of the working point; null is that of the release"
    )
    condition: str = Field("any", min_length=1, description="of the observation, for the monitor")
    batch_events: int = Field(
        65_536, ge=256, le=10_000_000, description="events in memory at a time"
    )
    fail_on_bad_partitions: bool = Field(
        True,
        description="end with an error if a partition cannot be read, when the others are done",
    )
