"""How a release is made."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from showerforge.blocks import Block, Share
from showerforge.monitoring.alarms import AlarmSettings


class ReleaseSettings(Block):
    """How a release is made."""

    working_point: str = Field(
        min_length=1, description="operating point whose threshold parts gammas from hadrons"
    )
    n_golden: int = Field(
        ge=1, le=1000, description="test events of each particle that every start is checked with"
    )
    n_bins: int = Field(
        ge=20, le=2000, description="bins of each column in the reference of the monitor"
    )
    alarms: AlarmSettings
    gamma_shares: dict[str, Share] = Field(
        min_length=1, description="by name, shares of gammas of the streams that faults go into"
    )
    lengths: list[Annotated[int, Field(ge=50)]] = Field(
        min_length=1, description="events of these streams"
    )
    n_repeats: int = Field(ge=1, le=100_000, description="streams of each kind")
