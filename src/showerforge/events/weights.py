"""Weights of events: how much each one counts, in training and in every figure of merit.

A simulation draws energies by a spectrum that suits the computer, and samples zenith angles
and atmospheres as there was time for them. Weights turn such a sample into the one that an
observation would record.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from showerforge.errors import InputError, list_problems
from showerforge.events.schema import TRUE_ENERGY, WEIGHT

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class SpectralIndices:
    """Power laws dN/dE ~ E^index that a class of events was simulated by, and is wanted by."""

    simulated: float
    wanted: float


def spectral_weights(
    true_energy: NDArray[np.float64], indices: SpectralIndices
) -> NDArray[np.float64]:
    """Compute weights that turn one power law of energies into another.

    Parameters
    ----------
    true_energy : float[n_events], TeV.
    indices : of the simulation, and wanted.

    Returns
    -------
    weights : float[n_events], E^(wanted - simulated), by `pyirf.spectral`; only their ratios
        mean something.
    """
    import astropy.units as u
    from pyirf.spectral import PowerLaw, calculate_event_weights

    simulated, wanted = (
        PowerLaw(1 / (u.TeV * u.s * u.cm**2), index, 1 * u.TeV)
        for index in (indices.simulated, indices.wanted)
    )
    return np.asarray(calculate_event_weights(true_energy * u.TeV, wanted, simulated))


def weigh_events(events: pd.DataFrame, spectra: Mapping[str, SpectralIndices]) -> pd.DataFrame:
    """Give every event its weight, with a mean of one in each class.

    The weight is the one that the table brings, if it has such a column, times that of the
    spectrum. The mean of one leaves the mixture of the classes as it is: the true one is a
    matter of the sky, and enters where purity and significance are computed.

    Parameters
    ----------
    events : DataFrame with ``particle``; ``weight`` and ``true_energy`` [TeV] if there are any.
    spectra : power laws for each particle that is re-weighted.

    Returns
    -------
    events : the same events with ``weight``, all ones where nothing says otherwise.

    Raises
    ------
    InputError
        If a spectrum is wanted, but true energies are missing or not above zero, or if all
        events of a class have weight zero.
    """
    weight = raw_weights(events, spectra)
    mean = weight.groupby(events["particle"]).transform("mean")
    if (mean <= 0).any():
        particle = events.loc[mean <= 0, "particle"].iloc[0]
        raise InputError(f"All {particle} events have weight zero, so that none would count.")
    is_equal = weight.groupby(events["particle"]).transform("nunique") == 1
    weighted = events.assign(**{WEIGHT: (weight / mean).mask(is_equal, 1.0)})
    for particle, weights in weighted.groupby("particle")[WEIGHT]:
        if weights.nunique() > 1:
            n = effective_number(weights.to_numpy())
            logger.info("%d %s events with weights count as %.0f", len(weights), particle, n)
    return weighted


def raw_weights(events: pd.DataFrame, spectra: Mapping[str, SpectralIndices]) -> pd.Series:
    """Compute the weights of `weigh_events`, of which only the ratios within a class count yet.

    Parameters, and errors, are those of `weigh_events`.
    """
    weight = events[WEIGHT].copy() if WEIGHT in events else pd.Series(1.0, events.index)
    for particle, indices in spectra.items():
        chosen = events["particle"] == particle
        _check_energies(events[chosen], particle)
        weight[chosen] *= spectral_weights(events.loc[chosen, TRUE_ENERGY].to_numpy(), indices)
    return weight


def _check_energies(events: pd.DataFrame, particle: str) -> None:
    if TRUE_ENERGY not in events:
        raise InputError(
            f"A spectrum is wanted for {particle} events (data_processing.spectra), but the table "
            f"has no column {TRUE_ENERGY}. Name its column in the layout of the table, or remove "
            "the spectrum."
        )
    wrong = events[TRUE_ENERGY][~(events[TRUE_ENERGY] > 0)]
    if len(wrong):
        problems = [
            f"event {event}, column {TRUE_ENERGY}: {value} (allowed: above 0 TeV)"
            for event, value in wrong.items()
        ]
        raise InputError(
            f"{len(wrong):,} {particle} events have no energy to weigh them by:\n"
            f"{list_problems(problems)}"
        )


def effective_number(weights: NDArray[np.float64]) -> float:
    """Number of events without weights that would say as much: (sum w)^2 / sum w^2.

    Kish 1965, Survey Sampling, section 8.2.
    """
    return float(weights.sum() ** 2 / np.sum(weights**2))


def expected_weights(
    train: pd.DataFrame, synthetic: pd.DataFrame, columns: list[str], n_neighbours: int
) -> NDArray[np.float64]:
    """Give synthetic events the weights that real ones like them have.

    A generator learns how often events occur, whatever their weights. So a synthetic event at
    x must count as the mean weight of real events there, E[w | x], for a weighted sample of
    both to follow one law. It is estimated from the nearest training events of the same class,
    in columns that are ranked first, because their scales differ.

    Parameters
    ----------
    train : training events with ``weight``.
    synthetic : events of one class with ``particle``.
    columns : recorded parameters.
    n_neighbours : training events that are averaged over.

    Returns
    -------
    weights : float[n_synthetic], all ones where the training events have equal weights.
    """
    real = train[train["particle"] == synthetic["particle"].iloc[0]]
    if real[WEIGHT].nunique() == 1:
        return np.ones(len(synthetic))
    from sklearn.neighbors import KNeighborsRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import QuantileTransformer

    model = make_pipeline(
        QuantileTransformer(n_quantiles=min(1000, len(real)), subsample=None),
        KNeighborsRegressor(min(n_neighbours, len(real))),
    )
    return np.asarray(model.fit(real[columns], real[WEIGHT]).predict(synthetic[columns]))
