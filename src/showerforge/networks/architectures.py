"""The networks, each a function of the shape of an image and its settings.

Each ends in one number without an activation, the logit of the signal.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

from showerforge.networks.layers import HexagonalConvolution
from showerforge.networks.settings import LeNetSettings, ResNetSettings

#: of LeCun et al. 1998, figure 2: channels of the convolutions, side of their kernels, units
LENET_FILTERS, LENET_KERNEL, LENET_UNITS = (6, 16), 5, (120, 84)
#: share of the running mean that a batch leaves as it is; Keras' 0.99 needs thousands of batches
MOMENTUM = 0.9


def build_network(
    settings: LeNetSettings | ResNetSettings, shape: tuple[int, int, int], seed: int
) -> keras.Model:
    """Build a network with fresh weights.

    Parameters
    ----------
    settings : which one.
    shape : rows, columns and channels of an image.
    seed : of the weights.
    """
    keras.utils.set_random_seed(seed)
    images = keras.Input(shape, name="images")
    if isinstance(settings, LeNetSettings):
        features = _lenet5(images, settings)
    else:
        features = _resnet(images, settings)
    return keras.Model(images, layers.Dense(1, name="logit")(features), name=settings.name)


def _lenet5(images: Any, settings: LeNetSettings) -> Any:
    """LeNet-5 (LeCun et al. 1998, Proc. IEEE 86, 2278, section II.B).

    With average pooling, tanh and fully connected maps, as it is built today.
    """
    x = images
    for filters in LENET_FILTERS:
        x = layers.Conv2D(filters, LENET_KERNEL, use_bias=not settings.batch_normalisation)(x)
        if settings.batch_normalisation:
            x = layers.BatchNormalization(momentum=MOMENTUM)(x)
        x = layers.AveragePooling2D(2)(layers.Activation("tanh")(x))
    x = layers.Flatten()(x)
    for units in LENET_UNITS:
        x = layers.Dense(units, activation="tanh")(x)
    return x


def _resnet(images: Any, settings: ResNetSettings) -> Any:
    """Residual network (He et al. 2016, CVPR, arXiv:1512.03385), shallow and narrow."""
    first, *others = settings.widths
    x = _convolve(images, first, settings.stem_stride, settings.hexagonal)
    x = _residual_block(layers.ReLU()(x), first, 1, settings.hexagonal)
    for width in others:
        x = _residual_block(x, width, 2, settings.hexagonal)
    x = layers.GlobalAveragePooling2D()(x)
    return layers.Dropout(settings.dropout)(x) if settings.dropout else x


def _residual_block(x: Any, width: int, stride: int, hexagonal: bool) -> Any:
    y = layers.ReLU()(_convolve(x, width, stride, hexagonal))
    y = _convolve(y, width, 1, hexagonal)
    if stride != 1 or x.shape[-1] != width:
        x = layers.Conv2D(width, 1, strides=stride, use_bias=False)(x)
        x = layers.BatchNormalization(momentum=MOMENTUM)(x)
    return layers.ReLU()(layers.Add()([x, y]))


def _convolve(x: Any, width: int, stride: int, hexagonal: bool) -> Any:
    if hexagonal:
        x = HexagonalConvolution(width, stride)(x)
    else:
        x = layers.Conv2D(width, 3, strides=stride, padding="same", use_bias=False)(x)
    return layers.BatchNormalization(momentum=MOMENTUM)(x)
