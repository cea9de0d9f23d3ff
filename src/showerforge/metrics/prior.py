"""From the mixture of a table to that of the sky.

A table of simulated events holds about as many gammas as hadrons, the sky ten thousand
hadrons for each gamma. Efficiencies do not feel the mixture; probabilities and purities do.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def shift_prior(
    probability: Floats, training_hadrons_per_gamma: float, hadrons_per_gamma: float
) -> Floats:
    """Posterior probability of a gamma at another mixture of gammas and hadrons.

    Bayes' theorem: the likelihood ratio of an event is its own, so that its log-odds move by
    the logarithm of the new over the old prior odds (Saerens, Latinne and Decaestecker 2002,
    Neural Computation 14, 21, section 2).

    Parameters
    ----------
    probability : float[...], probability of a gamma at the mixture of the training events.
    training_hadrons_per_gamma : mixture of the events that the probability was learnt from.
    hadrons_per_gamma : mixture wanted.

    Returns
    -------
    posterior : float[...]; probabilities of 0 and 1 stay what they are.

    Examples
    --------
    >>> print(shift_prior(np.array([0.5, 0.99]), 0.54, 10_000).round(5))
    [5.00e-05 5.32e-03]
    """
    from scipy.special import expit, logit

    return expit(logit(probability) + np.log(training_hadrons_per_gamma / hadrons_per_gamma))


def expected_purity(
    is_gamma: NDArray[np.bool_],
    posterior: Floats,
    kept: NDArray[np.bool_],
    weights: Floats,
    hadrons_per_gamma: float,
) -> Floats:
    """Purity as the model itself expects it: mean posterior of the events kept in the sky.

    Class labels only say how to weight the events. A calibrated model expects the purity that
    it has; a difference between the two tells of miscalibration where it matters.

    Parameters
    ----------
    is_gamma : bool[n_events]
    posterior : float[n_events], probability of a gamma at the mixture of the sky.
    kept : bool[n_events], events that pass the cut.
    weights : float[n_weightings, n_events]
    hadrons_per_gamma : mixture of the sky.

    Returns
    -------
    purity : float[n_weightings]
    """
    gammas, hadrons = is_gamma.astype(float), (~is_gamma).astype(float)

    def in_the_sky(values: Floats) -> Floats:
        per_gamma = weights @ (gammas * values) / (weights @ gammas)
        per_hadron = weights @ (hadrons * values) / (weights @ hadrons)
        return per_gamma + hadrons_per_gamma * per_hadron

    return in_the_sky(posterior * kept) / in_the_sky(kept.astype(float))
