"""Generators that learn the light behind images, and draw the noise of the detector anew.

An autoencoder (`showerforge.networks.light`) turns the light of an image into some latent numbers.
Together with the amount of light, where it lies and the conditions they make a row, as the Hillas
parameters do. The mean of the latent numbers follows the others by a polynomial; a Gaussian mixture
learns the distribution of what is left, by which rows are drawn under any conditions in closed
form. The decoder makes light of a row, and the detector an image of the light.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Annotated

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from showerforge.generators.densities import GaussianMixtures, shift_beyond
from showerforge.generators.images.frames import LaidOut
from showerforge.generators.images.interface import PARTICLE, Floats, ImageGenerator, TrainingImages
from showerforge.generators.images.latent import DECODER, BatchSize, Epochs, LearningRate
from showerforge.generators.images.readouts import Arrays, Readout
from showerforge.metrics.normal_scores import NormalScores
from showerforge.networks.settings import AutoencoderSettings

Rows = NDArray[np.float64]

Units = Annotated[int, Field(ge=1, le=8192)]

#: conditions whose logarithm is learnt
LOGARITHMIC = frozenset({"true_energy", "size"})
#: of the light by which an image is laid, that there is at least
LEAST_SHARE = 0.5
#: images that are decoded together, few enough for the cache of a processor
DECODED_AT_ONCE = 256
#: standard deviations to which rows are drawn, and steps of the table that turns scores to values
REACH, N_STEPS = 6.0, 4096
#: points by which each marginal distribution of the rows is kept
N_KNOTS = 2001
REGULARISATION = 0.001
#: penalty of the coefficients of a trend, for each row, and standard deviations to which it is used
TREND_PENALTY, TREND_REACH = 1e-5, 4.0
#: seed of a branch of the random numbers
_ENCODING = 1


class LightMixture(ImageGenerator):
    """Light whose latent rows are drawn from a Gaussian mixture under the conditions.

    Parameters
    ----------
    n_components : Gaussians of the distribution of latent rows, for each particle.
    n_rings : rings of pixels about the centre of gravity of a camera image that are learnt.
    symmetric : whether images may be turned and mirrored about the centre of the camera; where the
        source is elsewhere, they never are.
    n_draws, tolerance : draws of the noise, at most, and deviation from the wanted size, relative,
        at which no more is drawn.
    n_latent, n_hidden, divergence_weight, n_epochs, batch_size, learning_rate : see
        `showerforge.networks.settings.AutoencoderSettings`.
    """

    label = "latent mixture of light"
    conditions = frozenset({PARTICLE, "true_energy", "impact", "size"})
    draws_noise = True

    def __init__(
        self,
        n_components: Annotated[int, Field(ge=1, le=500)] = 80,
        n_rings: Annotated[int, Field(ge=1, le=100)] = 12,
        symmetric: bool = True,
        n_draws: Annotated[int, Field(ge=1, le=10_000)] = 16,
        tolerance: Annotated[float, Field(gt=0, le=1)] = 0.02,
        n_latent: Units = 32,
        n_hidden: Units = 192,
        divergence_weight: Annotated[float, Field(ge=0, le=10)] = 0.1,
        n_epochs: Epochs = 80,
        batch_size: BatchSize = 256,
        learning_rate: LearningRate = 0.002,
    ):
        self.n_components = n_components
        self.n_rings = n_rings
        self.symmetric = symmetric
        self.n_draws = n_draws
        self.tolerance = tolerance
        self.n_latent = n_latent
        self.n_hidden = n_hidden
        self.divergence_weight = divergence_weight
        self.n_epochs = n_epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate

    def minimum_events(self) -> int:
        """Return the number of images of a particle that `fit` needs to generate it."""
        return max(super().minimum_events(), 2 * self.n_components)

    def _readout(self) -> Readout:
        return self.detector_.readout(self.n_rings, self.symmetric, self.n_draws, self.tolerance)

    def _learn(
        self, training: TrainingImages, seed: int
    ) -> tuple[dict[str, bytes], Arrays, pd.DataFrame]:
        from showerforge.networks.export import to_onnx
        from showerforge.networks.light import encode_windows, train_autoencoder

        readout = self._readout()
        light, reference, counted = readout.light_of(training)
        laid = readout.frame.lay(reference)
        # what lies beyond the window is lost; noise may leave less than there was
        total = laid.take(counted).sum(axis=1, dtype=float)
        total = np.maximum(total, LEAST_SHARE * laid.take(reference).sum(axis=1))
        known = _describe(laid, total)
        centre, scale = known.mean(axis=0), known.std(axis=0)
        scale[scale == 0] = 1.0
        windows = {
            "recorded": laid.take(light),
            "inside": laid.inside.astype(np.float32),
            "total": total[:, None].astype(np.float32),
            "known": ((known - centre) / scale).astype(np.float32),
        }
        settings = AutoencoderSettings(
            **{name: getattr(self, name) for name in AutoencoderSettings.model_fields}
        )
        autoencoder, curves = train_autoencoder(
            windows, readout.likelihood(training), settings, seed
        )
        generator = np.random.default_rng([seed, _ENCODING])
        latent = encode_windows(autoencoder, windows, generator)
        arrays = {**readout.learn(training), "known_centre": centre, "known_scale": scale}
        asked = self._coordinates(training.conditions)
        for particle in self.detector_.particles:
            own = (training.conditions[PARTICLE] == particle).to_numpy()
            leading = np.column_stack(
                [asked[own], self._relative(total, training.conditions)[own], laid.place[own]]
            )
            trend = Trend.fit(leading, latent[own])
            rest = latent[own] - trend.of(leading)
            learnt = _learn_rows(np.column_stack([leading, rest]), self.n_components, seed)
            arrays |= {f"{particle}.{name}": v for name, v in (learnt | vars(trend)).items()}
        return {DECODER: to_onnx(autoencoder.decoder, seed)}, arrays, curves

    def _coordinates(self, conditions: pd.DataFrame) -> Rows:
        """Conditions as the mixture knows them, float64[n, n_conditions]."""
        names = self._honoured(self.detector_)
        columns = [
            np.log10(conditions[name]) if name in LOGARITHMIC else conditions[name]
            for name in names
        ]
        return np.column_stack([*columns, np.empty((len(conditions), 0))])

    def _relative(self, total: Rows, conditions: pd.DataFrame) -> Rows:
        """Logarithm of the light, relative to the size where one is asked for."""
        size = conditions["size"] if "size" in self._honoured(self.detector_) else 1.0
        return np.log(total / np.asarray(size))

    def _draw(self, conditions: pd.DataFrame, generator: np.random.Generator) -> Floats:
        mixtures, asked = self._once("mixtures", self._read_mixtures), self._coordinates(conditions)
        images = np.empty((len(conditions), *self.detector_.shape), dtype=np.float32)
        for particle in self.detector_.particles:
            own = np.flatnonzero(conditions[PARTICLE] == particle)
            if len(own) == 0:
                continue
            rows = mixtures[particle].sample(asked[own], generator)
            for begin in range(0, len(own), DECODED_AT_ONCE):
                part = slice(begin, begin + DECODED_AT_ONCE)
                images[own[part]] = self._decode(rows[part], conditions.iloc[own[part]], generator)
        return images

    def _decode(
        self, rows: Rows, conditions: pd.DataFrame, generator: np.random.Generator
    ) -> Floats:
        """Make images of rows."""
        from showerforge.networks.export import open_onnx, run_onnx

        arrays, readout = self.arrays_, self._once("readout", self._readout)
        decoder = self._once(DECODER, lambda: open_onnx(self.networks_[DECODER]))
        relative, place, latent = np.split(rows, [1, 1 + readout.frame.n_places], axis=1)
        size = conditions["size"].to_numpy() if "size" in conditions else 1.0
        total = np.exp(relative[:, 0]) * size
        laid = readout.frame.lay_drawn(place, generator)
        known = (_describe(laid, total) - arrays["known_centre"]) / arrays["known_scale"]
        inputs = np.concatenate([latent, known], axis=1).astype(np.float32)
        outputs = run_onnx(decoder, inputs)
        return readout.draw(outputs, laid, total, conditions, arrays, generator)

    def _read_mixtures(self) -> dict[str, _RowMixture]:
        return {
            particle: _RowMixture(self.arrays_, f"{particle}.")
            for particle in self.detector_.particles
        }


class LightVae(LightMixture):
    """Conditional VAE of light: one Gaussian, whose mean follows the conditions, is the prior.

    The size is exact by construction, and the likelihood is that of photo-electrons in noise.

    Parameters
    ----------
    symmetric, n_latent, n_hidden, n_epochs, batch_size, learning_rate : see `LightMixture`.
    """

    label = "conditional VAE of light"

    def __init__(
        self,
        symmetric: bool = True,
        n_latent: Units = 16,
        n_hidden: Units = 192,
        n_epochs: Epochs = 40,
        batch_size: BatchSize = 256,
        learning_rate: LearningRate = 0.002,
    ):
        super().__init__(
            n_components=1,
            symmetric=symmetric,
            n_latent=n_latent,
            n_hidden=n_hidden,
            divergence_weight=1.0,
            n_epochs=n_epochs,
            batch_size=batch_size,
            learning_rate=learning_rate,
        )


def _describe(laid: LaidOut, total: Rows) -> Rows:
    """What encoder and decoder are told of an image."""
    return np.column_stack([np.log(total), laid.place, laid.offset])


@dataclass(frozen=True)
class Trend:
    """Mean of latent numbers as a polynomial of second degree in the columns before them.

    Where a shower from the source lies tells how it is turned, to a degree: a mixture of some dozen
    Gaussians alone blurs that.

    Attributes
    ----------
    trend_centre, trend_scale : float64[n_leading], of the columns.
    trend_coefficients : float64[n_terms, n_latent].
    """

    trend_centre: Rows
    trend_scale: Rows
    trend_coefficients: Rows

    @classmethod
    def fit(cls, leading: Rows, latent: Rows) -> Trend:
        """Find the polynomial by least squares, with a penalty that keeps it tame."""
        centre, scale = leading.mean(axis=0), leading.std(axis=0)
        scale[scale == 0] = 1.0
        terms = _polynomial((leading - centre) / scale)
        penalty = TREND_PENALTY * len(terms) * np.eye(terms.shape[1])
        solution = np.linalg.solve(terms.T @ terms + penalty, terms.T @ latent)
        return cls(centre, scale, solution.astype(float))

    def of(self, leading: Rows) -> Rows:
        """Compute the mean, float64[n, n_latent]."""
        return _polynomial((leading - self.trend_centre) / self.trend_scale) @ (
            self.trend_coefficients
        )


def _polynomial(values: Rows) -> Rows:
    """Write values, their products and one as columns, float64[n, n_terms]."""
    tame = np.clip(values, -TREND_REACH, TREND_REACH)
    first, second = np.triu_indices(tame.shape[1])
    return np.column_stack([np.ones(len(tame)), tame, tame[:, first] * tame[:, second]])


def _learn_rows(rows: Rows, n_components: int, seed: int) -> Arrays:
    """Learn the distribution of rows."""
    scores = NormalScores()
    generator = np.random.default_rng(seed)
    mixture = GaussianMixtures(n_components, "likelihood", n_components, 1, REGULARISATION, True)
    mixture.fit(scores.fit_transform(rows, generator), seed)
    kept = np.unique(np.linspace(0, len(rows) - 1, N_KNOTS).astype(int))
    knots = mixture.knots_
    assert knots is not None
    return {
        "scores": scores.scores_[kept],
        "values": scores.sorted_[kept],
        "weights": mixture.weights_,
        "means": mixture.means_,
        "covariances": mixture.covariances_,
        "model_quantiles": knots[0],
        "normal_quantiles": knots[1],
    }


class _RowMixture:
    """The distribution of rows, from the arrays of `_learn_rows` and `Trend`."""

    def __init__(self, arrays: Arrays, prefix: str):
        own = {
            name.removeprefix(prefix): values
            for name, values in arrays.items()
            if name.startswith(prefix)
        }
        self._scores = NormalScores.of(own["scores"], own["values"])
        self._mixture = GaussianMixtures.of(own["weights"], own["means"], own["covariances"])
        self._model, self._normal = own["model_quantiles"], own["normal_quantiles"]
        self._trend = Trend(**{field.name: own[field.name] for field in fields(Trend)})
        # calibration and normal scores in one table of even steps, which needs no search
        steps = np.linspace(-REACH, REACH, N_STEPS + 1)
        n_columns = self._model.shape[1]
        calibrated = [
            shift_beyond(steps, self._model[:, j], self._normal) for j in range(n_columns)
        ]
        self._table = self._scores.inverse_transform(np.column_stack(calibrated))

    def sample(self, asked: Rows, generator: np.random.Generator) -> Rows:
        """Draw the rest of rows whose first columns are given, float64[n, n_rest]."""
        n_asked = asked.shape[1]
        given = {
            j: shift_beyond(
                self._scores.transform_column(j, asked[:, j]), self._normal, self._model[:, j]
            )
            for j in range(n_asked)
        }
        drawn, _ = self._mixture.sample(len(asked), given, generator)
        place = (drawn[:, n_asked:] + REACH) * (N_STEPS / (2 * REACH))
        below = np.clip(place.astype(int), 0, N_STEPS - 1)
        rest = np.arange(n_asked, self._table.shape[1])
        lower, upper = self._table[below, rest], self._table[below + 1, rest]
        rows = lower + (np.clip(place, 0, N_STEPS) - below) * (upper - lower)
        n_leading = len(self._trend.trend_centre)
        leading = np.column_stack([asked, rows[:, : n_leading - n_asked]])
        rows[:, n_leading - n_asked :] += self._trend.of(leading)
        return rows
