"""The conditional generative adversarial network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from showerforge.networks.generative import GenerativeNetwork, dense_network

#: slope of the discriminator's activations where they are negative
LEAK = 0.2
#: what images and codes are multiplied with before the discriminator sees them. Its score changes
#: by no more than they do, so that this is how sharp a judge it can be of each
IMAGE_SHARPNESS, CODE_SHARPNESS = 4.0, 2.0


class Discriminator(keras.layers.Layer):
    """Tells recorded images from generated ones, under a condition.

    Dense layers, whose matrices are divided by their largest singular values (spectral
    normalisation, Miyato et al. 2018, arXiv:1802.05957, algorithm 1). The score, higher for
    recorded images, is linear in the features and in their product with a projection of the code
    (Miyato & Koyama 2018, arXiv:1802.05637, equation 4). Beside the pixels it sees the sum of the
    first channel, on the same scale: the size of an image, which a small error of one bright pixel
    on the logarithmic scale puts wrong by much. One feature more is how far the images of
    a batch are apart (after Karras et al. 2018, arXiv:1710.10196, section 3, but as a distance, of
    the size of the other features), by which a generator is caught that draws the same image again
    and again.

    Parameters
    ----------
    n_pixels, n_channels : of an image.
    n_codes : numbers of a condition.
    units : of the layers.
    span : of the first channel, see `showerforge.generators.images.scale`.
    """

    def __init__(
        self, n_pixels: int, n_channels: int, n_codes: int, units: Sequence[int], span: float
    ):
        super().__init__(name="discriminator")
        self._shape, self._span = (-1, n_pixels, n_channels), span
        n_features = units[-1] + 1
        inputs = [n_pixels * n_channels + 1 + n_codes, *units[:-1], n_features, n_codes]
        outputs = [*units, 1, n_features]
        self.kernels, self.directions, self.biases = [], [], []
        for n_inputs, n_outputs in zip(inputs, outputs, strict=True):
            self.kernels.append(
                self.add_weight(shape=(n_inputs, n_outputs), initializer="orthogonal")
            )
            self.biases.append(self.add_weight(shape=(n_outputs,), initializer="zeros"))
            self.directions.append(
                self.add_weight(shape=(n_outputs, 1), initializer="ones", trainable=False)
            )
        self.built = True

    def bounded(self) -> list[tuple[Any, Any]]:
        """Give matrix and bias of each layer; a step of the power iteration bounds the matrix."""
        layers = []
        for kernel, bias, direction in zip(self.kernels, self.biases, self.directions, strict=True):
            matrix, bias = ops.convert_to_tensor(kernel), ops.convert_to_tensor(bias)
            constant = ops.stop_gradient(matrix)
            before = ops.normalize(ops.matmul(constant, direction), axis=0)
            after = ops.normalize(ops.matmul(ops.transpose(constant), before), axis=0)
            direction.assign(after)
            largest = ops.sum(ops.matmul(matrix, after) * before)
            layers.append((matrix / largest, bias))
        return layers

    def score(self, layers: list[tuple[Any, Any]], images: Any, codes: Any) -> Any:
        """Score images, float[n, n_values], under codes, float[n, n_codes].

        Parameters
        ----------
        layers : see `bounded`.
        """
        *hidden, (last, last_bias), (projection, projection_bias) = layers
        light = ops.relu(ops.reshape(images, self._shape)[:, :, 0])
        total = ops.sum(ops.expm1(self._span * light), axis=1, keepdims=True)
        size = ops.log1p(total) / self._span
        codes = CODE_SHARPNESS * codes
        x = ops.concatenate([IMAGE_SHARPNESS * images, IMAGE_SHARPNESS * size, codes], 1)
        for matrix, bias in hidden:
            x = ops.leaky_relu(ops.matmul(x, matrix) + bias, LEAK)
        # a square root has no gradient at zero
        spread = ops.sqrt(ops.sum(ops.var(x, axis=0)) + keras.config.epsilon())
        x = ops.concatenate([x, spread * ops.ones_like(x[:, :1])], 1)
        projected = ops.matmul(codes, projection) + projection_bias
        return ops.matmul(x, last) + last_bias + ops.sum(projected * x, axis=1, keepdims=True)


class AdversarialNetwork(GenerativeNetwork):
    """Generator and discriminator, trained at the same time in one pass.

    Goodfellow et al. 2014, arXiv:1406.2661, with the hinge loss (Miyato et al. 2018, equations 16
    and 17). Both share an optimiser, and the sum of their losses: what one learns from is constant
    to the other, see `losses_of`.

    Parameters
    ----------
    n_pixels, n_channels : of an image.
    n_codes : numbers of a condition.
    n_latent : latent variables.
    generator_units, discriminator_units : of their layers.
    smallest, span : of the first channel, see `showerforge.generators.images.scale`: the value
        below which a pixel is empty, and what a value of 1 stands for.
    seed : of the latent variables.
    """

    parts = ("generator_loss", "discriminator_loss")

    def __init__(
        self,
        n_pixels: int,
        n_channels: int,
        n_codes: int,
        n_latent: int,
        generator_units: Sequence[int],
        discriminator_units: Sequence[int],
        smallest: float,
        span: float,
        seed: int,
    ):
        super().__init__()
        # scaled pixels are between -1 and 1
        self.generator = dense_network(
            n_latent + n_codes,
            generator_units,
            n_pixels * n_channels,
            "generator",
            activation="tanh",
        )
        self.discriminator = Discriminator(n_pixels, n_channels, n_codes, discriminator_units, span)
        self._n_latent, self._smallest = n_latent, smallest
        self._shape = (-1, n_pixels, n_channels)
        self._seeds = keras.random.SeedGenerator(seed)

    def call(self, inputs: dict[str, Any]) -> Any:
        """Generate an image for each of the ``codes``."""
        codes = inputs["codes"]
        shape = (ops.shape(codes)[0], self._n_latent)
        latent = keras.random.normal(shape, seed=self._seeds)
        return self.empty(self.generator(ops.concatenate([latent, codes], 1)))

    def empty(self, values: Any) -> Any:
        """Set pixels below the smallest signal to zero, as is done with generated images.

        Else the discriminator had an easy game. The gradient goes through as if nothing were done
        (Bengio et al. 2013, arXiv:1308.3432), so that pixels which are empty can be filled.
        """
        pixels = ops.reshape(values, self._shape)
        is_lit = ops.cast(pixels[:, :, :1] >= self._smallest, values.dtype)
        left = ops.reshape(pixels * is_lit, ops.shape(values))
        return values + ops.stop_gradient(left - values)

    def losses_of(self, inputs: dict[str, Any], outputs: Any) -> tuple[Any, Any]:
        """Compute the loss of the generator and that of the discriminator.

        The first has no gradient for the discriminator's weights, the second none for the
        generator's.
        """
        codes, score = inputs["codes"], self.discriminator.score
        layers = self.discriminator.bounded()
        frozen = [(ops.stop_gradient(matrix), ops.stop_gradient(bias)) for matrix, bias in layers]
        deceived = score(frozen, outputs, codes)
        recorded = score(layers, inputs["images"], codes)
        forged = score(layers, ops.stop_gradient(outputs), codes)
        hinges = ops.mean(ops.relu(1 - recorded)) + ops.mean(ops.relu(1 + forged))
        return -ops.mean(deceived), hinges
