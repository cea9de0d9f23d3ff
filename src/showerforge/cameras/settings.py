"""How images are cleaned; the values live in the parameters."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from showerforge.blocks import Block


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
