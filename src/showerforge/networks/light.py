"""A variational autoencoder of the light behind images, with the detector's noise as likelihood.

The decoder says what light is expected in each pixel. What was recorded is that light with the
noise of the detector, which is known; so the latent variables need not learn the noise, and images
are not blurred by it: noise is drawn anew for each drawn image.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import keras
import numpy as np
import pandas as pd
from keras import ops
from numpy.typing import NDArray

from showerforge.networks.generative import (
    GenerativeNetwork,
    ShuffledBatches,
    dense_network,
    start_afresh,
    train_generative,
)
from showerforge.networks.settings import LOG_SPREAD, AutoencoderSettings

Floats = NDArray[np.float32]

#: log-variances of the latent variables are held in this range
LOG_VARIANCE = (-12.0, 2.0)
#: energies below this share of the unit are as good as none
SMALLEST = 1e-3
#: logit of a place where the detector has no pixel
NOWHERE = -1e9
#: of the gradient of all weights together, beyond which it is shortened
LARGEST_GRADIENT = 5.0
#: share of the training in which the learning rate rises
WARM_UP = 0.05
WEIGHT_DECAY = 1e-4
ENCODED_AT_ONCE = 8192


class Likelihood(Protocol):
    """How likely what was recorded is, where a network expects some light."""

    @property
    def n_outputs(self) -> int:
        """Numbers that a decoder gives for each pixel."""

    def encode(self, recorded: Any) -> Any:
        """Put charges on the scale that an encoder sees."""

    def lose(self, outputs: Any, recorded: Any, inside: Any, total: Any) -> Any:
        """Minus the log-likelihood of each image, nats, up to a constant.

        Parameters
        ----------
        outputs : tensor[n, n_outputs * n_window] of the decoder.
        recorded : tensor[n, n_window].
        inside : tensor[n, n_window], 1 where the detector has a pixel, or else 0.
        total : tensor[n, 1], light of the whole image.
        """


@dataclass(frozen=True)
class PhotoElectrons:
    """Light that a camera records with noise of known variance.

    The decoder gives the share of each pixel in the light, so that their sum is exact. A pixel with
    mean mu of light has the variance ``(mu + b) (1 + s^2) + e^2``, see
    `showerforge.showers.detector.draw_images`; the distribution is taken for normal (de Naurois and
    Rolland 2009, Astropart. Phys. 32, 231, section 2.2). Where the expectation itself is known, it
    is averaged over all that might be recorded.

    Attributes
    ----------
    night_sky_background, single_photo_electron_spread, electronic_noise : b, s and e.
    is_expected : whether images are expectations, and not recorded with noise.
    """

    night_sky_background: float
    single_photo_electron_spread: float
    electronic_noise: float
    is_expected: bool

    n_outputs = 1

    def encode(self, recorded: Any) -> Any:
        """Put charges on the scale that an encoder sees."""
        return ops.arcsinh(recorded)

    def lose(self, outputs: Any, recorded: Any, inside: Any, total: Any) -> Any:
        """Minus the log-likelihood; see `Likelihood`."""
        light = total * ops.softmax(ops.where(inside > 0, outputs, NOWHERE))
        variance = self._variance(light)
        own = self._variance(recorded) if self.is_expected else 0.0
        loss = ((recorded - light) ** 2 + own) / variance + ops.log(variance)
        if self.is_expected:
            # so that nothing is lost where light is what it should be
            loss -= 1.0 + ops.log(own)
        return ops.sum(0.5 * loss * inside, axis=1)

    def _variance(self, light: Any) -> Any:
        factor = 1.0 + self.single_photo_electron_spread**2
        return (light + self.night_sky_background) * factor + self.electronic_noise**2


@dataclass(frozen=True)
class Crystals:
    """Energies of crystals that are zero when too small, and else spread by their resolution.

    The decoder gives for each crystal the log-odds of a hit, and mean and log-spread of the
    logarithm of its energy.

    Attributes
    ----------
    unit : energy of which the logarithm is taken, that of the smallest hits.
    """

    unit: float

    n_outputs = 3

    def encode(self, recorded: Any) -> Any:
        """Put energies on the scale that an encoder sees."""
        return ops.arcsinh(recorded / self.unit)

    def lose(self, outputs: Any, recorded: Any, inside: Any, total: Any) -> Any:
        """Minus the log-likelihood; see `Likelihood`."""
        odds, mean, log_spread = ops.split(outputs, self.n_outputs, axis=1)
        log_spread = ops.clip(log_spread, *LOG_SPREAD)
        is_hit = ops.cast(recorded > 0, outputs.dtype)
        log_energy = ops.log(ops.maximum(recorded, self.unit * SMALLEST) / self.unit)
        spread = 0.5 * ((log_energy - mean) / ops.exp(log_spread)) ** 2 + log_spread
        return ops.sum(ops.softplus(odds) - is_hit * odds + is_hit * spread, axis=1)


class LightAutoencoder(GenerativeNetwork):
    """Encoder and decoder, trained together (Kingma and Welling 2014, arXiv:1312.6114).

    Inputs are a dictionary of ``recorded`` and ``inside``, float32[n, n_window], ``total``,
    float32[n, 1], and ``known``, float32[n, n_known], what both are told. The parts of the loss
    are in nats.

    Parameters
    ----------
    n_window, n_known : lengths of the inputs.
    likelihood : what the decoder's numbers mean.
    settings : size, and weight of the divergence; below one, images are encoded more exactly
        (Higgins et al. 2017, beta-VAE).
    seed : of the latent variables that are drawn.
    """

    parts = ("distortion", "divergence")

    def __init__(
        self,
        n_window: int,
        n_known: int,
        likelihood: Likelihood,
        settings: AutoencoderSettings,
        seed: int,
    ):
        super().__init__()
        n_latent, n_hidden = settings.n_latent, settings.n_hidden
        self.likelihood = likelihood
        self.encoder = dense_network(
            n_window + n_known, (2 * n_hidden, n_hidden), 2 * n_latent, "encoder", "silu"
        )
        self.decoder = dense_network(
            n_latent + n_known,
            (n_hidden, 2 * n_hidden),
            likelihood.n_outputs * n_window,
            "decoder",
            "silu",
        )
        self._divergence_weight = settings.divergence_weight
        self._seeds = keras.random.SeedGenerator(seed)

    def call(self, inputs: dict[str, Any]) -> tuple[Any, Any, Any]:
        """Encode, draw and decode; gives numbers of the decoder, mean and log-variance."""
        seen = self.likelihood.encode(inputs["recorded"])
        mean, log_variance = ops.split(
            self.encoder(ops.concatenate([seen, inputs["known"]], axis=1)), 2, axis=1
        )
        log_variance = ops.clip(log_variance, *LOG_VARIANCE)
        noise = keras.random.normal(ops.shape(mean), seed=self._seeds)
        latent = mean + ops.exp(0.5 * log_variance) * noise
        outputs = self.decoder(ops.concatenate([latent, inputs["known"]], axis=1))
        return outputs, mean, log_variance

    def losses_of(self, inputs: dict[str, Any], outputs: Any) -> tuple[Any, Any]:
        """Compute the distortion by the likelihood, and the weighted divergence."""
        decoded, mean, log_variance = outputs
        distortion = self.likelihood.lose(
            decoded, inputs["recorded"], inputs["inside"], inputs["total"]
        )
        divergence = 0.5 * ops.sum(mean**2 + ops.exp(log_variance) - 1.0 - log_variance, axis=1)
        return ops.mean(distortion), self._divergence_weight * ops.mean(divergence)


def train_autoencoder(
    windows: Mapping[str, Floats],
    likelihood: Likelihood,
    settings: AutoencoderSettings,
    seed: int,
) -> tuple[LightAutoencoder, pd.DataFrame]:
    """Train an autoencoder.

    Parameters
    ----------
    windows : ``recorded``, ``inside``, ``total`` and ``known``; see `LightAutoencoder`.
    likelihood : what the decoder's numbers mean.
    settings : size and training.
    seed : of weights, order and latent variables.

    Returns
    -------
    autoencoder, curves : see `showerforge.networks.generative.train_generative`.

    Raises
    ------
    InputError
        If a loss is no finite number.
    """
    start_afresh(seed)
    autoencoder = LightAutoencoder(
        windows["recorded"].shape[1], windows["known"].shape[1], likelihood, settings, seed
    )
    curves = train_generative(
        autoencoder,
        ShuffledBatches(windows, settings.batch_size, seed),
        settings.n_epochs,
        settings.learning_rate,
        WARM_UP,
        weight_decay=WEIGHT_DECAY,
        global_clipnorm=LARGEST_GRADIENT,
    )
    return autoencoder, curves


def encode_windows(
    autoencoder: LightAutoencoder, windows: Mapping[str, Floats], generator: np.random.Generator
) -> Floats:
    """Draw the latent variables of images, float32[n, n_latent]."""
    seen = ops.convert_to_numpy(autoencoder.likelihood.encode(windows["recorded"]))
    outputs = autoencoder.encoder.predict(
        np.concatenate([seen, windows["known"]], axis=1), batch_size=ENCODED_AT_ONCE, verbose=0
    )
    mean, log_variance = np.split(outputs, 2, axis=1)
    noise = generator.standard_normal(mean.shape, dtype=np.float32)
    return mean + np.exp(0.5 * np.clip(log_variance, *LOG_VARIANCE)) * noise
