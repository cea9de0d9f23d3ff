"""What classifiers are worth at the telescope: operating points and sources.

Thresholds come from out-of-fold scores of training events and are applied to test events
once. Event weights carry all statistics; events are counted as such only to tell whether
enough hadrons are left to say anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from showerforge.classifiers.names import (
    ALPHA_CUT,
    STACK,
    WIDTH_ALPHA_CUTS,
    Candidate,
    Training,
)
from showerforge.metrics.figures_of_merit import Sky
from showerforge.metrics.intervals import percentile_interval
from showerforge.metrics.prior import expected_purity, shift_prior
from showerforge.metrics.separation import (
    REFERENCE_BACKGROUNDS,
    Separation,
    threshold_of_gamma_efficiency,
)
from showerforge.metrics.significance import (
    expected_significance,
    hours_to_detection,
    purity,
    signal_to_background,
)

Floats = NDArray[np.float64]
#: what every analysis is held against
CLASSICAL = Candidate(ALPHA_CUT, Training.REAL).name
#: the operating point of the quality factor; the others are named by what they keep
BEST_QUALITY = "best Q"
#: the source that the prior stands for
PRIOR = "prior"
#: the source of figures that do not depend on it
ANY_SOURCE = "any"
TOO_FEW = "too few hadrons to tell"
#: figures that the systematics of the background spoil where there is little signal
_SPOILT = ("signal_to_background", "significance_in_one_hour", "hours_to_5_sigma")
#: figures that a run is compared by
SKY_HEADLINE = (
    "purity",
    "signal_to_background",
    "hours_to_5_sigma",
    "times_shorter_than_alpha_cut",
)
OPERATING_POINT_COLUMNS = (
    "candidate",
    "model",
    "training",
    "operating_point",
    "threshold",
    "surviving_hadrons",
    "source",
    "crab_flux",
    "gammas_per_hour",
    "hadrons_per_hour",
    "figure",
    "test",
    "test_lower",
    "test_upper",
    "remark",
)


@dataclass(frozen=True)
class Source:
    """A source that is looked for.

    Attributes
    ----------
    name : key in tables.
    crab_flux : flux in units of the Crab Nebula.
    sky : mixture and rates while the telescope looks at it.
    """

    name: str
    crab_flux: float
    sky: Sky

    @property
    def gammas_per_hour(self) -> float:
        """Gammas of the source per hour, before any cut."""
        return self.sky.hadrons_per_hour / self.sky.hadrons_per_gamma


@dataclass(frozen=True)
class Rules:
    """What is said about a figure, and when.

    Attributes
    ----------
    confidence : coverage of intervals.
    minimum_test_hadrons : hadrons that a cut must leave among the test events.
    minimum_signal_to_background : gammas for each hadron kept, below which the systematics
        of the background come first.
    """

    confidence: float
    minimum_test_hadrons: int
    minimum_signal_to_background: float


def list_sources(
    sky: Sky, crab_fluxes: Sequence[float], crab_gammas_per_hour: float
) -> list[Source]:
    """List the source that the prior stands for, and those of stated fluxes.

    Parameters
    ----------
    sky : mixture of the prior.
    crab_fluxes : fluxes in units of the Crab Nebula.
    crab_gammas_per_hour : gammas of the Crab Nebula per hour, before any cut.
    """
    of_prior = sky.hadrons_per_hour / sky.hadrons_per_gamma / crab_gammas_per_hour
    return [
        Source(PRIOR, of_prior, sky),
        *(
            Source(
                f"{flux:g} Crab",
                flux,
                replace(
                    sky, hadrons_per_gamma=sky.hadrons_per_hour / (flux * crab_gammas_per_hour)
                ),
            )
            for flux in crab_fluxes
        ),
    ]


def analyses(kept: str) -> list[str]:
    """List the analyses that are taken to the telescope, the classical one first.

    Parameters
    ----------
    kept : name of the candidate that is kept.
    """
    cuts = Candidate(WIDTH_ALPHA_CUTS, Training.REAL).name
    stack = Candidate(STACK, Training.REAL).name
    return list(dict.fromkeys([CLASSICAL, cuts, stack, kept]))


def choose_operating_points(
    validation_scores: pd.DataFrame,
    is_gamma: NDArray[np.bool_],
    weights: Floats,
    best_thresholds: Mapping[str, float],
    gamma_efficiencies: Sequence[float],
) -> dict[str, dict[str, float]]:
    """Choose thresholds on out-of-fold scores: that of the best Q, and those of efficiencies.

    Parameters
    ----------
    validation_scores : DataFrame[n_events, n_candidates], out-of-fold gammaness.
    is_gamma : bool[n_events]
    weights : float[1, n_events]
    best_thresholds : threshold of the best quality factor of each candidate.
    gamma_efficiencies : shares of the gammas to keep.

    Returns
    -------
    thresholds : by candidate, then by operating point.
    """
    points = {}
    for name in validation_scores:
        separation = Separation(is_gamma, validation_scores[name].to_numpy(), weights)
        points[name] = {
            BEST_QUALITY: best_thresholds[name],
            **{
                f"gamma efficiency {share:g}": threshold_of_gamma_efficiency(separation, share)
                for share in gamma_efficiencies
            },
        }
    return points


def judge_operating_points(
    test_scores: pd.DataFrame,
    is_gamma: NDArray[np.bool_],
    weights: Floats,
    operating_points: Mapping[str, Mapping[str, float]],
    sources: Sequence[Source],
    training_hadrons_per_gamma: float,
    rules: Rules,
) -> pd.DataFrame:
    """Judge analyses at their operating points, for every source, on the same weights.

    Parameters
    ----------
    test_scores : DataFrame[n_events, n_candidates], gammaness.
    is_gamma : bool[n_events]
    weights : float[n_weightings, n_events], the first for the sample itself.
    operating_points : thresholds by candidate, then by operating point; the classical
        analysis is among the candidates.
    sources : what the telescope looks at.
    training_hadrons_per_gamma : mixture at which the gammaness of models is a probability.
    rules : what is said, and when.

    Returns
    -------
    table : DataFrame, one row per candidate, operating point, source and figure:
        ``candidate``, ``model``, ``training``, ``operating_point``, ``threshold``,
        ``surviving_hadrons`` (test events); ``source``, ``crab_flux``, ``gammas_per_hour``,
        ``hadrons_per_hour`` (before any cut); ``figure``, ``test``, ``test_lower``,
        ``test_upper``, and ``remark``. No number where the remark says why.
    """
    of_classical = Separation(is_gamma, test_scores[CLASSICAL].to_numpy(), weights)
    classical = {
        point: _efficiencies_that_can_be_told(of_classical, threshold, rules)
        for point, threshold in operating_points[CLASSICAL].items()
    }
    rows: list[dict[str, Any]] = []
    for name, points in operating_points.items():
        candidate = Candidate.parse(name)
        separation = Separation(is_gamma, test_scores[name].to_numpy(), weights)
        new_rows = _rows_of_acceptance(separation, rules)
        for point, threshold in points.items():
            n_hadrons = count_surviving_hadrons(separation, threshold)
            has_enough = n_hadrons >= rules.minimum_test_hadrons
            efficiencies = separation.at_threshold(threshold)
            quality = separation.quality_factor(threshold)
            of_point = _rows_of_point(*efficiencies, quality, has_enough, rules)
            for source in sources:
                figures = _figures_of_source(*efficiencies, source.sky)
                if name != CLASSICAL:
                    figures["times_shorter_than_alpha_cut"] = _times_shorter(
                        _figures_of_source(*classical[point], source.sky), figures
                    )
                if candidate.is_probability:
                    figures |= _expectations(
                        separation, threshold, training_hadrons_per_gamma, source.sky
                    )
                of_point += _rows_of_source(figures, source, has_enough, rules)
            chosen = {
                "operating_point": point,
                "threshold": threshold,
                "surviving_hadrons": n_hadrons,
            }
            new_rows += [{**chosen, **row} for row in of_point]
        head = {"candidate": name, "model": candidate.model, "training": str(candidate.training)}
        rows += [{**head, **row} for row in new_rows]
    table = pd.DataFrame(rows).astype({"surviving_hadrons": "Int64"})
    return table[list(OPERATING_POINT_COLUMNS)]


def count_surviving_hadrons(separation: Separation, threshold: float) -> int:
    """Count hadrons that a cut leaves, whatever their weights."""
    kept = separation.gammaness >= threshold
    return int(np.count_nonzero(kept & ~separation.is_gamma))


def _efficiencies_that_can_be_told(
    separation: Separation, threshold: float, rules: Rules
) -> tuple[Floats, Floats]:
    """Return efficiencies at a threshold, no numbers where too few hadrons are left."""
    has_enough = count_surviving_hadrons(separation, threshold) >= rules.minimum_test_hadrons
    gammas, hadrons = separation.at_threshold(threshold)
    return np.where(has_enough, gammas, np.nan), np.where(has_enough, hadrons, np.nan)


def _figures_of_source(gammas: Floats, hadrons: Floats, sky: Sky) -> dict[str, Floats]:
    rates = (sky.hadrons_per_hour, sky.hadrons_per_gamma, sky.exposure_ratio)
    return {
        "purity": purity(gammas, hadrons, sky.hadrons_per_gamma),
        "signal_to_background": signal_to_background(gammas, hadrons, sky.hadrons_per_gamma),
        "significance_in_one_hour": expected_significance(gammas, hadrons, *rates),
        "hours_to_5_sigma": hours_to_detection(gammas, hadrons, *rates, sky.minimum_excess),
    }


def _expectations(
    separation: Separation, threshold: float, training_hadrons_per_gamma: float, sky: Sky
) -> dict[str, Floats]:
    """Tell what the model itself expects at the mixture of the sky."""
    mixtures = (training_hadrons_per_gamma, sky.hadrons_per_gamma)
    posterior = shift_prior(separation.gammaness, *mixtures)
    kept = separation.gammaness >= threshold
    last = shift_prior(np.full(len(separation.weights), threshold), *mixtures)
    return {
        "purity_expected_by_model": expected_purity(
            separation.is_gamma, posterior, kept, separation.weights, sky.hadrons_per_gamma
        ),
        "posterior_at_threshold": last,
    }


def _times_shorter(classical: Mapping[str, Floats], own: Mapping[str, Floats]) -> Floats:
    """Divide the hours of the classical analysis by others; no number if both are infinite."""
    with np.errstate(invalid="ignore"):
        return classical["hours_to_5_sigma"] / own["hours_to_5_sigma"]


def summarise(
    figure: str, values: Floats, confidence: float, can_be_told: bool = True
) -> dict[str, Any]:
    """Write a figure over resamples as the last columns of a row.

    Parameters
    ----------
    figure : name.
    values : float[n_weightings], the first for the sample itself.
    confidence : coverage of the interval.
    can_be_told : whether enough hadrons are left; else words stand instead of a number.

    Returns
    -------
    row : ``figure``, ``test``, ``test_lower``, ``test_upper`` and ``remark``.
    """
    row = {"figure": figure, "test": np.nan, "test_lower": np.nan, "test_upper": np.nan}
    if not can_be_told or np.isnan(values[0]):
        return {**row, "remark": TOO_FEW}
    estimate = percentile_interval(values, confidence)
    interval = {"test_lower": estimate.lower, "test_upper": estimate.upper}
    return {**row, "test": estimate.value, **interval, "remark": ""}


def _rows_of_acceptance(separation: Separation, rules: Rules) -> list[dict[str, Any]]:
    return [
        {
            "operating_point": f"background {background:g}",
            "source": ANY_SOURCE,
            **summarise(
                f"acceptance_{background:g}", separation.acceptance(background), rules.confidence
            ),
        }
        for background in REFERENCE_BACKGROUNDS
    ]


def _rows_of_point(
    gammas: Floats, hadrons: Floats, quality: Floats, has_enough: bool, rules: Rules
) -> list[dict[str, Any]]:
    """Write what does not depend on the source; gammas are plenty even without hadrons."""
    rows = [
        summarise("gamma_efficiency", gammas, rules.confidence),
        summarise("hadron_efficiency", hadrons, rules.confidence, has_enough),
        summarise("quality_factor", quality, rules.confidence, has_enough),
    ]
    return [{"source": ANY_SOURCE, **row} for row in rows]


def _rows_of_source(
    figures: Mapping[str, Floats], source: Source, has_enough: bool, rules: Rules
) -> list[dict[str, Any]]:
    """Write what depends on the source; say where the background's systematics come first."""
    head = {
        "source": source.name,
        "crab_flux": source.crab_flux,
        "gammas_per_hour": source.gammas_per_hour,
        "hadrons_per_hour": source.sky.hadrons_per_hour,
    }
    smallest = rules.minimum_signal_to_background
    is_spoilt = has_enough and figures["signal_to_background"][0] < smallest
    warning = f"signal below {100 * smallest:g} % of the background: systematics come first"
    rows = []
    for name, values in figures.items():
        row = summarise(name, values, rules.confidence, has_enough)
        if is_spoilt and name in _SPOILT:
            row["remark"] = warning
        rows.append({**head, **row})
    return rows


