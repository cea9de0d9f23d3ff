"""How good a model is on held-out events, of which there are too many to keep their scores.

Scores are counted in narrow bins of their log-odds, and events of a bin taken for ties. For the
intervals, groups of events are shared among blocks by a hash (random groups: Wolter 2007,
Introduction to Variance Estimation, chapter 2), and whole blocks are drawn with replacement. So
what belongs together is drawn together, and more events take no more time and no more memory.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import reduce
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.special import expit
from sklearn.pipeline import Pipeline

from showerforge.at_scale.labelled import LabelledBatch, Reading, read_labelled
from showerforge.at_scale.splits import Purpose, Side, draw_uniform
from showerforge.at_scale.survey import PartitionSurvey
from showerforge.classifiers.candidates import gammaness
from showerforge.classifiers.names import Candidate
from showerforge.classifiers.operating_points import (
    ANY_SOURCE,
    BEST_QUALITY,
    choose_operating_points,
    summarise,
)
from showerforge.events.schema import GAMMA, HADRON, WEIGHT
from showerforge.metrics.figures_of_merit import Sky, figures_over_resamples
from showerforge.metrics.intervals import bootstrap_weights, percentile_interval
from showerforge.metrics.separation import Separation, choose_threshold
from showerforge.progress import run_side_by_side

Floats = NDArray[np.float64]
#: bins of the log-odds between these limits; beyond, events are counted in the last ones
N_BINS, LARGEST_LOG_ODDS = 4096, 16.0
#: blocks of groups that are drawn for the intervals
N_BLOCKS = 200


def bin_edges() -> Floats:
    """Give the borders of the bins in gammaness, float64[N_BINS + 1]."""
    edges: Floats = expit(np.linspace(-LARGEST_LOG_ODDS, LARGEST_LOG_ODDS, N_BINS + 1))
    return edges


def bin_centres() -> Floats:
    """Give the gammaness in the middle of each bin, float64[N_BINS]."""
    half = LARGEST_LOG_ODDS / N_BINS
    centres: Floats = expit(
        np.linspace(-LARGEST_LOG_ODDS, LARGEST_LOG_ODDS, N_BINS + 1)[:-1] + half
    )
    return centres


def find_bins(scores: Floats) -> NDArray[np.int64]:
    """Find the bin of each gammaness, int64[n]."""
    inner = bin_edges()[1:-1]
    return np.searchsorted(inner, scores, side="right")


@dataclass(frozen=True, eq=False)
class ScoreCounts:
    """Held-out events by gammaness; each a matrix with a column for each bin.

    Attributes
    ----------
    test : weights of the test events; rows are the blocks of hadrons, then those of gammas.
    test_events : their number; rows are hadrons and gammas.
    validation, validation_squares : weights of the validation events, and their squares; rows are
        hadrons and gammas.
    """

    test: csr_array
    test_events: csr_array
    validation: csr_array
    validation_squares: csr_array

    def __add__(self, other: ScoreCounts) -> ScoreCounts:
        return ScoreCounts(
            *(getattr(self, each.name) + getattr(other, each.name) for each in fields(self))
        )


def count_scores(batch: LabelledBatch, weights: Floats, scores: Floats, seed: int) -> ScoreCounts:
    """Count held-out events.

    Parameters
    ----------
    batch : events.
    weights, scores : float64[n_events], weight and gammaness of each.
    seed : of the blocks.
    """
    bins, particle = find_bins(scores), batch.is_gamma.astype(int)
    blocks = (N_BLOCKS * draw_uniform(batch.groups, seed, Purpose.BLOCK)).astype(int)
    test, validation = (batch.sides == side for side in (Side.TEST, Side.VALIDATION))

    def count(chosen: NDArray[np.bool_], values: Floats, rows: Any = particle, n: int = 2) -> Any:
        return csr_array((values[chosen], (rows[chosen], bins[chosen])), shape=(n, N_BINS))

    return ScoreCounts(
        count(test, weights, particle * N_BLOCKS + blocks, 2 * N_BLOCKS),
        count(test, np.ones_like(weights)),
        count(validation, weights),
        count(validation, weights**2),
    )


@dataclass(frozen=True)
class Scoring:
    """How events are scored and sampled; travels to workers.

    Attributes
    ----------
    reading : how events are read.
    model : fitted pipeline.
    mean_weights : of the training events by particle, which become one.
    sampled : share of the events of a side that are kept.
    """

    reading: Reading
    model: Pipeline
    mean_weights: Mapping[str, float]
    sampled: Mapping[Side, float]


def judge_partition(
    scoring: Scoring, name: str, first: int
) -> tuple[ScoreCounts, dict[Side, pd.DataFrame]]:
    """Score the held-out events of a partition, and keep a few events.

    Parameters
    ----------
    scoring : how.
    name : path within the folder of partitions.
    first : number of its first event among those of all partitions.

    Returns
    -------
    counts : of the scores.
    samples : events of the training and of the test, in the columns of other event tables, by
        their numbers among all.
    """
    seed = scoring.reading.seed
    counts, samples = [], []
    for batch in read_labelled(scoring.reading, name):
        weights = batch.scaled_weight(scoring.mean_weights)
        held_out = batch.sides != Side.TRAINING
        scores = np.full(len(weights), np.nan)
        scores[held_out] = gammaness(scoring.model, batch.table(held_out))
        counts.append(count_scores(batch, weights, scores, seed))
        numbers = first + batch.rows
        drawn = draw_uniform(numbers.astype(np.uint64), seed, Purpose.SAMPLE)
        samples.append(
            {
                side: _tabulate(batch, (batch.sides == side) & (drawn < share), weights, numbers)
                for side, share in scoring.sampled.items()
            }
        )
    nothing = {side: pd.DataFrame() for side in scoring.sampled}
    return (
        reduce(ScoreCounts.__add__, counts, _nothing()),
        {side: pd.concat([each[side] for each in samples or [nothing]]) for side in nothing},
    )


def _nothing() -> ScoreCounts:
    empty = [csr_array((n_rows, N_BINS)) for n_rows in (2 * N_BLOCKS, 2, 2, 2)]
    return ScoreCounts(*empty)


def _tabulate(
    batch: LabelledBatch, chosen: NDArray[np.bool_], weights: Floats, numbers: NDArray[np.int64]
) -> pd.DataFrame:
    table = batch.table(chosen)
    table["particle"] = np.where(batch.is_gamma[chosen], GAMMA, HADRON)
    table["group"] = batch.groups[chosen].view(np.int64)
    table[WEIGHT] = weights[chosen]
    return table.set_index(pd.Index(numbers[chosen], name="event_id"))


def judge_folder(
    scoring: Scoring, surveys: Sequence[PartitionSurvey]
) -> tuple[ScoreCounts, dict[Side, pd.DataFrame]]:
    """Score the held-out events of all partitions, and keep a few events; see `judge_partition`."""
    firsts = np.cumsum([0, *(survey.n_events for survey in surveys)]).tolist()
    jobs = [(scoring, s.name, first) for s, first in zip(surveys, firsts[:-1], strict=True)]
    counts, samples = _nothing(), []
    for of_partition, kept in run_side_by_side(
        judge_partition, jobs, -1, "Scoring held-out events", in_processes=True
    ):
        counts = counts + of_partition
        samples.append(kept)
    return counts, {side: pd.concat([kept[side] for kept in samples]) for side in scoring.sampled}


def choose_thresholds(
    counts: ScoreCounts,
    minimum_gamma_efficiency: float,
    minimum_surviving_hadrons: int,
    gamma_efficiencies: Sequence[float],
) -> dict[str, float]:
    """Choose thresholds on validation events: that of the best Q, and those of efficiencies.

    Returns
    -------
    thresholds : by operating point; each is the lower border of a bin.

    Raises
    ------
    InputError
        If there are too few hadrons.
    """
    lower = np.tile(bin_edges()[:-1], 2)
    is_gamma = np.repeat([False, True], N_BINS)
    weight = counts.validation.toarray().ravel()
    best = choose_threshold(
        is_gamma,
        lower,
        minimum_gamma_efficiency,
        minimum_surviving_hadrons,
        weight,
        counts.validation_squares.toarray().ravel(),
    )
    scores = pd.DataFrame({"model": lower})
    points = choose_operating_points(
        scores, is_gamma, weight[None], {"model": best}, gamma_efficiencies
    )
    return points["model"]


def weigh_bins(counts: ScoreCounts, n_resamples: int, seed: int) -> Floats:
    """Draw blocks of test events again.

    Returns
    -------
    weights : float64[n_resamples + 1, 2 N_BINS], of the bins of hadrons, then of gammas; first of
        the sample itself.
    """
    is_gamma = np.repeat([False, True], N_BLOCKS)
    times = bootstrap_weights(is_gamma, n_resamples, seed)
    return np.concatenate(
        [times[:, is_gamma == kind] @ counts.test[is_gamma == kind] for kind in (False, True)],
        axis=1,
    )


@dataclass(frozen=True)
class Judgement:
    """Figures of merit of a model on test events.

    Attributes
    ----------
    figures : a row for each figure, in the columns of `showerforge.classifiers.evaluation`.
    operating_points : a row for each operating point and figure, in the columns of
        `showerforge.classifiers.operating_points`.
    """

    figures: pd.DataFrame
    operating_points: pd.DataFrame


def judge(
    counts: ScoreCounts,
    candidate: Candidate,
    thresholds: Mapping[str, float],
    sky: Sky,
    n_resamples: int,
    confidence: float,
    minimum_test_hadrons: int,
    seed: int,
) -> Judgement:
    """Judge a model on test events, once.

    Parameters
    ----------
    counts : held-out events by score.
    candidate : what the model is called.
    thresholds : by operating point.
    sky : mixture and rates behind purity and detection time.
    n_resamples, confidence : of the intervals.
    minimum_test_hadrons : hadrons that a threshold must leave for its background to be told.
    seed : of the resamples.
    """
    weights = weigh_bins(counts, n_resamples, seed)
    filled = weights[0] > 0
    is_gamma = np.repeat([False, True], N_BINS)[filled]
    scores, weights = np.tile(bin_centres(), 2)[filled], weights[:, filled]
    head = {
        "candidate": candidate.name,
        "model": candidate.model,
        "training": str(candidate.training),
    }
    figures = figures_over_resamples(
        is_gamma, scores, weights, thresholds[BEST_QUALITY], sky, candidate.is_probability
    )
    rows = []
    for figure, values in figures.items():
        estimate = percentile_interval(values, confidence)
        interval = {"test_lower": estimate.lower, "test_upper": estimate.upper}
        rows.append({**head, "figure": figure, "test": estimate.value, **interval})
    return Judgement(
        pd.DataFrame(rows).assign(threshold=thresholds[BEST_QUALITY]),
        pd.DataFrame(
            {**head, **row}
            for point, threshold in thresholds.items()
            for row in _judge_point(
                Separation(is_gamma, scores, weights),
                point,
                threshold,
                _count_hadrons(counts, threshold),
                confidence,
                minimum_test_hadrons,
            )
        ),
    )


def _count_hadrons(counts: ScoreCounts, threshold: float) -> int:
    """Count test hadrons that pass a threshold, whatever their weights."""
    return int(counts.test_events.toarray()[0, bin_centres() >= threshold].sum())


def _judge_point(
    separation: Separation,
    point: str,
    threshold: float,
    n_hadrons: int,
    confidence: float,
    minimum_test_hadrons: int,
) -> list[dict[str, Any]]:
    gammas, hadrons = separation.at_threshold(threshold)
    has_enough = n_hadrons >= minimum_test_hadrons
    about = {
        "operating_point": point,
        "threshold": threshold,
        "surviving_hadrons": n_hadrons,
        "source": ANY_SOURCE,
    }
    rows = [
        summarise("gamma_efficiency", gammas, confidence),
        summarise("hadron_efficiency", hadrons, confidence, has_enough),
        summarise("quality_factor", separation.quality_factor(threshold), confidence, has_enough),
    ]
    return [{**about, **row} for row in rows]
