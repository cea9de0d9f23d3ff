"""What a cut is worth to an observer: purity, significance and time to a detection."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def li_ma_significance(n_on: ArrayLike, n_off: ArrayLike, exposure_ratio: float) -> Floats:
    """Significance of an excess over a measured background.

    Li and Ma 1983, ApJ 272, 317, equation 17, as computed by pyirf. That function gives 0 for
    a deficit and no number where on-source counts are exactly those expected. Here a deficit
    is negative: the equation stays the same when on and off change places and the exposure
    ratio is inverted. No counts at all, and counts exactly as expected, give 0.

    Parameters
    ----------
    n_on : counts from the source region.
    n_off : counts from the background region, of a shape that goes with `n_on`.
    exposure_ratio : on-source over off-source exposure, alpha in the paper.

    Returns
    -------
    significance : standard deviations, negative for a deficit.

    Examples
    --------
    >>> print(li_ma_significance(140, 300, 1 / 3).round(2))
    3.22
    """
    on, off = np.broadcast_arrays(np.asarray(n_on, float), np.asarray(n_off, float))
    excess = _excess_significance(on, off, exposure_ratio)
    deficit = _excess_significance(off, on, 1 / exposure_ratio)
    return excess - deficit


def _excess_significance(on: Floats, off: Floats, exposure_ratio: float) -> Floats:
    """Significance of an excess; 0 where there is none."""
    from pyirf.statistics import li_ma_significance as significance_by_pyirf

    significance = np.asarray(significance_by_pyirf(on, off, exposure_ratio)).reshape(on.shape)
    # where counts are as expected, rounding can leave the root of a number just below zero
    return np.where(np.isnan(significance) & np.isfinite(on + off), 0.0, significance)


def purity(gamma_efficiency: Floats, hadron_efficiency: Floats, hadrons_per_gamma: float) -> Floats:
    """Share of gammas among the events kept, at the mixture that the sky provides."""
    return gamma_efficiency / (gamma_efficiency + hadrons_per_gamma * hadron_efficiency)


def signal_to_background(
    gamma_efficiency: ArrayLike, hadron_efficiency: ArrayLike, hadrons_per_gamma: float
) -> Floats:
    """Gammas for each hadron among the events kept; infinite where no hadron is."""
    gammas = np.asarray(gamma_efficiency, float)
    hadrons = hadrons_per_gamma * np.asarray(hadron_efficiency, float)
    unlimited = np.where(gammas > 0, np.inf, 0.0)
    return np.divide(gammas, hadrons, out=unlimited, where=hadrons > 0)


def expected_significance(
    gamma_efficiency: ArrayLike,
    hadron_efficiency: ArrayLike,
    hadrons_per_hour: float,
    hadrons_per_gamma: float,
    exposure_ratio: float,
) -> Floats:
    """Li and Ma significance of the counts that one hour is expected to bring.

    Parameters are those of `hours_to_detection`.
    """
    gammas = hadrons_per_hour / hadrons_per_gamma * np.asarray(gamma_efficiency, float)
    hadrons = hadrons_per_hour * np.asarray(hadron_efficiency, float)
    return li_ma_significance(gammas + hadrons, hadrons / exposure_ratio, exposure_ratio)


def hours_to_detection(
    gamma_efficiency: ArrayLike,
    hadron_efficiency: ArrayLike,
    hadrons_per_hour: float,
    hadrons_per_gamma: float,
    exposure_ratio: float,
    minimum_excess: float = 0.0,
    significance: float = 5.0,
) -> Floats:
    """Observation time until the expected excess is a detection.

    The expected Li and Ma significance grows as the square root of time, the excess with
    time. Statistics only: where the excess is below some per cent of the background, its
    systematics come first, and no time helps.

    Parameters
    ----------
    gamma_efficiency, hadron_efficiency : shares of gammas and hadrons kept by the cut.
    hadrons_per_hour : hadrons before the cut, per hour, whatever the source.
    hadrons_per_gamma : hadrons for each gamma before the cut; larger for a weaker source.
    exposure_ratio : on-source over off-source exposure.
    minimum_excess : gammas that must be expected beside the significance.
    significance : standard deviations to reach.

    Returns
    -------
    hours : infinite where the cut keeps no gamma.
    """
    in_one_hour = expected_significance(
        gamma_efficiency, hadron_efficiency, hadrons_per_hour, hadrons_per_gamma, exposure_ratio
    )
    gammas = hadrons_per_hour / hadrons_per_gamma * np.asarray(gamma_efficiency, float)
    never = np.full_like(gammas, np.inf)
    hours_of_excess = np.divide(minimum_excess, gammas, out=never, where=gammas > 0)
    with np.errstate(divide="ignore"):
        return np.maximum((significance / in_one_hour) ** 2, hours_of_excess)
