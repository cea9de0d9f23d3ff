"""How images are cleaned and measured; the values live in the parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from showerforge.blocks import Block, all_different
from showerforge.cameras.columns import IMAGE_PARAMETERS
from showerforge.events.constraints import Constraint, check_columns


def _of_images(cuts: list[Constraint]) -> list[Constraint]:
    all_different([cut.name for cut in cuts])
    check_columns(cuts, IMAGE_PARAMETERS, "cut", "not measured of an image")
    return cuts


ImageCuts = Annotated[list[Constraint], AfterValidator(_of_images)]


class CleaningSettings(Block):
    """Two-threshold cleaning, and what is left afterwards that counts as an image."""

    picture: float = Field(6.0, gt=0, description="charge of pixels that make the image, p.e.")
    boundary: float = Field(3.0, gt=0, description="charge of pixels that may border it, p.e.")
    keep_isolated: bool = Field(
        False, description="keep picture pixels that have no neighbour above the boundary threshold"
    )
    minimum_picture_neighbours: int = Field(
        0,
        ge=0,
        le=6,
        description="picture pixels count with so many neighbours that are above the picture "
        "threshold; without effect when isolated ones are kept",
    )
    islands: Literal["all", "brightest"] = Field(
        "all", description="which groups of touching pixels are kept"
    )
    minimum_pixels: int = Field(
        3,
        ge=2,
        description="images of fewer pixels are too small to be parametrised; one has no direction",
    )

    @model_validator(mode="after")
    def _in_order(self) -> CleaningSettings:
        if self.boundary > self.picture:
            raise ValueError("boundary must not be above picture")
        return self


class MeasurementSettings(Block):
    """How images are cleaned and measured, and which of them are good enough."""

    cleaning: CleaningSettings
    source_x: Annotated[float, Field(ge=-30, le=30)] | None = Field(
        None,
        description="assumed source in the field of view, deg, for alpha and miss; null is where "
        "the simulation has put it, or the centre",
    )
    source_y: Annotated[float, Field(ge=-30, le=30)] | None = Field(
        None, description="the same, upwards"
    )
    cuts: ImageCuts = Field(description="what an image must be like to be kept, in order")

    @property
    def all_cuts(self) -> list[Constraint]:
        """The cuts, the first of which is that the image has enough pixels."""
        minimum = self.cleaning.minimum_pixels
        enough = Constraint(
            name=f"at least {minimum} pixels",
            left="n_pixels",
            relation=">=",
            right=minimum,
            because="smaller images are not parametrised",
        )
        return [enough, *self.cuts]

    def source_of(self, attributes: Mapping[str, Any]) -> tuple[float, float]:
        """Tell where the source of images is taken to be, deg.

        Parameters
        ----------
        attributes : of the images; they tell where a simulation has put it.
        """
        beams = attributes.get("simulation", {}).get("beams", {})
        x = beams.get("gamma", {}).get("source_offset", 0.0)
        return (
            x if self.source_x is None else self.source_x,
            0.0 if self.source_y is None else self.source_y,
        )


class ViewSettings(Block):
    """What of an image is shown."""

    cleaned: bool = Field(description="only the pixels that the cleaning keeps")
    charge_scale: float = Field(
        gt=0,
        description="p.e.; charges are shown as asinh(charge / scale): linear below, "
        "logarithmic above",
    )
    window: int | None = Field(
        None,
        ge=1,
        le=100,
        description="rings of pixels about the centre of the image, which is moved into the "
        "middle: who sees only those knows nothing of where the shower came from. "
        "null is the whole camera",
    )

    @model_validator(mode="after")
    def _hides_the_rim(self) -> ViewSettings:
        if self.window is not None and not self.cleaned:
            raise ValueError(
                "a window needs cleaned images: noise ends at the rim of the camera, and tells "
                "where it is"
            )
        return self
