"""Parameters of generated images; see `showerforge.parameters`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import Field, model_validator

from showerforge.blocks import AllDifferent, Block, Fraction
from showerforge.errors import suggest_names
from showerforge.events.constraints import Constraint, check_columns
from showerforge.generators.images.settings import ImageRecipe
from showerforge.networks.settings import NetworkSettings
from showerforge.showers.settings import DetectorSettings
from showerforge.validation.images.acceptance import QualitySettings
from showerforge.validation.settings import CertificateParameters


class ImageGeneratorParameters(Block):
    """Which generator of images, and its own options."""

    name: str
    options: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _exists(self) -> Self:
        from showerforge.generators.images.catalogue import build_image_generator

        build_image_generator(self.name, self.options)
        return self


class ImageGenerationParameters(Block):
    """Which generators of images are fitted, and what the chosen one makes."""

    n_jobs: Annotated[int, Field(ge=1)] | Literal[-1] = Field(
        description="generators that are fitted at a time; -1 is one for each core"
    )
    generators: Mapping[str, ImageGeneratorParameters] = Field(
        min_length=1, description="by key; an environment leaves one out by null"
    )
    maximum_images: int | None = Field(
        None, ge=200, description="random sample of the training images; null takes all"
    )
    n_judged: int = Field(
        ge=50,
        le=1_000_000,
        description="images of each particle by which each generator is judged, drawn under the "
        "conditions of training images",
    )

    @model_validator(mode="before")
    @classmethod
    def _leave_out(cls, values: Any) -> Any:
        """Leave out generators that an environment has set to null."""
        if isinstance(values, dict) and isinstance(values.get("generators"), dict):
            kept = {key: value for key, value in values["generators"].items() if value is not None}
            return {**values, "generators": kept}
        return values


class CameraGenerationParameters(ImageGenerationParameters):
    """Which generators of camera images are fitted, and what the chosen one makes."""

    noise: DetectorSettings | None = Field(
        None,
        description="noise and trigger of the camera; null takes those of the simulation. Images "
        "of your own need it",
    )
    chosen: str = Field(description="generator whose images are written")
    recipe: ImageRecipe
    extrapolate: bool = Field(
        False, description="whether conditions beyond the training images are allowed, and flagged"
    )

    @model_validator(mode="after")
    def _chooses_what_there_is(self) -> Self:
        if self.chosen not in self.generators:
            raise ValueError(
                f"chosen is {self.chosen!r}, which is no generator"
                f"{suggest_names(self.chosen, self.generators)} (known: "
                f"{', '.join(self.generators)})"
            )
        return self


class CalorimeterGenerationParameters(ImageGenerationParameters):
    """Which generators of electron and photon images are fitted, and what the chosen one makes."""


class ImageValidationParameters(CertificateParameters):
    """How generated images are judged."""

    columns: Annotated[list[str], AllDifferent] = Field(
        min_length=2, description="what is measured of an image that the certificate compares"
    )
    constraints: list[Constraint] = Field(description="relations between these columns")
    network: NetworkSettings | None = Field(
        description="that looks for what tells generated from real images; null asks none"
    )
    charge_scale: float = Field(
        gt=0, description="images are compared as asinh(charge / scale), in the unit of the images"
    )
    n_jobs: Annotated[int, Field(ge=1)] | Literal[-1] = Field(
        description="partitions measured at a time; -1 is one for each core"
    )

    @model_validator(mode="after")
    def _names_what_is_compared(self) -> Self:
        check_columns(self.constraints, self.columns, "constraint", "not among the columns")
        return self


class UtilityParameters(Block):
    """Does it help to add generated images to few simulated ones?"""

    generator: ImageGeneratorParameters = Field(description="fitted to the few images alone")
    n_few: int = Field(ge=50, description="few simulated images of each particle")
    n_generated: int = Field(ge=50, description="images of each particle that are added to them")
    n_repeats: int = Field(ge=1, le=100, description="each time with other showers")
    validation_fraction: Fraction = Field(
        description="share of the showers of the few that is set aside to stop a network"
    )
    tail_energy: float = Field(gt=0, description="TeV; the tail is what lies above")
    n_energy_bins: int = Field(ge=1, le=1000, description="of the images balanced in energy")
    classifier: str = Field(
        min_length=1, description="network of the stage modelling that is trained, by its key"
    )


class CameraValidationParameters(ImageValidationParameters):
    """How generated camera images are judged."""

    quality: QualitySettings
    n_energy_classes: int = Field(
        ge=2, le=100, description="of as many training images each; is a requested one obtained?"
    )
    classifier: str = Field(
        min_length=1,
        description="network of the stage modelling, by its key, that says whether generated "
        "gammas look like gammas; it has seen no generated image",
    )
    utility: UtilityParameters


class CalorimeterValidationParameters(ImageValidationParameters):
    """How generated electron and photon images are judged."""


# see `showerforge.image_parameters.AnyProcessing`
AnyValidation = TypeVar("AnyValidation", bound=ImageValidationParameters)
AnyGeneration = TypeVar("AnyGeneration", bound=ImageGenerationParameters)
