"""Simulated images of one particle, by which any number of generators are judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from showerforge.cameras.camera import Camera
from showerforge.cameras.columns import IMAGE_PARAMETERS
from showerforge.metrics.intervals import Estimate
from showerforge.metrics.normal_scores import NormalScores
from showerforge.networks.layout import Layout
from showerforge.networks.settings import NetworkSettings
from showerforge.validation.images.acceptance import (
    QualitySettings,
    accept_by_classifier,
    accept_by_ctapipe,
)
from showerforge.validation.images.conditions import (
    REGRESSOR,
    ConditionRegressor,
    energy_classes,
    fit_regressor,
    follow_energies,
    follow_sizes,
)
from showerforge.validation.images.frechet import JACKKNIFE_GROUPS, frechet_physics_distance
from showerforge.validation.images.network_test import MINIMUM_IMAGES, tell_apart_by_network
from showerforge.validation.images.novelty import Neighbourhood, compare_diversity, find_copies
from showerforge.validation.images.pixels import compare_pixels
from showerforge.validation.images.resampling import Resampling
from showerforge.validation.images.sets import ENERGY, MONTE_CARLO, PARTICLE, ImageSet
from showerforge.validation.images.tables import tabulate

Floats = NDArray[np.float64]

#: images of a set that are compared pixel by pixel
MAXIMUM_COMPARED = 5000
#: fewer images of a set than these are only counted
FEWEST_COMPARED = 10
#: with fewer images a network learns nothing, and for the Fréchet distance so many are needed for
#: each feature
FEWEST_FOR_NETWORK, FEWEST_PER_FEATURE = 4 * MINIMUM_IMAGES, 2


@dataclass(frozen=True)
class Scores:
    """What a classifier that was trained on simulated images only says of images.

    Attributes
    ----------
    gammaness : float[n], of all images of a set; NaN where they cannot be measured.
    reference : float[n_test], of the Monte Carlo test images.
    threshold : its working point.
    """

    gammaness: Floats
    reference: Floats
    threshold: float


@dataclass(frozen=True, eq=False)
class TelescopeQuestions:
    """What is asked of the images of a telescope.

    Attributes
    ----------
    camera : that took them.
    quality : cuts for ctapipe.
    n_energy_classes : of as many training images each.
    """

    camera: Camera
    quality: QualitySettings
    n_energy_classes: int


@dataclass(frozen=True, eq=False)
class ImageJudge:
    """Monte Carlo images of one particle, prepared to judge generated ones by.

    Attributes
    ----------
    train, test : Monte Carlo images of one particle that pass the cuts, with their true energy
        and impact in the table, and ``group``.
    layout : how the pixels lie, and which turns leave them alike.
    charge_scale : images are compared in asinh(charge / scale).
    telescope : what is asked of the images of a telescope only; None of other detectors.
    network : settings of the two-sample test on images; None leaves it out.
    resampling : how intervals are made; its seed rules all draws.
    columns : image parameters that regressor and Fréchet distance see.
    regressor_settings : of LightGBM.
    """

    train: ImageSet
    test: ImageSet
    layout: Layout
    charge_scale: float
    telescope: TelescopeQuestions | None
    network: NetworkSettings | None
    resampling: Resampling
    columns: Sequence[str] = tuple(IMAGE_PARAMETERS)
    regressor_settings: Mapping[str, Any] | None = None

    @property
    def particle(self) -> str:
        """Whose images are judged."""
        return str(self.test.table[PARTICLE].iloc[0])

    @cached_property
    def regressor(self) -> ConditionRegressor:
        """What tells energy and impact."""
        settings = self.regressor_settings or REGRESSOR
        return fit_regressor(self.train.table, self.resampling.seed, self.columns, settings)

    @cached_property
    def neighbourhood(self) -> Neighbourhood:
        """Distances between test and training images."""
        seed = self.resampling.seed
        return Neighbourhood.of(self.train, self.test, self.layout, self.charge_scale, seed)

    @cached_property
    def _normal_scores(self) -> NormalScores:
        return NormalScores().fit(self.train.table[list(self.columns)].dropna().to_numpy(float))

    def _features(self, images: ImageSet) -> tuple[Floats, NDArray[np.int_]]:
        """Give normal scores, no farther out than training images, and groups; of whole rows."""
        table = images.table[list(self.columns)]
        is_whole = table.notna().all(axis=1).to_numpy()
        scores = self._normal_scores.transform(table[is_whole].to_numpy(float))
        lowest, highest = self._normal_scores.scores_[[0, -1]]
        return np.clip(scores, lowest, highest), images.group[is_whole]

    def judge(self, sample: ImageSet, scores: Scores | None = None) -> pd.DataFrame:
        """Measure a set of generated images.

        Parameters
        ----------
        sample : images of the same particle, all that were drawn; those that the cuts of the
            simulated images drop have no image parameters (NaN), and count as lost.
        scores : of a classifier; without them its metrics are left out.

        Returns
        -------
        rows : see `showerforge.validation.images.tables.tabulate`; what cannot be measured, such
            as a condition that the generator does not take, is left out.
        """
        measured = sample.take(sample.is_measured)
        estimates = follow_sizes(sample, self.resampling)
        if len(measured) >= FEWEST_COMPARED:
            estimates |= self._compare(measured)
            estimates |= self._follow(sample)
            estimates |= find_copies(measured, self.neighbourhood, self.resampling)
        estimates |= self._score(sample, scores)
        return tabulate(sample.generator, self.particle, estimates, len(sample))

    def judge_monte_carlo(self, scores: Scores | None = None) -> pd.DataFrame:
        """Measure Monte Carlo images as if they were generated ones.

        Training images play the generated ones where both are compared with test images, and
        test images do where training images would know the answer: in what the regressor says,
        and in the distance to training images.

        Parameters
        ----------
        scores : of training images by classifiers that were fitted without them (out of fold).

        Returns
        -------
        rows : as of `judge`, of the generator `MONTE_CARLO`.
        """
        estimates = {
            **follow_sizes(self.test, self.resampling),
            **self._compare(self.train),
            **self._follow(self.test),
            **find_copies(self.test, self.neighbourhood, self.resampling),
            **self._score(self.train, scores),
        }
        return tabulate(MONTE_CARLO, self.particle, estimates, len(self.test))

    def _compare(self, measured: ImageSet) -> dict[str, Estimate]:
        """Compare the images of a set with test images."""
        seed = self.resampling.seed
        some, reference = (each.draw(MAXIMUM_COMPARED, seed) for each in (measured, self.test))
        estimates = compare_pixels(some, reference, self.resampling)
        (features, group), (reference_features, reference_group) = map(
            self._features, (some, reference)
        )
        if _is_enough(features, group) and _is_enough(reference_features, reference_group):
            estimates["frechet_distance"] = frechet_physics_distance(
                features, reference_features, group, reference_group, self.resampling
            )
        if self.network is not None and min(len(some), len(reference)) >= FEWEST_FOR_NETWORK:
            test = tell_apart_by_network(
                some, reference, self.network, self.layout, self.charge_scale, seed
            )
            estimates |= test.estimate(self.resampling)
        return estimates | compare_diversity(measured, self.neighbourhood, self.resampling)

    def _follow(self, sample: ImageSet) -> dict[str, Estimate]:
        """Ask regressor and ctapipe."""
        if self.telescope is None:
            return {}
        energies = self.train.table[ENERGY].to_numpy(float)
        edges = energy_classes(energies, self.telescope.n_energy_classes)
        return {
            **follow_energies(sample, self.regressor, edges, self.resampling),
            **accept_by_ctapipe(
                sample, self.telescope.camera, self.telescope.quality, self.resampling
            ),
        }

    def _score(self, sample: ImageSet, scores: Scores | None) -> dict[str, Estimate]:
        if scores is None:
            return {}
        is_scored = np.isfinite(scores.gammaness)
        return accept_by_classifier(
            scores.gammaness[is_scored],
            scores.reference,
            scores.threshold,
            sample.group[is_scored],
            self.test.group,
            self.resampling,
        )


def _is_enough(features: Floats, group: NDArray[np.int_]) -> bool:
    """Tell whether a Fréchet distance can be had of so many images of so many showers."""
    n_images, n_features = features.shape
    return n_images >= FEWEST_PER_FEATURE * n_features and len(np.unique(group)) >= JACKKNIFE_GROUPS
