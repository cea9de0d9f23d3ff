"""Are generated images what was asked for?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from showerforge.cameras.columns import IMAGE_PARAMETERS
from showerforge.errors import InputError
from showerforge.metrics.intervals import Estimate
from showerforge.validation.images.resampling import Resampling, Rows
from showerforge.validation.images.sets import ENERGY, IMPACT, SIZE, ImageSet

Floats = NDArray[np.float64]

#: quantiles between which 68 % lie, one standard deviation of a Gaussian to either side
CENTRAL = (0.16, 0.84)
#: settings of LightGBM: enough trees for some ten thousand images
REGRESSOR = {
    "n_estimators": 200,
    "learning_rate": 0.05,
    "num_leaves": 31,
    "min_child_samples": 20,
    "subsample": 0.8,
    "subsample_freq": 1,
    "colsample_bytree": 0.8,
}


def follow_sizes(sample: ImageSet, resampling: Resampling) -> dict[str, Estimate]:
    """Compare requested with obtained sizes.

    Parameters
    ----------
    sample : images of one particle.
    resampling : how the intervals are made.

    Returns
    -------
    estimates : ``size_lost``, and, where sizes were asked for, ``size_error_mean``,
        ``size_error_median``, ``size_correlation`` and ``size_log_correlation`` of the images
        that can be measured.
    """
    is_measured = sample.is_measured
    estimates = {"size_lost": resampling.share(~is_measured, sample.group)}
    requested = sample.requested(SIZE)
    is_compared = is_measured & np.isfinite(requested)
    if is_compared.sum() < 2:
        return estimates
    wanted = requested[is_compared]
    obtained = sample.table[SIZE].to_numpy(float)[is_compared]

    def compare(rows: Rows) -> dict[str, float]:
        asked, got = wanted[rows], obtained[rows]
        error = np.abs(got / asked - 1)
        return {
            "size_error_mean": float(error.mean()),
            "size_error_median": float(np.median(error)),
            "size_correlation": _correlation(asked, got),
            "size_log_correlation": _correlation(np.log(asked), np.log(got)),
        }

    return estimates | resampling.over_rows(compare, sample.group[is_compared])


def _correlation(first: Floats, second: Floats) -> float:
    """Pearson correlation; no number where one of both never changes."""
    spread = float(first.std() * second.std())
    if spread == 0:
        return float("nan")
    return float(np.mean((first - first.mean()) * (second - second.mean())) / spread)


@dataclass(frozen=True, eq=False)
class ConditionRegressor:
    """Tells from image parameters what a simulation must have been asked for.

    Attributes
    ----------
    columns : what it sees.
    models : boosters of LightGBM, for log10 of the energy in TeV and for the impact in m.
    """

    columns: Sequence[str]
    models: Mapping[str, Any]

    def predict(self, table: pd.DataFrame) -> dict[str, Floats]:
        """Reconstruct energy, TeV, and impact, m, of images that can be measured."""
        values = table[list(self.columns)].to_numpy(float)
        return {
            ENERGY: 10 ** self.models[ENERGY].predict(values),
            IMPACT: self.models[IMPACT].predict(values),
        }


def fit_regressor(
    train: pd.DataFrame,
    seed: int,
    columns: Sequence[str] = IMAGE_PARAMETERS,
    settings: Mapping[str, Any] = REGRESSOR,
) -> ConditionRegressor:
    """Learn energy and impact from simulated images.

    Parameters
    ----------
    train : Monte Carlo training images of one particle: image parameters, ``true_energy``, TeV,
        and ``impact``, m.
    seed : of the fits.
    columns : image parameters that it sees.
    settings : of LightGBM.

    Raises
    ------
    InputError
        If there are no images.
    """
    from lightgbm import LGBMRegressor

    if train.empty:
        raise InputError("There are no simulated images from which energies could be learnt.")
    targets = {
        ENERGY: np.log10(train[ENERGY].to_numpy(float)),
        IMPACT: train[IMPACT].to_numpy(float),
    }
    values = train[list(columns)].to_numpy(float)
    models = {
        name: LGBMRegressor(**settings, random_state=seed, n_jobs=1, verbose=-1)
        .fit(values, target)
        .booster_
        for name, target in targets.items()
    }
    return ConditionRegressor(list(columns), models)


def follow_energies(
    sample: ImageSet, regressor: ConditionRegressor, edges: Floats, resampling: Resampling
) -> dict[str, Estimate]:
    """Compare requested energies and impacts with those that an independent regressor sees.

    Parameters
    ----------
    sample : images of one particle; those of Monte Carlo are to be test images, with their true
        energy and impact as the requested ones.
    regressor : learnt from Monte Carlo training images of the same particle.
    edges : float[n_classes - 1], TeV, between the energy classes, rising.
    resampling : how the intervals are made.

    Returns
    -------
    estimates : ``energy_bias``, ``energy_resolution`` and ``energy_class_share`` where energies
        were asked for, ``impact_bias`` and ``impact_resolution`` where impacts were.
    """
    measured = sample.take(sample.is_measured)
    if len(measured) == 0:
        return {}
    seen = regressor.predict(measured.table)
    estimates: dict[str, Estimate] = {}
    for condition, name in ((ENERGY, "energy"), (IMPACT, "impact")):
        wanted = measured.requested(condition)
        is_asked = np.isfinite(wanted)
        if not is_asked.any():
            continue
        wanted, got = wanted[is_asked], seen[condition][is_asked]
        group = measured.group[is_asked]
        error = np.log10(got / wanted) if condition == ENERGY else got - wanted
        estimates |= _bias_and_resolution(name, error, group, resampling)
        if condition == ENERGY:
            is_there = np.searchsorted(edges, wanted) == np.searchsorted(edges, got)
            estimates["energy_class_share"] = resampling.share(is_there, group)
    return estimates


def _bias_and_resolution(
    name: str, error: Floats, group: NDArray[np.int_], resampling: Resampling
) -> dict[str, Estimate]:
    def spread(rows: Rows) -> dict[str, float]:
        lower, middle, upper = np.quantile(error[rows], [CENTRAL[0], 0.5, CENTRAL[1]])
        return {f"{name}_bias": float(middle), f"{name}_resolution": float(upper - lower) / 2}

    return resampling.over_rows(spread, group)


def energy_classes(energies: Floats, n_classes: int) -> Floats:
    """Part energies into classes of as many training images each.

    Parameters
    ----------
    energies : float[n], TeV, of Monte Carlo training images.
    n_classes : at least 2.

    Returns
    -------
    edges : float[n_classes - 1], TeV, between the classes.
    """
    return np.quantile(energies, np.arange(1, n_classes) / n_classes)
