"""Settings of networks and of their training."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from showerforge.blocks import Block, Fraction

#: the logarithm of the spread of the energy of a crystal is held in this range
LOG_SPREAD = (-4.0, 1.5)

Widths = Annotated[list[Annotated[int, Field(ge=1, le=1024)]], Field(min_length=1, max_length=8)]


class LeNetSettings(Block):
    """LeNet-5; see `showerforge.networks.architectures`."""

    name: Literal["lenet5"]
    batch_normalisation: bool = Field(False, description="after each convolution")


class ResNetSettings(Block):
    """Residual network; see `showerforge.networks.architectures`."""

    name: Literal["resnet"]
    widths: Widths = Field(
        description="channels of each residual block; each but the first halves the grid"
    )
    stem_stride: Literal[1, 2] = Field(2, description="step of the first convolution")
    hexagonal: bool = Field(False, description="kernels of seven hexagons instead of nine squares")
    dropout: float = Field(0.0, ge=0, lt=1, description="share of features dropped in training")


class CosineRate(Block):
    """Learning rate that rises for a while and falls along a cosine."""

    kind: Literal["cosine"]
    highest: float = Field(gt=0, le=1)
    warm_up: float = Field(ge=0, lt=1, description="share of the training in which it rises")


class PlateauRate(Block):
    """Learning rate that is reduced when the validation loss no longer falls."""

    kind: Literal["plateau"]
    highest: float = Field(gt=0, le=1)
    factor: Fraction
    patience: int = Field(ge=1, le=1000, description="epochs without progress before a reduction")


class NetworkSettings(Block):
    """A network and how it is trained."""

    architecture: Annotated[LeNetSettings | ResNetSettings, Field(discriminator="name")]
    rate: Annotated[CosineRate | PlateauRate, Field(discriminator="kind")]
    weight_decay: float = Field(ge=0, le=1, description="of AdamW; 0 is Adam")
    batch_size: int = Field(ge=1, le=65_536)
    n_epochs: int = Field(ge=1, le=10_000, description="at most")
    patience: int = Field(
        ge=1, le=10_000, description="epochs without a lower validation loss before the end"
    )
    augmented: bool = Field(description="trained on images turned by the detector's symmetries")
    class_weights: bool = Field(False, description="whether both classes count alike in all")


class AutoencoderSettings(Block):
    """An autoencoder of light and how it is trained; see `showerforge.networks.light`."""

    n_latent: int = Field(ge=1, le=1024, description="latent variables")
    n_hidden: int = Field(
        ge=1, le=8192, description="units of the narrower hidden layer; the other has twice"
    )
    divergence_weight: float = Field(
        ge=0, le=10, description="of the divergence of the latent variables in the loss"
    )
    n_epochs: int = Field(ge=1, le=10_000)
    batch_size: int = Field(ge=1, le=65_536)
    learning_rate: float = Field(gt=0, le=1, description="the highest")
