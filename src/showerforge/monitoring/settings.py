"""How the power of a monitor is measured."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from showerforge.blocks import Block, Share


class PowerSettings(Block):
    """Streams that faults are injected into, and what watches them."""

    n_bins: int = Field(
        ge=20, le=2000, description="bins of each column in the reference of the monitor"
    )
    gamma_shares: dict[str, Share] = Field(
        min_length=1, description="by name, shares of gammas of the streams that faults go into"
    )
    lengths: list[Annotated[int, Field(ge=50)]] = Field(
        min_length=1, description="events of these streams"
    )
    n_repeats: int = Field(ge=1, le=100_000, description="streams of each kind")


class CameraMonitorSettings(PowerSettings):
    """What is measured of a monitor of camera images."""

    false_alarm_rate: float = Field(
        gt=0,
        lt=0.5,
        description="false alarms to windows; image parameters and pixels have half of it each",
    )
