"""How well scores of images separate two kinds of particles, and which are better.

Everything here works on scores alone, whoever gave them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from showerforge.metrics.intervals import (
    Estimate,
    answer,
    bootstrap_weights,
    corrected_resampled_interval,
    percentile_interval,
)
from showerforge.metrics.separation import Separation, choose_threshold

#: kinds of classifiers
CUTS, BOOSTING, NETWORK, COMBINATION = "cuts", "boosting", "network", "combination"
#: of the table of paired comparisons, see `compare`
COMPARISON_COLUMNS = [
    "question",
    "candidate",
    "candidate_label",
    "against",
    "against_label",
    "figure",
    "change",
    "lower",
    "upper",
    "answer",
]
#: scores nearer to 0 or 1 say no more
SMALLEST_SCORE = 1e-9

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Described:
    """What tables and figures say of a classifier.

    Attributes
    ----------
    name : key in tables.
    label : for people.
    kind : `CUTS`, `BOOSTING`, `NETWORK` or `COMBINATION`.
    is_blind : whether it knows nothing of directions.
    """

    name: str
    label: str
    kind: str
    is_blind: bool = False


@dataclass(frozen=True)
class Question:
    """What a paired comparison shall answer.

    Attributes
    ----------
    question : for people.
    candidate, against : names of classifiers.
    """

    question: str
    candidate: str
    against: str


@dataclass(frozen=True)
class JudgementRecipe:
    """How scores are judged.

    Attributes
    ----------
    minimum_gamma_efficiency, minimum_surviving_hadrons : conditions under which the threshold of
        the quality factor is chosen.
    n_resamples, confidence : of the bootstrap intervals.
    seed : of the resamples.
    """

    minimum_gamma_efficiency: float
    minimum_surviving_hadrons: int
    n_resamples: int
    confidence: float
    seed: int


@dataclass(frozen=True, eq=False)
class ScoredEvents:
    """Events with the scores of all classifiers.

    Attributes
    ----------
    train, test : with ``particle``; training events with ``fold``, test events with ``group``.
    out_of_fold : float[n_train, n_classifiers], scores by a classifier that was fitted without
        the fold of the event; NaN where there is none.
    on_test : float[n_test, n_classifiers].
    signal : the particle that scores high.
    """

    train: pd.DataFrame
    test: pd.DataFrame
    out_of_fold: pd.DataFrame
    on_test: pd.DataFrame
    signal: str

    @property
    def is_validation(self) -> Mask:
        """Training events that all classifiers have scored without knowing them."""
        return self.out_of_fold.notna().all(axis=1).to_numpy()

    def is_signal(self, events: pd.DataFrame) -> Mask:
        """Tell which events are signal."""
        return (events["particle"] == self.signal).to_numpy()

    def with_scores(self, name: str, out_of_fold: Floats, on_test: Floats) -> ScoredEvents:
        """Add the scores of another classifier."""
        return ScoredEvents(
            self.train,
            self.test,
            self.out_of_fold.assign(**{name: out_of_fold}),
            self.on_test.assign(**{name: on_test}),
            self.signal,
        )


def combine(scored: ScoredEvents, parts: Sequence[str], name: str) -> ScoredEvents:
    """Add a classifier that weighs the scores of several others.

    A logistic regression on their logits, fitted to validation events; its own validation scores
    come from fits without the fold of the event.

    Parameters
    ----------
    scored : events and scores.
    parts : names of the classifiers that are weighed.
    name : of the combination.
    """
    from scipy.special import logit
    from sklearn.linear_model import LogisticRegression

    chosen = scored.is_validation
    is_signal = scored.is_signal(scored.train)
    known, unknown = (
        logit(scores[list(parts)].clip(SMALLEST_SCORE, 1 - SMALLEST_SCORE).to_numpy())
        for scores in (scored.out_of_fold, scored.on_test)
    )
    fold = scored.train["fold"].to_numpy()
    out_of_fold = np.full(len(fold), np.nan)
    for number in np.unique(fold[chosen]):
        fitted, held_out = chosen & (fold != number), chosen & (fold == number)
        model = LogisticRegression().fit(known[fitted], is_signal[fitted])
        out_of_fold[held_out] = model.predict_proba(known[held_out])[:, 1]
    model = LogisticRegression().fit(known[chosen], is_signal[chosen])
    return scored.with_scores(name, out_of_fold, model.predict_proba(unknown)[:, 1])


def choose_thresholds(scored: ScoredEvents, recipe: JudgementRecipe) -> dict[str, float]:
    """Choose the threshold of the best quality factor of each classifier on validation events.

    All are chosen on the same events.

    Raises
    ------
    InputError
        If there are too few background events.
    """
    chosen = scored.is_validation
    is_signal = scored.is_signal(scored.train)[chosen]
    return {
        name: choose_threshold(
            is_signal,
            scores.to_numpy()[chosen],
            recipe.minimum_gamma_efficiency,
            recipe.minimum_surviving_hadrons,
        )
        for name, scores in scored.out_of_fold.items()
    }


def judge(
    scored: ScoredEvents,
    classifiers: Sequence[Described],
    rules: Mapping[str, Callable[[float], str]],
    score_name: str,
    recipe: JudgementRecipe,
) -> pd.DataFrame:
    """Tabulate how well scores separate the test events.

    Parameters
    ----------
    scored : events and scores.
    classifiers : those that are judged, in this order.
    rules : say what a threshold keeps, where that is not a score.
    score_name : such as "gammaness".
    recipe : how it is done.

    Returns
    -------
    table : DataFrame, one row per classifier: ``classifier``, ``label``, ``kind``, ``is_blind``,
        the ``threshold`` and ``rule`` (such as "width ≤ 0.21°, alpha ≤ 8.5°"); and, on the test
        events, ``roc_auc``, ``quality_factor``, ``gamma_efficiency`` and ``hadron_efficiency``,
        those of signal and background, each with ``_lower`` and ``_upper`` of the bootstrap by
        group, ``surviving_hadrons`` and ``n_hadrons``.
    """
    thresholds = choose_thresholds(scored, recipe)
    is_signal, weights = _resample(scored, recipe)
    rows = []
    for classifier in classifiers:
        scores = scored.on_test[classifier.name].to_numpy()
        threshold = thresholds[classifier.name]
        separation = Separation(is_signal, scores, weights)
        signal, background = separation.at_threshold(threshold)
        row: dict[str, Any] = {
            "classifier": classifier.name,
            "label": classifier.label,
            "kind": classifier.kind,
            "is_blind": classifier.is_blind,
            "threshold": threshold,
            "rule": rules[classifier.name](threshold)
            if classifier.name in rules
            else f"{score_name} ≥ {threshold:.3f}",
        }
        for figure, values in (
            ("roc_auc", separation.roc_auc()),
            ("quality_factor", separation.quality_factor(threshold)),
            ("gamma_efficiency", signal),
            ("hadron_efficiency", background),
        ):
            estimate = percentile_interval(values, recipe.confidence)
            row[figure] = estimate.value
            row[f"{figure}_lower"], row[f"{figure}_upper"] = estimate.lower, estimate.upper
        row["surviving_hadrons"] = int(np.sum(~is_signal & (scores >= threshold)))
        row["n_hadrons"] = int(np.sum(~is_signal))
        rows.append(row)
    return pd.DataFrame(rows)


def compare(
    scored: ScoredEvents,
    classifiers: Sequence[Described],
    questions: Sequence[Question],
    recipe: JudgementRecipe,
    trainings: Mapping[str, Sequence[str]] | None = None,
) -> pd.DataFrame:
    """Compare classifiers in pairs, on the same resamples of the same test events.

    Parameters
    ----------
    scored : events and scores.
    classifiers : what those are called that are compared.
    questions : which pairs.
    recipe : how it is done.
    trainings : names of scores, where a classifier was trained several times, by name; those of
        two classifiers are paired in this order. Compared is then the mean over them, and the
        interval knows that other trainings would have differed.

    Returns
    -------
    comparisons : DataFrame, one row per question and figure of merit: ``question``,
        ``candidate``, ``against``, their ``_label``, ``figure`` ("roc_auc" or "quality_factor",
        each at its own threshold), ``change``, ``lower``, ``upper`` and ``answer``.
    """
    thresholds = choose_thresholds(scored, recipe)
    labels = {classifier.name: classifier.label for classifier in classifiers}
    is_signal, weights = _resample(scored, recipe)
    figures = {}
    for name in {name for q in questions for name in (q.candidate, q.against)}:
        areas, qualities = [], []
        for training in (trainings or {}).get(name, [name]):
            separation = Separation(is_signal, scored.on_test[training].to_numpy(), weights)
            areas.append(separation.roc_auc())
            qualities.append(separation.quality_factor(thresholds[training]))
        figures[name] = {"roc_auc": np.array(areas), "quality_factor": np.array(qualities)}
    rows = []
    for question in questions:
        candidate, against = figures[question.candidate], figures[question.against]
        for figure in candidate:
            differences = _difference(candidate[figure], against[figure])
            change = _mean_change(differences, recipe.confidence)
            rows.append(
                {
                    "question": question.question,
                    "candidate": question.candidate,
                    "candidate_label": labels[question.candidate],
                    "against": question.against,
                    "against_label": labels[question.against],
                    "figure": figure,
                    "change": change.value,
                    "lower": change.lower,
                    "upper": change.upper,
                    "answer": answer(change, higher_is_better=True),
                }
            )
    # also where nothing is asked
    return pd.DataFrame(rows, columns=COMPARISON_COLUMNS)


def _resample(scored: ScoredEvents, recipe: JudgementRecipe) -> tuple[Mask, Floats]:
    is_signal = scored.is_signal(scored.test)
    group = scored.test["group"].to_numpy()
    return is_signal, bootstrap_weights(is_signal, recipe.n_resamples, recipe.seed, group)


def _mean_change(differences: Floats, confidence: float) -> Estimate:
    """Summarise differences, float[n_trainings, n_resamples + 1].

    That of one training by its resamples. The mean of several varies with the trainings, which are
    independent, and with the test events, which are the same for all.
    """
    if len(differences) == 1:
        return percentile_interval(differences[0], confidence)
    resampled = differences[:, 1:].mean(axis=0)
    if not np.isfinite(differences[:, 0]).all() or not np.isfinite(resampled).all():
        return Estimate(np.nan, np.nan, np.nan)
    return corrected_resampled_interval(
        differences[:, 0], confidence, correlation=0.0, common_variance=float(resampled.var())
    )


def _difference(first: Floats, second: Floats) -> Floats:
    """Subtract; where both are infinite, as Q without background, neither is better."""
    both = np.isinf(first) & np.isinf(second)
    return np.subtract(first, second, out=np.zeros_like(first), where=~both)
