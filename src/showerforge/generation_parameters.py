"""Parameters of generated images; see `showerforge.parameters`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import Field, model_validator

from showerforge.blocks import Block
from showerforge.errors import suggest_names
from showerforge.generators.images.settings import ImageRecipe
from showerforge.showers.settings import DetectorSettings


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
    chosen: str = Field(description="generator whose images are written")
    recipe: ImageRecipe
    extrapolate: bool = Field(
        False, description="whether conditions beyond the training images are allowed, and flagged"
    )

    @model_validator(mode="before")
    @classmethod
    def _leave_out(cls, values: Any) -> Any:
        """Leave out generators that an environment has set to null."""
        if isinstance(values, dict) and isinstance(values.get("generators"), dict):
            kept = {key: value for key, value in values["generators"].items() if value is not None}
            return {**values, "generators": kept}
        return values

    @model_validator(mode="after")
    def _chooses_what_there_is(self) -> Self:
        if self.chosen not in self.generators:
            raise ValueError(
                f"chosen is {self.chosen!r}, which is no generator"
                f"{suggest_names(self.chosen, self.generators)} (known: "
                f"{', '.join(self.generators)})"
            )
        return self


class CameraGenerationParameters(ImageGenerationParameters):
    """Which generators of camera images are fitted, and what the chosen one makes."""

    noise: DetectorSettings | None = Field(
        None,
        description="noise and trigger of the camera; null takes those of the simulation. Images "
        "of your own need it",
    )


class CalorimeterGenerationParameters(ImageGenerationParameters):
    """Which generators of electron and photon images are fitted, and what the chosen one makes."""


# see `showerforge.image_parameters.AnyProcessing`
AnyGeneration = TypeVar("AnyGeneration", bound=ImageGenerationParameters)
