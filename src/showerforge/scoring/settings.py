"""How partitions of events are scored."""

from __future__ import annotations

from pydantic import Field

from showerforge.partitions.settings import PartitionSettings


class ScoringSettings(PartitionSettings):
    """How partitions of events are scored."""

    working_point: str | None = Field(
        None, description="name of the working point; null is that of the release"
    )
    condition: str = Field("any", min_length=1, description="of the observation, for the monitor")
