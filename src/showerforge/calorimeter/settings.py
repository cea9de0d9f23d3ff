"""What electrons, photons and a calorimeter are simulated with, and how their images are shown.

The values of the simulation live in the catalog, the others in the parameters.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from showerforge.blocks import AllDifferent, Block

NotNegative = Annotated[float, Field(ge=0)]
Positive = Annotated[float, Field(gt=0)]

#: up to it the barrel of crystals reaches
HIGHEST_ETA = 1.5
#: shares that are to add up to one may miss it by rounding
ROUNDING = 1e-6


class BeamSettings(Block):
    """Electrons and photons from the centre of the detector."""

    transverse_momentum: float = Field(ge=5, le=1000, description="GeV")
    highest_eta: float = Field(
        gt=0, le=HIGHEST_ETA, description="pseudorapidities are uniform up to it on both sides"
    )


class TrackerSettings(Block):
    """What is in front of the calorimeter."""

    field: float = Field(ge=0, le=10, description="of the solenoid, T")
    innermost_radius: float = Field(gt=0, le=2, description="of the first layer, m")
    outermost_radius: float = Field(gt=0, le=2, description="of the last layer, m")
    n_layers: int = Field(ge=1, le=100, description="layers, at even distances")
    scattering: bool = Field(description="whether electrons are scattered in the material")
    material_eta: list[NotNegative] = Field(
        min_length=2, description="pseudorapidities at which the material is given, from 0 up"
    )
    material: list[Annotated[float, Field(ge=0, le=10)]] = Field(
        min_length=2, description="of all layers together, radiation lengths"
    )

    @model_validator(mode="after")
    def _fits(self) -> TrackerSettings:
        if self.innermost_radius >= self.outermost_radius:
            raise ValueError("innermost_radius must be below outermost_radius")
        if len(self.material) != len(self.material_eta):
            raise ValueError("material and material_eta must be of the same length")
        if self.material_eta != sorted(set(self.material_eta)):
            raise ValueError("material_eta must rise")
        return self


class CrystalSettings(Block):
    """The crystals, and the showers in them."""

    radius: float = Field(gt=0, le=5, description="of the front faces, m")
    size: float = Field(gt=0, le=0.1, description="of a crystal in eta and in phi, rad")
    depth: float = Field(gt=0, le=1000, description="radiation lengths")
    critical_energy: float = Field(gt=0, le=1, description="of electrons in the crystal, GeV")
    profile_scale: float = Field(
        gt=0, le=5, description="b of the longitudinal profile, per radiation length"
    )
    lateral_shares: list[Annotated[float, Field(gt=0, le=1)]] = Field(
        min_length=1, description="of the Gaussians that make up the lateral profile"
    )
    lateral_widths: list[Annotated[float, Field(gt=0, le=5)]] = Field(
        min_length=1, description="standard deviation of each in either coordinate, crystals"
    )

    spot_energy: float = Field(
        ge=0,
        le=1,
        description="a shower is made of spots of this energy, in whose number each crystal "
        "fluctuates, GeV; 0 is a smooth shower",
    )

    @model_validator(mode="after")
    def _fits(self) -> CrystalSettings:
        if len(self.lateral_shares) != len(self.lateral_widths):
            raise ValueError("lateral_shares and lateral_widths must be of the same length")
        if abs(sum(self.lateral_shares) - 1) > ROUNDING:
            raise ValueError("lateral_shares must add up to 1")
        return self


class ReadoutSettings(Block):
    """From energy in the crystals to the numbers of the file."""

    stochastic_term: float = Field(ge=0, le=1, description="GeV^(1/2), of each crystal")
    constant_term: float = Field(ge=0, le=1, description="relative, of each crystal")
    noise: float = Field(gt=0, le=10, description="standard deviation of each crystal, GeV")
    zero_suppression: NotNegative = Field(
        description="crystals below so many standard deviations of the noise are set to zero"
    )
    time_noise: NotNegative = Field(
        description="standard deviation of the time where the energy is that of the noise, ns"
    )
    time_constant: NotNegative = Field(description="standard deviation of it at best, ns")
    energy_unit: Positive = Field(description="energy that is stored as 1, GeV")
    time_unit: Positive = Field(description="time that is stored as 1, ns")
    empty_share: float = Field(ge=0, lt=1, description="share of images that are all zero")


class DetectorSettings(Block):
    """A simulation of electrons and photons, up to the images."""

    beam: BeamSettings
    tracker: TrackerSettings
    crystals: CrystalSettings
    readout: ReadoutSettings

    @model_validator(mode="after")
    def _fits_together(self) -> DetectorSettings:
        if self.tracker.outermost_radius >= self.crystals.radius:
            raise ValueError("tracker.outermost_radius must be below crystals.radius")
        return self


class ClassFilesRecipe(DetectorSettings):
    """How much is simulated, and with what."""

    n_images: int = Field(ge=1, le=10_000_000, description="of each class")
    images_per_block: int = Field(
        ge=1, le=100_000, description="images that are simulated and written at a time"
    )
    n_jobs: int = Field(ge=-1, description="processes; -1 is one for each core")
    seed: int = Field(ge=0, lt=2**31)


class CrystalCleaning(Block):
    """What of an image is signal; see `showerforge.calorimeter.cleaning.clean_images`."""

    threshold: float = Field(
        0.0,
        ge=0,
        description="energy up to which a crystal holds no signal, in the unit of the file",
    )
    connected: bool = Field(
        False, description="only crystals that hang together with the hottest one"
    )


class ViewSettings(Block):
    """What of an image a network is shown."""

    channels: Annotated[list[Literal["energy", "time"]], AllDifferent] = Field(min_length=1)
    cleaning: CrystalCleaning | None = Field(
        None, description="which crystals are shown; null is the image as it is in the file"
    )
    energy_scale: float | None = Field(
        None,
        gt=0,
        description="in the unit of the file; energies are shown as asinh(energy / scale): linear "
        "below, logarithmic above. null is the number in the file",
    )
