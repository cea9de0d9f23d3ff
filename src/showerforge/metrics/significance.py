"""What a cut is worth to an observer: purity, significance and time to a detection."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def li_ma_significance(n_on: ArrayLike, n_off: ArrayLike, exposure_ratio: float) -> Floats:
    """Significance of an excess over a measured background.

    Li and Ma 1983, ApJ 272, 317, equation 17.

    Parameters
    ----------
    n_on : counts from the source region.
    n_off : counts from the background region.
    exposure_ratio : on-source over off-source exposure, alpha in the paper.

    Returns
    -------
    significance : standard deviations, negative for a deficit.
    """
    on, off = np.asarray(n_on, float), np.asarray(n_off, float)
    total = np.where(on + off > 0, on + off, 1.0)
    term_on = _x_log(on, (1 + exposure_ratio) / exposure_ratio * on / total)
    term_off = _x_log(off, (1 + exposure_ratio) * off / total)
    likelihood_ratio = 2 * np.maximum(term_on + term_off, 0.0)
    return np.sign(on - exposure_ratio * off) * np.sqrt(likelihood_ratio)


def _x_log(x: Floats, argument: Floats) -> Floats:
    """Compute ``x log(argument)`` with the limit 0 at x = 0."""
    return x * np.log(np.where(x > 0, argument, 1.0))


def purity(gamma_efficiency: Floats, hadron_efficiency: Floats, hadrons_per_gamma: float) -> Floats:
    """Share of gammas among the events kept, at the mixture that the sky provides."""
    return gamma_efficiency / (gamma_efficiency + hadrons_per_gamma * hadron_efficiency)


def hours_to_detection(
    gamma_efficiency: Floats,
    hadron_efficiency: Floats,
    hadrons_per_hour: float,
    hadrons_per_gamma: float,
    exposure_ratio: float,
    significance: float = 5.0,
) -> Floats:
    """Observation time until the expected excess reaches a significance.

    The expected Li and Ma significance grows as the square root of time. Statistics only:
    where the excess is below some per cent of the background, its systematics come first.

    Parameters
    ----------
    gamma_efficiency, hadron_efficiency : shares of gammas and hadrons kept by the cut.
    hadrons_per_hour : hadrons before the cut, per hour, whatever the source.
    hadrons_per_gamma : hadrons for each gamma before the cut; larger for a weaker source.
    exposure_ratio : on-source over off-source exposure.
    significance : standard deviations to reach.

    Returns
    -------
    hours : infinite where the cut keeps no gamma.
    """
    gammas = hadrons_per_hour / hadrons_per_gamma * np.asarray(gamma_efficiency, float)
    hadrons = hadrons_per_hour * np.asarray(hadron_efficiency, float)
    in_one_hour = li_ma_significance(gammas + hadrons, hadrons / exposure_ratio, exposure_ratio)
    with np.errstate(divide="ignore"):
        return (significance / in_one_hour) ** 2
