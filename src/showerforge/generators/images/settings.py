"""What images are generated; the values live in the parameters."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from showerforge.blocks import Block
from showerforge.showers.settings import Energy

#: more images of a particle are likely a slip of the finger
MOST_IMAGES = 100_000_000


class RecipeSettings(Block):
    """How many images of which particle."""

    n_images: dict[str, Annotated[int, Field(ge=1, le=MOST_IMAGES)]] = Field(
        min_length=1, description="images of each particle"
    )

    @property
    def n_all(self) -> int:
        """Images of all particles."""
        return sum(self.n_images.values())


class LikeDataSettings(RecipeSettings):
    """Images under the conditions of the training images of their particle."""

    kind: Literal["like_data"]


class BalancedSettings(RecipeSettings):
    """As many images in every logarithmic bin of the energy, over the whole trained range."""

    kind: Literal["balanced"]
    n_energy_bins: int = Field(ge=1, le=1000)


class ImbalancedSettings(RecipeSettings):
    """Images with energies of a power law."""

    kind: Literal["imbalanced"]
    lowest_energy: Energy = Field(description="TeV, within the trained range")
    highest_energy: Energy = Field(description="TeV, within the trained range")
    spectral_index: float = Field(
        ge=-10, le=10, description="exponent of the energy spectrum of the generated images"
    )

    @model_validator(mode="after")
    def _in_order(self) -> ImbalancedSettings:
        if self.lowest_energy >= self.highest_energy:
            raise ValueError("lowest_energy must be below highest_energy")
        return self


ImageRecipe = Annotated[
    LikeDataSettings | BalancedSettings | ImbalancedSettings, Field(discriminator="kind")
]
