"""The conditional variational autoencoder."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from showerforge.networks.generative import GenerativeNetwork, dense_network


class VariationalAutoencoder(GenerativeNetwork):
    """Conditional variational autoencoder of dense layers.

    Kingma & Welling 2014, arXiv:1312.6114, with the condition beside what goes into encoder and
    decoder (Sohn et al. 2015, NeurIPS 28). The loss is the mean over images of half the squared
    error in units of the variance of a pixel, and the divergence of the latent variables from
    standard normal ones (appendix B there).

    Parameters
    ----------
    n_values : numbers of an image.
    n_codes : numbers of a condition.
    n_latent : latent variables.
    units : of the layers of the encoder; the decoder has them in reverse.
    variance : of a pixel about what the decoder says.
    seed : of the latent variables.
    """

    parts = ("reconstruction", "kl")

    def __init__(
        self,
        n_values: int,
        n_codes: int,
        n_latent: int,
        units: tuple[int, ...],
        variance: float,
        seed: int,
    ):
        super().__init__()
        self.encoder = dense_network(n_values + n_codes, units, 2 * n_latent, "encoder")
        self.decoder = dense_network(n_latent + n_codes, units[::-1], n_values, "decoder")
        self._variance = variance
        self._seeds = keras.random.SeedGenerator(seed)

    def call(self, inputs: dict[str, Any]) -> Any:
        """Encode ``images`` under their ``codes``, draw latent variables, and decode them."""
        images, codes = inputs["images"], inputs["codes"]
        mean, log_variance = ops.split(self.encoder(ops.concatenate([images, codes], 1)), 2, axis=1)
        noise = keras.random.normal(ops.shape(mean), seed=self._seeds)
        latent = mean + ops.exp(log_variance / 2) * noise
        divergence = ops.square(mean) + ops.exp(log_variance) - 1 - log_variance
        self.add_loss(ops.mean(ops.sum(divergence, axis=1)) / 2)
        return self.decoder(ops.concatenate([latent, codes], 1))

    def losses_of(self, inputs: dict[str, Any], outputs: Any) -> tuple[Any, Any]:
        """Compute the squared error of what was decoded, and the divergence."""
        error = ops.mean(ops.sum(ops.square(inputs["images"] - outputs), axis=1))
        return error / (2 * self._variance), sum(self.losses)
