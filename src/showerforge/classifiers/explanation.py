"""What a fitted classifier looks at: importance, Shapley values and partial dependence.

All three treat the classifier as a function from the recorded parameters to the gammaness, so
that they hold for any model, whatever it is made of. None is a statement about causes: they tell
what this classifier does with its input, not why showers look as they do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import logit

from showerforge.classifiers.candidates import gammaness
from showerforge.classifiers.training import training_columns
from showerforge.events.constraints import Constraint, broken_constraints, hard
from showerforge.events.schema import GAMMA, HILLAS_PARAMETERS
from showerforge.metrics.intervals import (
    bootstrap_weights,
    normal_interval,
    percentile_interval,
)
from showerforge.metrics.separation import (
    SMALLEST_PROBABILITY,
    auc_placements,
    error_of_placements,
)
from showerforge.progress import run_side_by_side

Floats = NDArray[np.float64]

#: events scored in one call: large enough to be fast, small enough for the memory
MAXIMUM_BATCH = 20_000


def permutation_importance(
    model: Any, events: pd.DataFrame, n_repeats: int, confidence: float, seed: int, n_jobs: int
) -> pd.DataFrame:
    """Measure how much ROC-AUC is lost when a recorded parameter is shuffled.

    Features are computed from the shuffled parameter. Shuffling features one by one would
    say little, because many carry the same information and stand in for each other.

    Parameters
    ----------
    model : fitted classifier of recorded parameters.
    events : test events.
    n_repeats : shuffles of each parameter.
    confidence : coverage of the intervals.
    seed : seed of the shuffles.
    n_jobs : shuffles at a time.

    Returns
    -------
    importance : DataFrame, one row per parameter, most important first: ``parameter``,
        ``importance`` (loss of ROC-AUC, mean over the shuffles), ``lower`` and ``upper``, and
        ``spread`` (standard deviation over the shuffles). The interval is that of DeLong et
        al. 1988 (Biometrics 44, 837) for the paired difference on the test events.
    """
    parameters, particle = training_columns(events)
    is_gamma = particle.to_numpy() == 1
    jobs = [
        (column, repeat) for column in range(len(HILLAS_PARAMETERS)) for repeat in range(n_repeats)
    ]

    def score_shuffled(column: int, repeat: int) -> tuple[Floats, Floats]:
        generator = np.random.default_rng([seed, column, repeat])
        shuffled = generator.permutation(parameters.iloc[:, column].to_numpy())
        changed = parameters.assign(**{HILLAS_PARAMETERS[column]: shuffled})
        return auc_placements(is_gamma, gammaness(model, changed))

    of_gammas, of_hadrons = auc_placements(is_gamma, gammaness(model, parameters))
    results = list(run_side_by_side(score_shuffled, jobs, n_jobs, "Shuffling parameters"))
    rows = []
    for column, name in enumerate(HILLAS_PARAMETERS):
        own = results[column * n_repeats : (column + 1) * n_repeats]
        lost_by_gammas = of_gammas - np.mean([gammas for gammas, _ in own], axis=0)
        lost_by_hadrons = of_hadrons - np.mean([hadrons for _, hadrons in own], axis=0)
        importance = float(np.mean(lost_by_gammas))
        error = error_of_placements(lost_by_gammas, lost_by_hadrons)
        interval = normal_interval(importance, error, confidence, -1.0, 1.0)
        lower, upper = interval or (np.nan, np.nan)
        rows.append(
            {
                "parameter": name,
                "importance": importance,
                "lower": lower,
                "upper": upper,
                "spread": float(np.std([np.mean(gammas) for gammas, _ in own])),
            }
        )
    return pd.DataFrame(rows).sort_values("importance", ascending=False, ignore_index=True)


def _take_some(events: pd.DataFrame, n: int, seed: int) -> pd.DataFrame:
    """Take about `n` events at random, of both particles by their share; no split is at stake."""
    if n >= len(events):
        return events
    share = n / len(events)
    parts = [
        of_particle.sample(max(1, round(share * len(of_particle))), random_state=seed)
        for _, of_particle in events.groupby("particle")
    ]
    return pd.concat(parts).sort_index()


def log_odds(model: Any) -> Callable[[Floats], Floats]:
    """Turn a classifier into a function from rows of recorded parameters to log-odds."""

    def score(rows: Floats) -> Floats:
        scores = gammaness(model, pd.DataFrame(rows, columns=HILLAS_PARAMETERS))
        return logit(np.clip(scores, SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY))

    return score


def shapley_values(
    function: Callable[[Floats], Floats],
    events: Floats,
    background: Floats,
    seed: int,
    n_jobs: int = 1,
) -> tuple[Floats, Floats, Floats]:
    """Share out what a function says of an event among the parameters of the event.

    The Shapley value of a parameter is the change of the function when the parameter is given
    its value in the event, averaged over all orders in which parameters can be given, those not
    yet given being taken from a background event (Shapley 1953; Lundberg and Lee 2017, NeurIPS
    30, with the interventional expectation of Janzing et al. 2020, AISTATS 108). The average is
    estimated as by Strumbelj and Kononenko 2014 (Knowledge and Information Systems 41, 647,
    algorithm 1), with two changes that lower its noise: every pair of an event and a background
    event has a random order of its own, and each order is also gone through backwards.

    Parameters
    ----------
    function : from float[n, n_parameters] to float[n].
    events : float[n_events, n_parameters]
    background : float[n_background, n_parameters]
    seed : seed of the orders.
    n_jobs : batches of events at a time.

    Returns
    -------
    values : float[n_events, n_parameters]. The sum over the parameters is the function of the
        event less the mean of the function over the background, exactly.
    errors : float[n_events, n_parameters], standard error of `values` by the choice of the
        background events and orders; no number for a single background event.
    level : float[n_background], the function of the background.
    """
    n_events, n_parameters = events.shape
    shape = (n_events, len(background), n_parameters)
    orders = np.random.default_rng(seed).permuted(
        np.broadcast_to(np.arange(n_parameters, dtype=np.int8), shape).copy(), axis=2
    )
    n_together = max(1, MAXIMUM_BATCH // (2 * n_parameters * len(background)))
    jobs = [
        (events[first : first + n_together], orders[first : first + n_together])
        for first in range(0, n_events, n_together)
    ]

    def explain(some_events: Floats, some_orders: NDArray[np.int8]) -> tuple[Floats, Floats]:
        changes = _changes_by_each(function, some_events, background, some_orders)
        if len(background) == 1:
            return changes[:, 0], np.full_like(changes[:, 0], np.nan)
        spread = np.std(changes, axis=1, ddof=1)
        return np.mean(changes, axis=1), spread / np.sqrt(len(background))

    results = list(run_side_by_side(explain, jobs, n_jobs, "Explaining events"))
    values, errors = (np.concatenate(parts) for parts in zip(*results, strict=True))
    return values, errors, function(background)


def _changes_by_each(
    function: Callable[[Floats], Floats],
    events: Floats,
    background: Floats,
    orders: NDArray[np.int8],
) -> Floats:
    """Go from each background event to each event, one parameter after the other, and back.

    Returns
    -------
    changes : float[n_events, n_background, n_parameters], mean of both ways.
    """
    n_parameters = events.shape[1]
    rank = np.argsort(orders, axis=2)
    is_given = [
        *(rank < n_given for n_given in range(n_parameters + 1)),
        *(rank >= n_parameters - n_given for n_given in range(1, n_parameters)),
    ]
    rows = np.where(is_given, events[:, np.newaxis], background[np.newaxis])
    scores = function(rows.reshape(-1, n_parameters)).reshape(len(is_given), *rank.shape[:2])
    forwards = np.diff(scores[: n_parameters + 1], axis=0)
    ends = scores[[0, n_parameters]]
    backwards = np.diff(np.concatenate([ends[:1], scores[n_parameters + 1 :], ends[1:]]), axis=0)
    by_step = (forwards + backwards[::-1]) / 2
    return np.take_along_axis(np.moveaxis(by_step, 0, 2), rank, axis=2)


def explain_events(
    model: Any,
    test_events: pd.DataFrame,
    train_events: pd.DataFrame,
    n_events: int,
    n_background: int,
    seed: int,
    n_jobs: int,
) -> pd.DataFrame:
    """Compute Shapley values of the log-odds of gammaness for a sample of test events.

    Parameters
    ----------
    model : fitted classifier of recorded parameters.
    test_events : events of which some are explained.
    train_events : events of which some are the background.
    n_events, n_background : how many, about.
    seed : seed of the samples and orders.
    n_jobs : batches at a time.

    Returns
    -------
    table : DataFrame, one row per event and parameter: ``event_id``, ``particle``,
        ``log_odds`` of the event, ``background_log_odds`` (mean over the background),
        ``parameter``, its ``value``, ``shapley_value`` and its ``standard_error``.
    """
    events = _take_some(test_events, n_events, seed)
    background = _take_some(train_events, n_background, seed)
    function = log_odds(model)
    recorded = events[HILLAS_PARAMETERS].to_numpy(float)
    values, errors, level = shapley_values(
        function, recorded, background[HILLAS_PARAMETERS].to_numpy(float), seed, n_jobs
    )
    n = len(HILLAS_PARAMETERS)
    return pd.DataFrame(
        {
            "event_id": np.repeat(events.index.to_numpy(), n),
            "particle": np.repeat(events["particle"].to_numpy(), n),
            "log_odds": np.repeat(function(recorded), n),
            "background_log_odds": float(np.mean(level)),
            "parameter": np.tile(HILLAS_PARAMETERS, len(events)),
            "value": recorded.ravel(),
            "shapley_value": values.ravel(),
            "standard_error": errors.ravel(),
        }
    )


def summarise_shapley_values(
    table: pd.DataFrame, n_resamples: int, confidence: float, seed: int
) -> pd.DataFrame:
    """Average Shapley values over events.

    Parameters
    ----------
    table : see `explain_events`.
    n_resamples, confidence : bootstrap of the explained events, and coverage.
    seed : seed of the bootstrap.

    Returns
    -------
    summary : DataFrame, one row per parameter, largest first: ``parameter``,
        ``mean_absolute`` (log-odds), ``lower``, ``upper``, and ``rank_correlation`` (Spearman)
        of the value of the parameter with its Shapley value, the sign of a monotonic effect; no
        number where one of them does not vary.
    """
    values = table.pivot(index="event_id", columns="parameter", values="shapley_value")
    recorded = table.pivot(index="event_id", columns="parameter", values="value")
    particle = table.groupby("event_id")["particle"].first().loc[values.index]
    weights = bootstrap_weights((particle == GAMMA).to_numpy(), n_resamples, seed)
    rows = []
    for name in HILLAS_PARAMETERS:
        means = weights @ np.abs(values[name].to_numpy()) / len(values)
        estimate = percentile_interval(means, confidence)
        rows.append(
            {
                "parameter": name,
                "mean_absolute": estimate.value,
                "lower": estimate.lower,
                "upper": estimate.upper,
                "rank_correlation": _rank_correlation(recorded[name], values[name]),
            }
        )
    return pd.DataFrame(rows).sort_values("mean_absolute", ascending=False, ignore_index=True)


def _rank_correlation(first: pd.Series, second: pd.Series) -> float:
    """Spearman's coefficient; no number where one side does not vary."""
    if first.nunique() == 1 or second.nunique() == 1:
        return np.nan
    return float(first.corr(second, method="spearman"))


