"""A variational autoencoder of the light behind images, with the detector's noise as likelihood.

The decoder says what light is expected in each pixel. What was recorded is that light with the
noise of the detector, which is known; so the latent variables need not learn the noise, and images
are not blurred by it: noise is drawn anew for each drawn image.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import keras
import numpy as np
from keras import layers, ops
from numpy.typing import NDArray

from showerforge.errors import InputError
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
#: share of the training in which the learning rate rises, and of the highest rate at the end
WARM_UP, LAST_RATE = 0.05, 0.01
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


@keras.saving.register_keras_serializable(package="showerforge")
class LightAutoencoder(keras.Model):
    """Encoder and decoder, trained together (Kingma and Welling 2014, arXiv:1312.6114).

    Inputs are a dictionary of ``recorded`` and ``inside``, float32[n, n_window], ``total``,
    float32[n, 1], and ``known``, float32[n, n_known], what both are told.

    Parameters
    ----------
    n_window, n_known, n_latent : lengths.
    n_hidden : units of the narrower hidden layer; the other has twice as many.
    likelihood : what the decoder's numbers mean.
    divergence_weight : of the Kullback-Leibler divergence of the latent variables; below one,
        images are encoded more exactly (Higgins et al. 2017, beta-VAE).
    seed : of the latent variables that are drawn.
    """

    def __init__(
        self,
        n_window: int,
        n_known: int,
        n_latent: int,
        n_hidden: int,
        likelihood: Likelihood,
        divergence_weight: float,
        seed: int,
    ):
        super().__init__()
        self.n_latent, self.likelihood = n_latent, likelihood
        self.divergence_weight = divergence_weight
        self.seeds = keras.random.SeedGenerator(seed)
        self.encoder = _dense(n_window + n_known, (2 * n_hidden, n_hidden), 2 * n_latent, "encoder")
        self.decoder = _dense(
            n_latent + n_known,
            (n_hidden, 2 * n_hidden),
            likelihood.n_outputs * n_window,
            "decoder",
        )
        self.losses_by_name = {
            name: keras.metrics.Mean(name=name) for name in ("distortion", "divergence")
        }

    def encode(self, inputs: dict[str, Any]) -> tuple[Any, Any]:
        """Give mean and log-variance of the latent variables, tensor[n, n_latent] each."""
        seen = self.likelihood.encode(inputs["recorded"])
        mean, log_variance = ops.split(
            self.encoder(ops.concatenate([seen, inputs["known"]], axis=1)), 2, axis=1
        )
        return mean, ops.clip(log_variance, *LOG_VARIANCE)

    def call(self, inputs: dict[str, Any]) -> tuple[Any, Any, Any]:
        """Encode, draw and decode."""
        mean, log_variance = self.encode(inputs)
        noise = keras.random.normal(ops.shape(mean), seed=self.seeds)
        latent = mean + ops.exp(0.5 * log_variance) * noise
        outputs = self.decoder(ops.concatenate([latent, inputs["known"]], axis=1))
        return outputs, mean, log_variance

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """Distortion, in nats of the likelihood, plus the weighted divergence."""
        outputs, mean, log_variance = y_pred
        distortion = ops.mean(self.likelihood.lose(outputs, x["recorded"], x["inside"], x["total"]))
        divergence = 0.5 * ops.mean(
            ops.sum(mean**2 + ops.exp(log_variance) - 1.0 - log_variance, axis=1)
        )
        self.losses_by_name["distortion"].update_state(distortion)
        self.losses_by_name["divergence"].update_state(divergence)
        return distortion + self.divergence_weight * divergence

    @property
    def metrics(self) -> list[Any]:
        """What is told of each epoch."""
        return [*super().metrics, *self.losses_by_name.values()]


def _dense(n_inputs: int, widths: Sequence[int], n_outputs: int, name: str) -> keras.Model:
    inputs = keras.Input((n_inputs,), name=f"{name}_inputs")
    x = inputs
    for width in widths:
        x = layers.Dense(width, activation="silu")(x)
    return keras.Model(inputs, layers.Dense(n_outputs, name=f"{name}_outputs")(x), name=name)


class WindowBatches(keras.utils.PyDataset):
    """Batches of windows in random order, which depends on seed and epoch alone."""

    def __init__(self, windows: dict[str, Floats], size: int, seed: int):
        super().__init__()
        self._windows, self._seed, self._epoch = windows, seed, 0
        self._n = len(windows["recorded"])
        self._size = min(size, self._n)
        self._shuffle()

    def __len__(self) -> int:
        return self._n // self._size

    def __getitem__(self, number: int) -> tuple[dict[str, Floats]]:
        """Give a batch."""
        rows = self._order[number * self._size : (number + 1) * self._size]
        return ({name: values[rows] for name, values in self._windows.items()},)

    def on_epoch_end(self) -> None:
        """Shuffle anew."""
        self._epoch += 1
        self._shuffle()

    def _shuffle(self) -> None:
        self._order = np.random.default_rng([self._seed, self._epoch]).permutation(self._n)


def train_autoencoder(
    windows: dict[str, Floats],
    likelihood: Likelihood,
    settings: AutoencoderSettings,
    seed: int,
) -> tuple[LightAutoencoder, dict[str, list[float]]]:
    """Train an autoencoder.

    Parameters
    ----------
    windows : ``recorded``, ``inside``, ``total`` and ``known``; see `LightAutoencoder`.
    likelihood : what the decoder's numbers mean.
    settings : size and training.
    seed : of weights, order and latent variables.

    Returns
    -------
    autoencoder : trained.
    curves : by name, a number for each epoch.

    Raises
    ------
    InputError
        If the loss is no finite number.
    """
    keras.utils.set_random_seed(seed)
    autoencoder = LightAutoencoder(
        windows["recorded"].shape[1],
        windows["known"].shape[1],
        settings.n_latent,
        settings.n_hidden,
        likelihood,
        settings.divergence_weight,
        seed,
    )
    batches = WindowBatches(windows, settings.batch_size, seed)
    n_steps = settings.n_epochs * len(batches)
    rate = keras.optimizers.schedules.CosineDecay(
        0.0,
        max(1, round((1 - WARM_UP) * n_steps)),
        alpha=LAST_RATE,
        warmup_target=settings.learning_rate,
        warmup_steps=max(1, round(WARM_UP * n_steps)),
    )
    optimizer = keras.optimizers.AdamW(
        rate, weight_decay=WEIGHT_DECAY, global_clipnorm=LARGEST_GRADIENT
    )
    autoencoder.compile(optimizer, jit_compile=keras.backend.backend() == "jax")
    history = autoencoder.fit(batches, epochs=settings.n_epochs, verbose=0).history
    if not np.isfinite(history["loss"]).all():
        raise InputError(
            "The training of an autoencoder of light went astray: its loss is no finite number. "
            f"Lower learning_rate, which is {settings.learning_rate:g}. Nothing has been written."
        )
    return autoencoder, {name: history[name] for name in ("loss", "distortion", "divergence")}


def encode_windows(
    autoencoder: LightAutoencoder, windows: dict[str, Floats], generator: np.random.Generator
) -> Floats:
    """Draw the latent variables of images, float32[n, n_latent]."""
    drawn = []
    for begin in range(0, len(windows["recorded"]), ENCODED_AT_ONCE):
        part = {
            name: ops.convert_to_tensor(values[begin : begin + ENCODED_AT_ONCE])
            for name, values in windows.items()
        }
        mean, log_variance = (ops.convert_to_numpy(x) for x in autoencoder.encode(part))
        noise = generator.standard_normal(mean.shape, dtype=np.float32)
        drawn.append(mean + np.exp(0.5 * log_variance) * noise)
    return np.concatenate(drawn)