def detection_curves(
    test_scores: pd.DataFrame, is_gamma: NDArray[np.bool_], weights: Floats, sky: Sky
) -> pd.DataFrame:
    """Follow detection time and signal-to-background along the thresholds of each candidate.

    Read off the test events themselves, so the best point of a curve is flattering.

    Parameters
    ----------
    test_scores : DataFrame[n_events, n_candidates], gammaness.
    is_gamma : bool[n_events]
    weights : float[n_weightings, n_events]; the first weighting counts.
    sky : mixture and rates.

    Returns
    -------
    curves : DataFrame, one row per candidate and threshold, from strict to loose:
        ``candidate``, ``gamma_efficiency``, ``surviving_hadrons`` (test events),
        ``significance_in_one_hour``, ``hours_to_5_sigma``, ``signal_to_background``.
    """
    curves = []
    for name in test_scores:
        scores = test_scores[name].to_numpy()
        separation = Separation(is_gamma, scores, weights[:1])
        gammas, hadrons = separation.gamma_efficiency[0, 1:], separation.hadron_efficiency[0, 1:]
        some = gammas > 0
        figures = _figures_of_source(gammas[some], hadrons[some], sky)
        del figures["purity"]
        curves.append(
            pd.DataFrame(
                {
                    "candidate": name,
                    "gamma_efficiency": gammas[some],
                    "surviving_hadrons": Separation.unweighted(is_gamma, scores)
                    .hadrons_kept[0, 1:][some]
                    .astype(int),
                    **figures,
                }
            )
        )
    return pd.concat(curves, ignore_index=True)