def partial_dependence(
    model: Any,
    test_events: pd.DataFrame,
    constraints: Sequence[Constraint],
    n_events: int,
    n_points: int,
    tail: float,
    seed: int,
    n_jobs: int,
) -> pd.DataFrame:
    """Average the gammaness over events of which one recorded parameter is changed.

    Friedman 2001 (Annals of Statistics 29, 1189, section 8.2), but for one thing: an event whose
    changed parameter would break a hard constraint, such as a width above the length, is left
    out of the average at that value, because no camera can record it. Where few events are left,
    the average is one over events of a kind; ``valid_share`` tells.

    Parameters
    ----------
    model : fitted classifier of recorded parameters.
    test_events : events; values are taken at quantiles of all of them.
    constraints : physical relations; the hard ones count, ranges included.
    n_events : events that are changed, about.
    n_points : values of each parameter, fewer where quantiles agree.
    tail : share of the events below the first value, and above the last.
    seed : seed of the sample.
    n_jobs : parameters at a time.

    Returns
    -------
    table : DataFrame, one row per parameter and value: ``parameter``, ``value``,
        ``gammaness`` (mean), ``lower_quartile`` and ``upper_quartile`` of the single events, and
        ``valid_share`` of the events. Values that no event may take are left out.
    """
    events = _take_some(test_events, n_events, seed)[HILLAS_PARAMETERS]
    rules = hard(constraints)

    def change(name: str) -> pd.DataFrame:
        shares = np.linspace(tail, 1 - tail, n_points)
        values = np.unique(np.quantile(test_events[name], shares))
        changed = pd.concat([events.assign(**{name: value}) for value in values])
        is_valid = ~broken_constraints(changed, rules).any(axis=1).to_numpy()
        scores = np.full(len(changed), np.nan)
        scores[is_valid] = gammaness(model, changed[is_valid])
        return pd.DataFrame(
            [
                {
                    "parameter": name,
                    "value": value,
                    "gammaness": np.mean(valid),
                    "lower_quartile": np.quantile(valid, 0.25),
                    "upper_quartile": np.quantile(valid, 0.75),
                    "valid_share": len(valid) / len(events),
                }
                for value, of_value in zip(
                    values, scores.reshape(len(values), len(events)), strict=True
                )
                if len(valid := of_value[~np.isnan(of_value)])
            ]
        )

    jobs = [(name,) for name in HILLAS_PARAMETERS]
    return pd.concat(
        run_side_by_side(change, jobs, n_jobs, "Changing parameters"), ignore_index=True
    )
