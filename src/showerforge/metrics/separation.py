"""Figures of merit of a gamma/hadron separation, for many weightings of the events at once.

A bootstrap resample is a row of event weights. All figures are computed for all rows
together from cumulated weights, so that a thousand resamples cost little more than one
and every model is judged on the same resamples.

Throughout, ``gammaness`` is a score that grows with the belief in a gamma, and an event is
called a gamma when its gammaness is at least the threshold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from showerforge.errors import InputError

LOACC_BACKGROUNDS = (0.01, 0.02, 0.05)
HIGHACC_BACKGROUNDS = (0.1, 0.2)
REFERENCE_BACKGROUNDS = (*LOACC_BACKGROUNDS, *HIGHACC_BACKGROUNDS)
SMALLEST_PROBABILITY = 1e-7

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Separation:
    """A scored event sample under one or many weightings.

    Attributes
    ----------
    is_gamma : bool[n_events]
    gammaness : float[n_events]
    weights : float[n_weightings, n_events], weight of each event in each weighting.
    """

    is_gamma: NDArray[np.bool_]
    gammaness: Floats
    weights: Floats

    @classmethod
    def unweighted(cls, is_gamma: NDArray[np.bool_], gammaness: Floats) -> Separation:
        """Take every event once."""
        return cls.weighted(is_gamma, gammaness, np.ones(len(is_gamma)))

    @classmethod
    def weighted(cls, is_gamma: NDArray[np.bool_], gammaness: Floats, weight: Floats) -> Separation:
        """Take every event by its weight, float[n_events]."""
        is_gamma, gammaness = np.asarray(is_gamma, bool), np.asarray(gammaness, float)
        return cls(is_gamma, gammaness, np.asarray(weight, float)[None])

    @cached_property
    def _order(self) -> NDArray[np.intp]:
        return np.argsort(-self.gammaness, kind="stable")

    @cached_property
    def thresholds(self) -> Floats:
        """float[n_thresholds], the distinct scores from the highest to the lowest."""
        return self.gammaness[self._order][self._last_of_ties]

    @cached_property
    def _last_of_ties(self) -> NDArray[np.intp]:
        scores = self.gammaness[self._order]
        return np.append(np.flatnonzero(np.diff(scores)), len(scores) - 1)

    def _kept(self, chosen: NDArray[np.bool_]) -> Floats:
        """Weight of the chosen events kept at each threshold; first column: none."""
        order = self._order
        cumulated = np.cumsum(self.weights[:, order] * chosen[order], axis=1)
        return np.pad(cumulated[:, self._last_of_ties], ((0, 0), (1, 0)))

    @cached_property
    def gammas_kept(self) -> Floats:
        """float[n_weightings, n_thresholds + 1], weight of the gammas kept."""
        return self._kept(self.is_gamma)

    @cached_property
    def hadrons_kept(self) -> Floats:
        """float[n_weightings, n_thresholds + 1], weight of the hadrons kept."""
        return self._kept(~self.is_gamma)

    @cached_property
    def gamma_efficiency(self) -> Floats:
        """float[n_weightings, n_thresholds + 1], share of the gammas kept."""
        return self.gammas_kept / self.gammas_kept[:, -1:]

    @cached_property
    def hadron_efficiency(self) -> Floats:
        """float[n_weightings, n_thresholds + 1], share of the hadrons kept."""
        return self.hadrons_kept / self.hadrons_kept[:, -1:]

    def roc_auc(self) -> Floats:
        """Area under the ROC curve: chance that a gamma scores above a hadron."""
        return np.asarray(np.trapezoid(self.gamma_efficiency, self.hadron_efficiency, axis=1))

    def acceptance(self, background: float) -> Floats:
        """Share of gammas kept when the threshold lets a share of the hadrons pass.

        Linear between the points of the ROC curve, as in Bock et al. 2004.

        Parameters
        ----------
        background : share of the hadrons that pass.
        """
        gammas, hadrons = self.gamma_efficiency, self.hadron_efficiency
        below = np.count_nonzero(hadrons <= background, axis=1) - 1
        above = np.minimum(below + 1, hadrons.shape[1] - 1)
        rows = np.arange(len(hadrons))
        step = hadrons[rows, above] - hadrons[rows, below]
        missing = background - hadrons[rows, below]
        share = np.divide(missing, step, out=np.zeros_like(step), where=step > 0)
        return gammas[rows, below] + share * (gammas[rows, above] - gammas[rows, below])

    def mean_acceptance(self, backgrounds: Sequence[float]) -> Floats:
        """Mean of the acceptance over several backgrounds (loacc, highacc)."""
        return np.mean([self.acceptance(background) for background in backgrounds], axis=0)

    def average_precision_gamma(self) -> Floats:
        """Area under the precision-recall curve of gammas, as a sum of steps."""
        return _average_precision(self.gammas_kept, self.hadrons_kept)

    def average_precision_hadron(self) -> Floats:
        """Area under the precision-recall curve of hadrons, which score low."""
        gammas_below = self.gammas_kept[:, -1:] - self.gammas_kept[:, ::-1]
        hadrons_below = self.hadrons_kept[:, -1:] - self.hadrons_kept[:, ::-1]
        return _average_precision(hadrons_below, gammas_below)

    def at_threshold(self, threshold: float) -> tuple[Floats, Floats]:
        """Efficiencies of gammas and hadrons at a threshold."""
        kept = self.gammaness >= threshold
        gammas, hadrons = self.is_gamma.astype(float), (~self.is_gamma).astype(float)
        return (
            self.weights @ (gammas * kept) / (self.weights @ gammas),
            self.weights @ (hadrons * kept) / (self.weights @ hadrons),
        )

    def quality_factor(self, threshold: float) -> Floats:
        """Quality factor Q = eps_gamma / sqrt(eps_hadron) at a threshold.

        Infinite where gammas but no hadrons are kept, zero where nothing is.
        """
        gammas, hadrons = self.at_threshold(threshold)
        unlimited = np.where(gammas > 0, np.inf, 0.0)
        return np.divide(gammas, np.sqrt(hadrons), out=unlimited, where=hadrons > 0)

    def f1_scores(self, threshold: float) -> tuple[Floats, Floats]:
        """F1 of gammas and of hadrons at a threshold."""
        called_gamma = (self.gammaness >= threshold).astype(float)
        gammas = self.is_gamma.astype(float)
        true_gammas = self.weights @ (gammas * called_gamma)
        true_hadrons = self.weights @ ((1 - gammas) * (1 - called_gamma))
        wrong = self.weights.sum(axis=1) - true_gammas - true_hadrons
        return (
            2 * true_gammas / (2 * true_gammas + wrong),
            2 * true_hadrons / (2 * true_hadrons + wrong),
        )

    def log_loss(self) -> Floats:
        """Mean negative log-likelihood of the gammaness as a probability."""
        probability = np.clip(self.gammaness, SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY)
        loss = -np.where(self.is_gamma, np.log(probability), np.log1p(-probability))
        return self.weights @ loss / self.weights.sum(axis=1)

    def brier_score(self) -> Floats:
        """Mean squared difference between the gammaness and the truth."""
        squared = (self.gammaness - self.is_gamma) ** 2
        return self.weights @ squared / self.weights.sum(axis=1)


def _average_precision(wanted: Floats, unwanted: Floats) -> Floats:
    recall = wanted / wanted[:, -1:]
    kept = wanted + unwanted
    precision = np.divide(wanted, kept, out=np.zeros_like(kept), where=kept > 0)
    return np.sum(np.diff(recall, axis=1) * precision[:, 1:], axis=1)


def roc_auc_with_error(is_positive: NDArray[np.bool_], score: Floats) -> tuple[float, float]:
    """Area under the ROC curve with its standard error by DeLong et al. 1988.

    Biometrics 44, 837, equations 4 to 6; by mid-ranks as in Sun and Xu 2014, IEEE Signal
    Processing Letters 21, 1389.

    Parameters
    ----------
    is_positive : bool[n_events]
    score : float[n_events], larger for positives.
    """
    above, below = auc_placements(is_positive, score)
    return float(above.mean()), error_of_placements(above, below)


def compare_roc_auc(
    is_positive: NDArray[np.bool_], first: Floats, second: Floats
) -> tuple[float, float, float]:
    """Compare the areas under the ROC curves of two scores of the same events.

    The paired test of DeLong et al. 1988, Biometrics 44, 837, equation 9. Events count alike.

    Parameters
    ----------
    is_positive : bool[n_events]
    first, second : float[n_events], larger for positives.

    Returns
    -------
    difference : first minus second.
    error : its standard error.
    p_value : two-sided, of no difference; 1 where the scores rank all events alike.
    """
    from scipy.special import ndtr

    placements = [auc_placements(is_positive, score) for score in (first, second)]
    above, below = (a - b for a, b in zip(*placements, strict=True))
    difference, error = float(above.mean()), error_of_placements(above, below)
    return difference, error, float(2 * ndtr(-abs(difference) / error)) if error > 0 else 1.0


def auc_placements(is_positive: NDArray[np.bool_], score: Floats) -> tuple[Floats, Floats]:
    """Place every event among those of the other class.

    The mean over either class is the area under the ROC curve, and the variances within the
    classes give its error (`error_of_placements`).

    Returns
    -------
    of_positives : float[n_positive], share of the negatives that each positive scores above;
        ties count half.
    of_negatives : float[n_negative], share of the positives that score above each negative.
    """
    from scipy.stats import rankdata

    positives, negatives = score[is_positive], score[~is_positive]
    n_positive, n_negative = len(positives), len(negatives)
    ranks = rankdata(np.concatenate([positives, negatives]))
    of_positives = (ranks[:n_positive] - rankdata(positives)) / n_negative
    of_negatives = 1 - (ranks[n_positive:] - rankdata(negatives)) / n_positive
    return of_positives, of_negatives


def error_of_placements(of_positives: Floats, of_negatives: Floats) -> float:
    """Standard error of an area under the ROC curve, or of a difference of two.

    DeLong et al. 1988, Biometrics 44, 837, equations 4 to 6.

    Parameters
    ----------
    of_positives, of_negatives : as made by `auc_placements`, or differences of such.
    """
    variances = [np.var(each, ddof=1) / len(each) for each in (of_positives, of_negatives)]
    return float(np.sqrt(sum(variances)))


def choose_threshold(
    is_gamma: NDArray[np.bool_],
    gammaness: Floats,
    minimum_gamma_efficiency: float,
    minimum_surviving_hadrons: int,
    weight: Floats | None = None,
    squared_weight: Floats | None = None,
) -> float:
    """Choose the threshold of the best quality factor on validation data.

    Without a minimum of surviving hadrons the search picks out a fluctuation of the
    background instead of a quality of the classifier.

    Parameters
    ----------
    is_gamma : bool[n_events]
    gammaness : float[n_events]
    minimum_gamma_efficiency : share of gammas that must stay.
    minimum_surviving_hadrons : number of hadrons that must stay; where they have weights, the
        effective one (Kish 1965), (sum w)^2 / sum w^2.
    weight : float[n_events], how much each event counts; all alike by default.
    squared_weight : float[n_events], sum of the squared weights of the events that each stands
        for, if they are many, such as a bin of a histogram.

    Returns
    -------
    threshold : gammaness of the last event kept.

    Raises
    ------
    InputError
        If no threshold keeps as many gammas and hadrons.
    """
    weight = np.ones(len(gammaness)) if weight is None else weight
    separation = Separation.weighted(is_gamma, gammaness, weight)
    gammas = separation.gamma_efficiency[0, 1:]
    hadrons = separation.hadron_efficiency[0, 1:]
    squared = weight**2 if squared_weight is None else squared_weight
    squares = Separation.weighted(is_gamma, gammaness, squared).hadrons_kept[0, 1:]
    kept = separation.hadrons_kept[0, 1:]
    n_hadrons = np.divide(kept**2, squares, out=np.zeros_like(kept), where=squares > 0)
    allowed = (gammas >= minimum_gamma_efficiency) & (n_hadrons >= minimum_surviving_hadrons)
    if not allowed.any():
        raise InputError(
            f"No threshold keeps {minimum_surviving_hadrons} hadrons and a share of "
            f"{minimum_gamma_efficiency:g} of the gammas: there are only "
            f"{n_hadrons[-1]:.0f} hadrons. Lower minimum_surviving_hadrons "
            "or bring more events."
        )
    quality = np.where(allowed, gammas / np.sqrt(np.maximum(hadrons, 1e-12)), -np.inf)
    return float(separation.thresholds[np.argmax(quality)])


def threshold_of_gamma_efficiency(separation: Separation, gamma_efficiency: float) -> float:
    """Find the strictest threshold that keeps a share of the gammas.

    Parameters
    ----------
    separation : scored validation events; its first weighting counts.
    gamma_efficiency : share of the gammas to keep, in (0, 1].

    Returns
    -------
    threshold : gammaness of the last event kept.
    """
    enough = separation.gamma_efficiency[0, 1:] >= gamma_efficiency
    return float(separation.thresholds[np.argmax(enough)])
