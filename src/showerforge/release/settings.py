"""How a release is made."""

from __future__ import annotations

from pydantic import Field

from showerforge.monitoring.alarms import AlarmSettings
from showerforge.monitoring.settings import PowerSettings


class ReleaseSettings(PowerSettings):
    """How a release is made."""

    working_point: str = Field(
        min_length=1, description="operating point whose threshold parts gammas from hadrons"
    )
    n_golden: int = Field(
        ge=1, le=1000, description="test events of each particle that every start is checked with"
    )
    alarms: AlarmSettings
