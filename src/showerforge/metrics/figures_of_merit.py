"""The figures of merit by which every classifier is judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from showerforge.metrics.separation import (
    HIGHACC_BACKGROUNDS,
    LOACC_BACKGROUNDS,
    REFERENCE_BACKGROUNDS,
    Separation,
)
from showerforge.metrics.significance import hours_to_detection, purity

Floats = NDArray[np.float64]
CLASSIFICATION_THRESHOLD = 0.5
#: what is shown first
HEADLINE = ("roc_auc", "loacc", "highacc", "quality_factor", "f1_gamma", "f1_hadron")
#: figures of merit in the table of all models, in this order
TABLE_FIGURES = (
    "roc_auc",
    "loacc",
    "highacc",
    "average_precision_gamma",
    "average_precision_hadron",
    "f1_gamma",
    "f1_hadron",
    "f1_macro",
    "log_loss",
    "brier_score",
    "quality_factor",
    "hours_to_5_sigma",
)
#: figures of merit in the table that is laid out like those of Bock et al. 2004
ACCEPTANCE_FIGURES = (*(f"acceptance_{b:g}" for b in REFERENCE_BACKGROUNDS), "loacc", "highacc")
#: figures of merit at the operating threshold
AT_THRESHOLD = (
    "quality_factor",
    "gamma_efficiency",
    "hadron_efficiency",
    "purity",
    "hours_to_5_sigma",
)
#: figures of merit that are compared between classifiers: those that do not follow from others
COMPARED = tuple(name for name in TABLE_FIGURES if name not in ("f1_macro", "hours_to_5_sigma"))


@dataclass(frozen=True)
class Sky:
    """The mixture and rates of an observation; see `hours_to_detection`."""

    hadrons_per_hour: float
    hadrons_per_gamma: float
    exposure_ratio: float
    minimum_excess: float = 0.0


@dataclass(frozen=True)
class FigureOfMerit:
    """A figure of merit.

    Attributes
    ----------
    name : key in tables.
    label : short name for people.
    meaning : definition.
    higher_is_better : direction.
    needs_probability : whether the gammaness must be a probability.
    compute : function of the separation, the operating threshold and the sky.
    """

    name: str
    label: str
    meaning: str
    higher_is_better: bool
    needs_probability: bool
    compute: Callable[[Separation, float, Sky], Floats]

    @property
    def needs_threshold(self) -> bool:
        """Whether the figure is one at the operating threshold of the quality factor."""
        return self.name in AT_THRESHOLD


def _acceptance(background: float) -> FigureOfMerit:
    return FigureOfMerit(
        f"acceptance_{background:g}",
        f"acceptance at {background:g}",
        f"share of gammas kept when {background:.0%} of the hadrons pass",
        True,
        False,
        lambda s, threshold, sky: s.acceptance(background),
    )


FIGURES_OF_MERIT: dict[str, FigureOfMerit] = {
    figure.name: figure
    for figure in (
        FigureOfMerit(
            "roc_auc",
            "ROC-AUC",
            "chance that a gamma scores above a hadron",
            True,
            False,
            lambda s, threshold, sky: s.roc_auc(),
        ),
        FigureOfMerit(
            "loacc",
            "loacc",
            "mean acceptance of gammas at 1, 2 and 5 % of the hadrons (Bock et al. 2004)",
            True,
            False,
            lambda s, threshold, sky: s.mean_acceptance(LOACC_BACKGROUNDS),
        ),
        FigureOfMerit(
            "highacc",
            "highacc",
            "mean acceptance of gammas at 10 and 20 % of the hadrons (Bock et al. 2004)",
            True,
            False,
            lambda s, threshold, sky: s.mean_acceptance(HIGHACC_BACKGROUNDS),
        ),
        *(_acceptance(background) for background in REFERENCE_BACKGROUNDS),
        FigureOfMerit(
            "average_precision_gamma",
            "PR-AUC gamma",
            "area under the precision-recall curve of gammas, at the table's own balance",
            True,
            False,
            lambda s, threshold, sky: s.average_precision_gamma(),
        ),
        FigureOfMerit(
            "average_precision_hadron",
            "PR-AUC hadron",
            "area under the precision-recall curve of hadrons, at the table's own balance",
            True,
            False,
            lambda s, threshold, sky: s.average_precision_hadron(),
        ),
        FigureOfMerit(
            "f1_gamma",
            "F1 gamma",
            "F1 of gammas at a gammaness of 0.5, at the table's own balance",
            True,
            False,
            lambda s, threshold, sky: s.f1_scores(CLASSIFICATION_THRESHOLD)[0],
        ),
        FigureOfMerit(
            "f1_hadron",
            "F1 hadron",
            "F1 of hadrons at a gammaness of 0.5, at the table's own balance",
            True,
            False,
            lambda s, threshold, sky: s.f1_scores(CLASSIFICATION_THRESHOLD)[1],
        ),
        FigureOfMerit(
            "f1_macro",
            "F1 macro",
            "mean of the two F1",
            True,
            False,
            lambda s, threshold, sky: np.mean(s.f1_scores(CLASSIFICATION_THRESHOLD), axis=0),
        ),
        FigureOfMerit(
            "log_loss",
            "log-loss",
            "mean negative log-likelihood of the gammaness",
            False,
            True,
            lambda s, threshold, sky: s.log_loss(),
        ),
        FigureOfMerit(
            "brier_score",
            "Brier",
            "mean squared error of the gammaness",
            False,
            True,
            lambda s, threshold, sky: s.brier_score(),
        ),
        FigureOfMerit(
            "quality_factor",
            "Q",
            "eps_gamma / sqrt(eps_hadron) at a threshold chosen on out-of-fold scores",
            True,
            False,
            lambda s, threshold, sky: s.quality_factor(threshold),
        ),
        FigureOfMerit(
            "gamma_efficiency",
            "eps_gamma at Q",
            "share of gammas kept at the threshold of Q",
            True,
            False,
            lambda s, threshold, sky: s.at_threshold(threshold)[0],
        ),
        FigureOfMerit(
            "hadron_efficiency",
            "eps_hadron at Q",
            "share of hadrons kept at the threshold of Q",
            False,
            False,
            lambda s, threshold, sky: s.at_threshold(threshold)[1],
        ),
        FigureOfMerit(
            "purity",
            "purity in the sky",
            "share of gammas among events kept at the threshold of Q, at the sky's mixture",
            True,
            False,
            lambda s, threshold, sky: purity(*s.at_threshold(threshold), sky.hadrons_per_gamma),
        ),
        FigureOfMerit(
            "hours_to_5_sigma",
            "hours to 5 sigma",
            "time until the source is expected to reach 5 by Li and Ma and the least excess",
            False,
            False,
            lambda s, threshold, sky: hours_to_detection(
                *s.at_threshold(threshold),
                sky.hadrons_per_hour,
                sky.hadrons_per_gamma,
                sky.exposure_ratio,
                sky.minimum_excess,
            ),
        ),
    )
}


def figures_over_resamples(
    is_gamma: NDArray[np.bool_],
    gammaness: Floats,
    weights: Floats,
    threshold: float | None,
    sky: Sky,
    is_probability: bool,
) -> dict[str, Floats]:
    """Compute every figure of merit for every weighting.

    Parameters
    ----------
    is_gamma : bool[n_events]
    gammaness : float[n_events]
    weights : float[n_weightings, n_events]
    threshold : operating threshold of the quality factor; without it there are no figures that
        need one.
    sky : mixture and rates behind purity and detection time.
    is_probability : whether the gammaness is a probability.

    Returns
    -------
    values : float[n_weightings] for each name of a figure of merit.
    """
    separation = Separation(is_gamma, gammaness, weights)
    return {
        name: figure.compute(separation, np.nan if threshold is None else threshold, sky)
        for name, figure in FIGURES_OF_MERIT.items()
        if (is_probability or not figure.needs_probability)
        and (threshold is not None or not figure.needs_threshold)
    }
