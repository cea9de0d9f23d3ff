"""From the numbers of a decoder to images: what each kind of detector makes of light."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from showerforge.calorimeter.columns import ENERGY, TIME
from showerforge.cameras.camera import Camera
from showerforge.cameras.settings import CleaningSettings
from showerforge.generators.images.frames import CameraFrame, FixedFrame, Frame, LaidOut
from showerforge.networks.layout import Layout
from showerforge.showers.settings import DetectorSettings

if TYPE_CHECKING:
    from showerforge.generators.images.interface import TrainingImages
    from showerforge.networks.light import Likelihood

Floats = NDArray[np.float32]
Arrays = dict[str, NDArray[Any]]

#: draws of the crystals of an image until the hottest is the one in the middle
MOST_DRAWS = 20
#: quantiles of the times of crystals that are kept, in so many bins of their energy
N_TIME_QUANTILES, N_ENERGY_BINS = 201, 40


class Readout(Protocol):
    """What a generator of light needs to know of a kind of detector."""

    @property
    def frame(self) -> Frame:
        """How images are laid."""

    def light_of(self, training: TrainingImages) -> tuple[Floats, Floats, Floats]:
        """Light that is learnt, images by which it is laid, and pixels that count for its amount.

        Returns
        -------
        light, reference, counted : float32[n, n_pixels].
        """

    def likelihood(self, training: TrainingImages) -> Likelihood:
        """How likely it is that light is recorded as it was."""

    def learn(self, training: TrainingImages) -> Arrays:
        """Learn what else drawing needs."""

    def draw(
        self,
        outputs: Floats,
        laid: LaidOut,
        total: NDArray[np.float64],
        conditions: pd.DataFrame,
        arrays: Arrays,
        generator: np.random.Generator,
    ) -> Floats:
        """Draw images.

        Parameters
        ----------
        outputs : float32[n, n_outputs * n_window] of the decoder.
        laid : where the windows lie.
        total : float64[n], light of each image.
        conditions : what is asked for.
        arrays : see `learn`.
        generator : random numbers.

        Returns
        -------
        images : float32[n, n_pixels, n_channels].
        """


@dataclass(frozen=True, eq=False)
class CameraReadout:
    """A camera: light, noise in every pixel, and a trigger.

    Attributes
    ----------
    camera, cleaning, noise : the camera, what the size of an image is, and how light is recorded.
    n_rings, is_symmetric : see `CameraFrame`.
    n_draws, tolerance : see `showerforge.generators.images.recording.record_sized`.
    """

    camera: Camera
    cleaning: CleaningSettings
    noise: DetectorSettings
    n_rings: int
    is_symmetric: bool
    n_draws: int
    tolerance: float

    @cached_property
    def frame(self) -> CameraFrame:
        """How images are laid."""
        return CameraFrame(self.camera, self.n_rings, self.is_symmetric)

    @cached_property
    def _dark_quantiles(self) -> NDArray[np.float64]:
        from showerforge.generators.images.recording import dark_quantiles

        return dark_quantiles(self.noise)

    def light_of(self, training: TrainingImages) -> tuple[Floats, Floats, Floats]:
        """Light that is learnt: the expectation, or else the images with their noise."""
        cleaned = training.cleaned[:, :, 0]
        if training.expected is not None:
            light = training.expected
            return light, light, light
        images = training.images[:, :, 0]
        # noise adds nothing on the mean to pixels that were not chosen for their charge
        lit = np.pad(cleaned > 0, ((0, 0), (0, 1)))
        near = lit[:, :-1] | lit[:, self.camera.neighbours].any(axis=2)
        return images, cleaned, np.where(near, images, np.float32(0))

    def likelihood(self, training: TrainingImages) -> Likelihood:
        """Photo-electrons with the noise of the camera."""
        from showerforge.networks.light import PhotoElectrons

        return PhotoElectrons(
            self.noise.night_sky_background,
            self.noise.single_photo_electron_spread,
            self.noise.electronic_noise,
            is_expected=training.expected is not None,
        )

    def learn(self, training: TrainingImages) -> Arrays:
        """All else is known."""
        return {}

    def draw(
        self,
        outputs: Floats,
        laid: LaidOut,
        total: NDArray[np.float64],
        conditions: pd.DataFrame,
        arrays: Arrays,
        generator: np.random.Generator,
    ) -> Floats:
        """Draw images of the wanted size; see `Readout`."""
        from showerforge.generators.images.recording import cast_light, record_sized

        light = cast_light(outputs, laid.pixels, total, self.camera.n_pixels)
        images = record_sized(
            self.camera,
            light,
            conditions["size"].to_numpy(),
            self.cleaning,
            self.noise,
            self._dark_quantiles,
            generator,
            self.n_draws,
            self.tolerance,
        )
        return images[:, :, None]


@dataclass(frozen=True, eq=False)
class CrystalReadout:
    """A calorimeter: crystals that are hit, with the energy and time of each.

    Attributes
    ----------
    layout : how the crystals lie, and their mirror images.
    """

    layout: Layout

    @cached_property
    def frame(self) -> FixedFrame:
        """How images are laid."""
        n_rows, n_columns = self.layout.grid.shape
        row, column = np.divmod(np.arange(n_rows * n_columns), n_columns)
        # images are cropped about the crystal of most energy, which is the one after the middle
        return FixedFrame(
            self.layout.symmetries.astype(np.intp),
            (column - n_columns // 2).astype(float),
            (row - n_rows // 2).astype(float),
        )

    @property
    def _middle(self) -> int:
        """Number of the crystal that images are cropped about, whichever way they are mirrored."""
        n_rows, n_columns = self.layout.grid.shape
        return n_rows // 2 * n_columns + n_columns // 2

    def light_of(self, training: TrainingImages) -> tuple[Floats, Floats, Floats]:
        """Energies of the crystals."""
        energy = np.maximum(training.images[:, :, ENERGY], 0)
        return energy, energy, energy

    def likelihood(self, training: TrainingImages) -> Likelihood:
        """Hits, and the spread of their energies."""
        from showerforge.networks.light import Crystals

        energy = training.images[:, :, ENERGY]
        return Crystals(float(np.median(energy[energy > 0])))

    def learn(self, training: TrainingImages) -> Arrays:
        """Learn times of crystals by their energy, of all particles, and the unit of energies."""
        energy, time = training.images[:, :, ENERGY], training.images[:, :, TIME]
        is_hit = energy > 0
        energy, time = energy[is_hit], time[is_hit]
        edges = np.quantile(energy, np.linspace(0, 1, N_ENERGY_BINS + 1)[1:-1])
        number = np.searchsorted(edges, energy)
        shares = np.linspace(0, 1, N_TIME_QUANTILES)
        quantiles = np.zeros((N_ENERGY_BINS, N_TIME_QUANTILES))
        for place in np.unique(number):
            quantiles[place] = np.quantile(time[number == place], shares)
        return {
            "unit": np.array(np.median(energy)),
            "smallest": np.array(energy.min()),
            "energy_edges": edges,
            "time_quantiles": quantiles,
        }

    def draw(
        self,
        outputs: Floats,
        laid: LaidOut,
        total: NDArray[np.float64],
        conditions: pd.DataFrame,
        arrays: Arrays,
        generator: np.random.Generator,
    ) -> Floats:
        """Draw hits, scale them to the energy in all, and draw their times; see `Readout`."""
        from showerforge.networks.settings import LOG_SPREAD

        odds, mean, log_spread = np.split(outputs.astype(float), 3, axis=1)
        spread = np.exp(np.clip(log_spread, *LOG_SPREAD))
        energy = np.zeros_like(odds)
        missing = np.arange(len(odds))
        for _ in range(MOST_DRAWS):
            shape = odds[missing].shape
            is_hit = generator.random(shape) < expit(odds[missing])
            drawn = mean[missing] + spread[missing] * generator.standard_normal(shape)
            energy[missing] = np.where(is_hit, arrays["unit"] * np.exp(drawn), 0.0)
            # images are cropped about the hottest crystal
            missing = missing[energy[missing].argmax(axis=1) != self._middle]
            if len(missing) == 0:
                break
        energy *= (total / np.maximum(energy.sum(axis=1), arrays["smallest"]))[:, None]
        # hits below the threshold of the detector are none
        energy[energy < arrays["smallest"]] = 0.0
        place = np.searchsorted(arrays["energy_edges"], energy)
        share = generator.random(energy.shape) * (N_TIME_QUANTILES - 1)
        below = np.minimum(share.astype(int), N_TIME_QUANTILES - 2)
        first, second = (arrays["time_quantiles"][place, below + step] for step in (0, 1))
        time = np.where(energy > 0, first + (share - below) * (second - first), 0.0)
        channels = (
            laid.put(values.astype(np.float32), self.layout.symmetries.shape[1])
            for values in (energy, time)
        )
        return np.stack(list(channels), axis=-1)
