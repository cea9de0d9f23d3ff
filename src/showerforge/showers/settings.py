"""What is simulated, and with what; the values live in the parameters."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from showerforge.blocks import AllDifferent, Block

Primary = Literal["gamma", "proton"]
#: where cross-sections and light yields hold, TeV
LOWEST_ENERGY, HIGHEST_ENERGY = 0.01, 1000.0
#: up to it a flat Earth will do: the air along the path is 2 % too thick there, deg
HIGHEST_ZENITH = 75.0

Energy = Annotated[float, Field(ge=LOWEST_ENERGY, le=HIGHEST_ENERGY)]


class BeamSettings(Block):
    """Primary particles of one kind: where they come from, and with what energies."""

    primary: Primary = Field(
        description="kind of particle; in the parameters, the name of the beam"
    )
    lowest_energy: Energy = Field(description="TeV")
    highest_energy: Energy = Field(description="TeV")
    spectral_index: float = Field(ge=-10, le=0, description="exponent of the energy spectrum")
    cone: float = Field(
        ge=0, le=30, description="directions are uniform within this angle to the source, deg"
    )
    source_offset: float = Field(
        ge=0, le=10, description="angle between the source and the pointing, deg"
    )
    maximum_impact: float = Field(
        gt=0, le=2000, description="telescopes are uniform on a disc of this radius, m"
    )

    @model_validator(mode="after")
    def _in_order(self) -> BeamSettings:
        if self.lowest_energy >= self.highest_energy:
            raise ValueError("lowest_energy must be below highest_energy")
        return self


class SiteSettings(Block):
    """Where the telescope stands and where it points."""

    altitude: float = Field(ge=0, le=6000, description="above sea level, m")
    lowest_zenith: float = Field(ge=0, le=60, description="deg")
    highest_zenith: float = Field(ge=0, le=60, description="deg")

    @model_validator(mode="after")
    def _in_order(self) -> SiteSettings:
        if self.lowest_zenith > self.highest_zenith:
            raise ValueError("lowest_zenith must not be above highest_zenith")
        return self


class OpticsSettings(Block):
    """From Cherenkov light to photo-electrons."""

    efficiency: float = Field(
        gt=0, le=1, description="mirror, light guide and photomultiplier, mean of 300 to 600 nm"
    )
    spread: float = Field(
        ge=0, le=1, description="point spread, standard deviation in each coordinate, deg"
    )
    aerosol_depth: float = Field(
        ge=0, le=2, description="vertical optical depth of aerosols above the telescope"
    )


class ShowerSettings(Block):
    """How showers are followed."""

    thinning_energy: float = Field(
        ge=0, le=1000, description="below it one particle stands for several, GeV; 0 follows all"
    )
    thinning_share: float = Field(
        gt=0,
        le=1,
        description="the thinning energy is never above this share of the energy of the primary",
    )
    telescopes_per_shower: int = Field(
        ge=1, le=100, description="positions at which each shower is looked at"
    )
    showers_per_block: int = Field(
        ge=1, le=100_000, description="showers that are simulated and saved at a time"
    )


class SimulationSettings(Block):
    """A simulation of camera images, up to the expected photo-electrons."""

    site: SiteSettings
    optics: OpticsSettings
    showers: ShowerSettings


class ExampleSettings(Block):
    """Showers of fixed energies that are followed for their pictures."""

    zenith: float = Field(ge=0, le=60, description="of the showers and of the pointing, deg")
    n_showers: int = Field(ge=2, le=10_000, description="showers of each primary and energy")
    light_energies: Annotated[list[Energy], AllDifferent] = Field(
        min_length=1, description="of showers whose light on the ground is measured, TeV"
    )
    profile_energy: Energy = Field(
        description="of showers whose particles are counted at every depth, TeV"
    )
    largest_distance: float = Field(
        gt=0, le=2000, description="to which light is measured from the axis, m"
    )
    n_distances: int = Field(ge=2, le=200, description="distances at which it is measured")
    n_azimuths: int = Field(ge=1, le=100, description="telescopes at each distance")
    map_energy: Energy = Field(description="of the single showers whose light is mapped, TeV")
    map_reach: float = Field(gt=0, le=2000, description="half a side of the map, m")
    map_telescopes: int = Field(ge=2, le=200, description="telescopes along a side of the map")


class DetectorSettings(Block):
    """From expected photo-electrons to recorded images."""

    night_sky_background: float = Field(
        ge=0, le=1000, description="mean of each pixel and image, photo-electrons"
    )
    single_photo_electron_spread: float = Field(
        ge=0, le=2, description="relative standard deviation of the charge of one photo-electron"
    )
    electronic_noise: float = Field(
        ge=0, le=100, description="standard deviation of each pixel, photo-electrons"
    )
    trigger_threshold: float = Field(
        gt=0,
        le=10_000,
        description="charge at which a pixel counts for the trigger, photo-electrons",
    )
    trigger_pixels: int = Field(
        ge=1, le=100, description="neighbours of one trigger cluster that reach it together"
    )
    least_light: float = Field(
        ge=0,
        le=10_000,
        description="images of less Cherenkov light are not drawn, for noise alone hardly ever "
        "triggers; expected photo-electrons",
    )
    draw: int = Field(
        ge=0, lt=2**31, description="another number gives the same showers other noise"
    )
