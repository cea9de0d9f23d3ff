"""How partitions are worked on."""

from __future__ import annotations

from pydantic import Field

from showerforge.blocks import Block


class PartitionSettings(Block):
    """How partitions are worked on, whatever is done with them."""

    batch_events: int = Field(ge=256, le=10_000_000, description="events in memory at a time")
    fail_on_bad_partitions: bool = Field(
        True,
        description="end with an error if a partition cannot be read, when the others are done",
    )
