"""When does synthetic data help? Training on few hadrons, with and without synthetic ones.

A *cell* is one training: a learner on a subset of hadrons (the *budget*) and all gammas of the
pool, under one *treatment* of the imbalance: none, class weights, or hadrons of a generator up
to balance. All cells are judged on the same test events, and within a repeat the treatments
share the hadrons, so that changes against no treatment are paired.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import logit

from showerforge.classifiers.candidates import build_model, gammaness
from showerforge.classifiers.cells import fingerprint_events
from showerforge.classifiers.features import HillasFeatures
from showerforge.classifiers.stacking import Logit
from showerforge.classifiers.training import (
    fit_weighted,
    training_columns,
)
from showerforge.errors import InputError
from showerforge.events.constraints import Constraint
from showerforge.events.schema import GAMMA, HADRON, HILLAS_PARAMETERS, WEIGHT
from showerforge.fingerprints import key_of
from showerforge.generators import build_generator, draw_valid, n_to_balance
from showerforge.metrics.figures_of_merit import CLASSIFICATION_THRESHOLD
from showerforge.metrics.intervals import bootstrap_weights
from showerforge.metrics.separation import (
    LOACC_BACKGROUNDS,
    SMALLEST_PROBABILITY,
    Separation,
    choose_threshold,
)
from showerforge.progress import run_side_by_side

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

ALL = "all"
NO_TREATMENT = "none"
CLASS_WEIGHTS = "class weights"
TRAINING, VALIDATION, TEST = "training", "validation", "test"
#: a forest is sure of an event when its few trees agree; its log-odds are cut where those of
#: a hundred trees would still be finite, lest they drown those of the other members
SMALLEST_PROBABILITY_OF = {"random_forest": 1e-3}


@dataclass(frozen=True)
class Study:
    """What is compared, and how.

    Attributes
    ----------
    budgets : numbers of hadrons in training; "all" takes the whole pool.
    n_repeats : subsets of hadrons for each budget.
    generators : name and options of each generator, by the label of its treatment.
    learners : models whose mean log-odds are the learner's, by its label.
    models : settings of each model.
    feature_sets : names of engineered feature sets.
    constraints : physical relations that synthetic events must obey.
    decimals, maximum_rounds : see `draw_valid`.
    minimum_gamma_efficiency, minimum_surviving_hadrons : see `choose_threshold`.
    n_resamples : bootstrap resamples of the test events.
    seed : seed of splits, draws, fits and resamples.
    features : the only features that learners use; None for all.
    """

    budgets: Sequence[int | str]
    n_repeats: int
    generators: Mapping[str, tuple[str, Mapping[str, Any]]]
    learners: Mapping[str, Sequence[str]]
    models: Mapping[str, Mapping[str, Any]]
    feature_sets: Sequence[str]
    constraints: Sequence[Constraint]
    decimals: int
    maximum_rounds: int
    minimum_gamma_efficiency: float
    minimum_surviving_hadrons: int
    n_resamples: int
    seed: int
    features: Sequence[str] | None = None

    @property
    def columns(self) -> HillasFeatures:
        """Step from recorded parameters to the features of the learners."""
        return HillasFeatures(self.feature_sets, allowed=self.features)

    @property
    def treatments(self) -> list[str]:
        """Labels of all treatments."""
        return [NO_TREATMENT, CLASS_WEIGHTS, *self.generators]


def split_events(
    events: pd.DataFrame,
    training_gammas: int,
    test_hadrons: int,
    validation_gammas: int,
    validation_hadrons: int,
    seed: int,
) -> pd.DataFrame:
    """Part the events once for the whole study, by group.

    Gammas that are neither for training nor validation are test events, hadrons that are
    neither for test nor validation are the pool that budgets are drawn from. A group that
    reaches over the end of a part stays whole, so that a part may hold a few events more.

    Parameters
    ----------
    events : DataFrame with the Hillas parameters, ``particle`` and ``group``.
    seed : seed of the shuffle.

    Returns
    -------
    parted : the Hillas parameters, ``particle``, ``group`` and ``part`` ("training",
        "validation" or "test"), in shuffled order.

    Raises
    ------
    InputError
        If a part would be empty.
    """
    groups = events.groupby("group")["particle"].agg(["first", "size"])
    groups = groups.sample(frac=1, random_state=seed)
    before = groups.groupby("first")["size"].cumsum() - groups["size"]
    parts = pd.Series(TRAINING, groups.index)
    for particle, sizes, names in (
        (GAMMA, (training_gammas, validation_gammas), (TRAINING, VALIDATION, TEST)),
        (HADRON, (test_hadrons, validation_hadrons), (TEST, VALIDATION, TRAINING)),
    ):
        of_particle = groups["first"] == particle
        place = np.searchsorted(np.cumsum(sizes), before[of_particle], side="right")
        parts[of_particle] = np.array(names)[place]
    order = pd.Series(np.arange(len(groups)), groups.index)
    by_group = events[[*HILLAS_PARAMETERS, "particle", "group", WEIGHT]].assign(
        part=events["group"].map(parts)
    )
    parted = by_group.iloc[np.argsort(events["group"].map(order), kind="stable")]
    counts = parted.groupby(["part", "particle"]).size()
    for part in (TRAINING, VALIDATION, TEST):
        for particle in (GAMMA, HADRON):
            if (part, particle) not in counts:
                raise InputError(
                    f"The scarcity study has no {particle} events left for {part}. Lower the "
                    "numbers of events in its parameters, or bring more events."
                )
    return parted


def take_hadrons(pool: pd.DataFrame, n: int, repeat: int, n_repeats: int) -> pd.DataFrame:
    """Take the hadrons of a budget.

    The pool is a circle; each repeat begins at another of `n_repeats` equally distant places.
    So smaller budgets of a repeat are part of its larger ones, and repeats have no hadron in
    common as long as all of them fit into the pool.

    Parameters
    ----------
    pool : all hadrons of the pool.
    n : the budget.
    repeat : number of the repeat, from 0.
    """
    begin = repeat * len(pool) // n_repeats
    return pool.iloc[np.arange(begin, begin + n) % len(pool)]


def mean_overlap(subsets: Sequence[pd.Index]) -> float:
    """Mean share of events that two subsets of equal size have in common; 0 for one subset."""
    shares = [len(a.intersection(b)) / len(a) for a, b in combinations(subsets, 2)]
    return float(np.mean(shares)) if shares else 0.0


def plan_cells(parted: pd.DataFrame, study: Study) -> pd.DataFrame:
    """List all cells, repeat after repeat.

    Parameters
    ----------
    parted : events as parted by `split_events`.

    Returns
    -------
    plan : DataFrame, one row per cell: ``key`` (changes with everything that the cell depends
        on), ``repeat``, ``budget`` (as in the parameters), ``n_hadrons``, ``overlap`` (mean
        share of hadrons that two repeats have in common), ``treatment``, ``learner``.

    Raises
    ------
    InputError
        If a budget is larger than the pool.
    """
    pool = _of(parted, TRAINING, HADRON)
    data = fingerprint_events(parted, [*HILLAS_PARAMETERS, "particle", "part"])
    sizes = {str(budget): len(pool) if budget == ALL else budget for budget in study.budgets}
    if too_large := [budget for budget, n in sizes.items() if int(n) > len(pool)]:
        raise InputError(
            f"Only {len(pool):,} hadrons are left for training in the scarcity study, so that its "
            f"budgets {', '.join(too_large)} cannot be had. Lower them, or test_hadrons."
        )
    overlaps = {
        budget: mean_overlap(
            [take_hadrons(pool, int(n), r, study.n_repeats).index for r in range(study.n_repeats)]
        )
        for budget, n in sizes.items()
    }
    return pd.DataFrame(
        {
            "key": _key_of(study, data, repeat, budget, treatment, learner),
            "repeat": repeat,
            "budget": budget,
            "n_hadrons": int(n),
            "overlap": overlaps[budget],
            "treatment": treatment,
            "learner": learner,
        }
        for repeat in range(study.n_repeats)
        for budget, n in sizes.items()
        for treatment in study.treatments
        for learner in study.learners
    )


def _key_of(study: Study, data: str, repeat: int, budget: str, treatment: str, learner: str) -> str:
    shared = {
        name: value
        for name, value in vars(study).items()
        if name not in ("budgets", "generators", "learners", "models", "constraints")
    }
    return key_of(
        f"{budget}_{repeat}_{treatment}_{learner}",
        {
            **shared,
            "data": data,
            "repeat": repeat,
            "budget": budget,
            "treatment": study.generators.get(treatment, treatment),
            "constraints": [rule.model_dump() for rule in study.constraints],
            "members": {member: study.models[member] for member in study.learners[learner]},
        },
    )


def _of(parted: pd.DataFrame, part: str, particle: str) -> pd.DataFrame:
    return parted[(parted["part"] == part) & (parted["particle"] == particle)]


@dataclass(frozen=True)
class _Sample:
    """Features of real events by which cells are judged."""

    features: pd.DataFrame
    is_gamma: Bools

    @classmethod
    def of(cls, parted: pd.DataFrame, part: str, columns: HillasFeatures) -> _Sample:
        parameters, is_gamma = training_columns(parted[parted["part"] == part])
        return cls(columns.transform(parameters), is_gamma.to_numpy() == 1)


def run_cells(
    parted: pd.DataFrame, plan: pd.DataFrame, study: Study, n_jobs: int
) -> Iterator[dict[str, Any]]:
    """Fit and judge the cells of a plan.

    Cells that differ in their learner only are one job: synthetic events are made once for
    all learners, and a model that is a member of two learners is fitted once.

    Parameters
    ----------
    parted : events as parted by `split_events`.
    plan : rows of `plan_cells`.
    n_jobs : jobs at a time.

    Yields
    ------
    record : what is known of a cell, as soon as its job is done: its row of the plan,
        ``seconds``, ``reason`` (why it could not be, else empty) and ``figures``, which are
        float[n_resamples + 1] by name, the first for the test events themselves.
    """
    pool = parted[parted["part"] == TRAINING]
    validation, test = (_Sample.of(parted, p, study.columns) for p in (VALIDATION, TEST))
    weights = bootstrap_weights(test.is_gamma, study.n_resamples, study.seed)

    def run(cells: pd.DataFrame) -> list[dict[str, Any]]:
        return _run_job(cells, pool, validation, test, weights, study)

    jobs = [(cells,) for _, cells in plan.groupby(["repeat", "n_hadrons", "treatment"], sort=False)]
    for records in run_side_by_side(
        run, jobs, n_jobs, "Training on few hadrons", in_processes=True
    ):
        yield from records


def _run_job(
    cells: pd.DataFrame,
    pool: pd.DataFrame,
    validation: _Sample,
    test: _Sample,
    weights: Floats,
    study: Study,
) -> list[dict[str, Any]]:
    """Run cells that differ in their learner only."""
    first = cells.iloc[0]
    repeat, treatment = int(first["repeat"]), str(first["treatment"])
    identities = cells.drop(columns="overlap").to_dict("records")
    hadrons = take_hadrons(
        pool[pool["particle"] == HADRON], int(first["n_hadrons"]), repeat, study.n_repeats
    )
    train = pd.concat([pool[pool["particle"] == GAMMA], hadrons])
    begin = time.perf_counter()
    try:
        parameters, is_gamma, event_weights = treat(train, treatment, study, study.seed + repeat)
    except InputError as error:
        return [{**i, "seconds": 0.0, "reason": str(error), "figures": {}} for i in identities]
    features = study.columns.transform(parameters)
    making = time.perf_counter() - begin
    log_odds: dict[str, tuple[Floats, Floats]] = {}
    seconds: dict[str, float] = {}
    for name in dict.fromkeys(m for cell in identities for m in study.learners[cell["learner"]]):
        begin = time.perf_counter()
        model = build_model(name, study.models[name], study.seed + repeat)
        fit_weighted(model, features, is_gamma, event_weights)
        to_log_odds = Logit(SMALLEST_PROBABILITY_OF.get(name, SMALLEST_PROBABILITY)).transform
        on_both = [to_log_odds(gammaness(model, s.features)) for s in (validation, test)]
        log_odds[name] = (on_both[0], on_both[1])
        seconds[name] = time.perf_counter() - begin
    records = []
    for identity in identities:
        members = study.learners[identity["learner"]]
        on_validation, on_test = (
            np.mean([log_odds[member][side] for member in members], axis=0) for side in (0, 1)
        )
        figures = _judge(validation.is_gamma, on_validation, test.is_gamma, on_test, weights, study)
        taken = making + sum(seconds[member] for member in members)
        records.append({**identity, "seconds": taken, "reason": "", "figures": figures})
    return records


def treat(
    train: pd.DataFrame, treatment: str, study: Study, seed: int
) -> tuple[pd.DataFrame, pd.Series, Floats]:
    """Treat the imbalance of training events.

    Returns
    -------
    parameters, is_gamma : the training events, with the synthetic ones if there are any.
    weights : float[n_events]

    Raises
    ------
    InputError
        If the generator cannot learn from so few events.
    """
    parameters, is_gamma = training_columns(train)
    if treatment in study.generators:
        particle = train["particle"]
        generator = build_generator(*study.generators[treatment])
        drawn = draw_valid(
            generator.fit_for(HADRON, parameters, particle, seed),
            n_to_balance(particle, HADRON, ratio=1.0),
            {"particle": HADRON},
            study.constraints,
            study.decimals,
            study.maximum_rounds,
            seed,
        )
        synthetic = drawn.events[HILLAS_PARAMETERS]
        parameters = pd.concat([parameters, synthetic], ignore_index=True)
        labels = pd.Series(0, synthetic.index)
        is_gamma = pd.concat([is_gamma, labels], ignore_index=True)
    weights = np.ones(len(is_gamma))
    if treatment == CLASS_WEIGHTS:
        weights[is_gamma == 0] = np.sum(is_gamma == 1) / np.sum(is_gamma == 0)
    return parameters, is_gamma, weights


def choose_f1_thresholds(is_gamma: Bools, scores: Floats) -> tuple[float, float]:
    """Choose the thresholds of the best F1 of gammas and of the best F1 of hadrons.

    Parameters
    ----------
    is_gamma : bool[n_events]
    scores : float[n_events]
    """
    separation = Separation.unweighted(is_gamma, scores)
    gammas, hadrons = separation.gammas_kept[0, 1:], separation.hadrons_kept[0, 1:]
    gammas_left, hadrons_left = gammas[-1] - gammas, hadrons[-1] - hadrons
    f1_gamma = 2 * gammas / (2 * gammas + hadrons + gammas_left)
    f1_hadron = 2 * hadrons_left / (2 * hadrons_left + gammas_left + hadrons)
    thresholds = separation.thresholds
    return float(thresholds[np.argmax(f1_gamma)]), float(thresholds[np.argmax(f1_hadron)])


def _judge(
    validation_is_gamma: Bools,
    validation_log_odds: Floats,
    test_is_gamma: Bools,
    test_log_odds: Floats,
    weights: Floats,
    study: Study,
) -> dict[str, list[float]]:
    """Compute the figures of merit on the test events, thresholds from validation events."""
    cut = choose_threshold(
        validation_is_gamma,
        validation_log_odds,
        study.minimum_gamma_efficiency,
        study.minimum_surviving_hadrons,
    )
    gamma_cut, hadron_cut = choose_f1_thresholds(validation_is_gamma, validation_log_odds)
    separation = Separation(test_is_gamma, test_log_odds, weights)
    f1_gamma, f1_hadron = separation.f1_scores(float(logit(CLASSIFICATION_THRESHOLD)))
    figures = {
        "roc_auc": separation.roc_auc(),
        "loacc": separation.mean_acceptance(LOACC_BACKGROUNDS),
        "quality_factor": separation.quality_factor(cut),
        "f1_gamma": f1_gamma,
        "f1_hadron": f1_hadron,
        "f1_gamma_tuned": separation.f1_scores(gamma_cut)[0],
        "f1_hadron_tuned": separation.f1_scores(hadron_cut)[1],
    }
    # six digits are far below any interval, and keep the records small
    return {name: np.round(values, 6).tolist() for name, values in figures.items()}
