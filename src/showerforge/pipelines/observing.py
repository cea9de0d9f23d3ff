"""How parameters become the sky of an observation."""

from showerforge.metrics.figures_of_merit import Sky
from showerforge.parameters import ObservationParameters


def sky_of(observation: ObservationParameters) -> Sky:
    """Take the mixture and the rates; sources are another matter."""
    return Sky(
        observation.hadrons_per_hour,
        observation.hadrons_per_gamma,
        observation.exposure_ratio,
        observation.minimum_excess,
    )
