"""Judging scored events: figures of merit, paired comparisons, choice of the product."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from showerforge.classifiers.names import (
    BASE_MODELS,
    STACK,
    WITH_REFERENCE,
    Candidate,
    Training,
)
from showerforge.events.splits import iterate_folds
from showerforge.metrics.figures_of_merit import (
    COMPARED,
    FIGURES_OF_MERIT,
    Sky,
    figures_over_resamples,
)
from showerforge.metrics.intervals import (
    answer,
    bootstrap_weights,
    corrected_resampled_interval,
    finite_difference,
    percentile_interval,
)
from showerforge.metrics.separation import Separation, choose_threshold, compare_roc_auc

Floats = NDArray[np.float64]
#: share of groups among the events from which on they count as independent
MINIMUM_INDEPENDENT = 0.95


def choose_thresholds(
    validation_scores: pd.DataFrame,
    is_gamma: NDArray[np.bool_],
    weight: Floats,
    minimum_gamma_efficiency: float,
    minimum_surviving_hadrons: int,
) -> dict[str, float]:
    """Choose each candidate's threshold of the quality factor on out-of-fold scores."""
    return {
        name: choose_threshold(
            is_gamma,
            validation_scores[name].to_numpy(),
            minimum_gamma_efficiency,
            minimum_surviving_hadrons,
            weight,
        )
        for name in validation_scores
    }


def figures_on_test(
    test_scores: pd.DataFrame,
    is_gamma: NDArray[np.bool_],
    weight: Floats,
    group: NDArray[np.int_],
    thresholds: dict[str, float],
    sky: Sky,
    n_resamples: int,
    seed: int,
) -> dict[str, dict[str, Floats]]:
    """Compute all figures of merit of all candidates on the same bootstrap resamples.

    Returns
    -------
    values : float[n_resamples + 1] for each candidate and figure of merit.
    """
    weights = weight * bootstrap_weights(is_gamma, n_resamples, seed, group)
    return {
        name: figures_over_resamples(
            is_gamma,
            test_scores[name].to_numpy(),
            weights,
            thresholds[name],
            sky,
            Candidate.parse(name).is_probability,
        )
        for name in test_scores
    }


def figures_per_fold(
    validation_scores: pd.DataFrame,
    is_gamma: NDArray[np.bool_],
    weight: Floats,
    fold: NDArray[np.int_],
    sky: Sky,
    minimum_gamma_efficiency: float,
    minimum_surviving_hadrons: int,
) -> dict[str, dict[str, Floats]]:
    """Compute all figures of merit of all candidates in each fold.

    The threshold of the quality factor is chosen on the other folds.

    Returns
    -------
    values : float[n_folds] for each candidate and figure of merit.
    """
    values: dict[str, dict[str, Floats]] = {}
    for name in validation_scores:
        scores = validation_scores[name].to_numpy()
        per_fold = []
        for _, others, inside in iterate_folds(fold):
            threshold = choose_threshold(
                is_gamma[others],
                scores[others],
                minimum_gamma_efficiency,
                minimum_surviving_hadrons,
                weight[others],
            )
            is_probability = Candidate.parse(name).is_probability
            per_fold.append(
                figures_over_resamples(
                    is_gamma[inside],
                    scores[inside],
                    weight[None, inside],
                    threshold,
                    sky,
                    is_probability,
                )
            )
        values[name] = {f: np.concatenate([v[f] for v in per_fold]) for f in per_fold[0]}
    return values


def tabulate_figures(
    on_test: dict[str, dict[str, Floats]],
    per_fold: dict[str, dict[str, Floats]],
    thresholds: dict[str, float],
    confidence: float,
) -> pd.DataFrame:
    """Write all figures of merit as a long table.

    Returns
    -------
    table : DataFrame, one row per candidate and figure: ``candidate``, ``model``,
        ``training``, ``figure``, ``test``, ``test_lower``, ``test_upper`` (bootstrap of the
        test events), ``cross_validation`` (mean over folds) and ``threshold``.
    """
    rows = []
    for name, figures in on_test.items():
        candidate = Candidate.parse(name)
        for figure, values in figures.items():
            estimate = percentile_interval(values, confidence)
            rows.append(
                {
                    "candidate": name,
                    "model": candidate.model,
                    "training": str(candidate.training),
                    "figure": figure,
                    "test": estimate.value,
                    "test_lower": estimate.lower,
                    "test_upper": estimate.upper,
                    "cross_validation": float(np.mean(per_fold[name][figure])),
                    "threshold": thresholds[name],
                }
            )
    return pd.DataFrame(rows)


#: what is asked by comparing candidates, by topic
QUESTIONS = {
    "synthetic": "Do synthetic events of the chosen generator help?",
    "reference": "Do synthetic events of the reference help?",
    "stacking": "Does stacking help?",
    "artefact": "What is the flaw of the concentrations worth, at most?",
}


def comparison_pairs() -> list[tuple[str, Candidate, Candidate]]:
    """List the pairs worth comparing: topic, candidate, and what it is held against."""
    pairs = [
        (topic, Candidate(model, training), Candidate(model, Training.REAL))
        for topic, training, models in (
            ("synthetic", Training.SYNTHETIC, (STACK, *BASE_MODELS)),
            ("reference", Training.REFERENCE, WITH_REFERENCE),
        )
        for model in models
    ]
    pairs += [
        ("stacking", Candidate(STACK, Training.REAL), Candidate(model, Training.REAL))
        for model in BASE_MODELS
    ]
    pairs += [
        (
            "artefact",
            Candidate(model, Training.NO_BRIGHTEST_PIXEL),
            Candidate(model, Training.REAL),
        )
        for model in (STACK, "lightgbm")
    ]
    return pairs


def compare_candidates(
    on_test: dict[str, dict[str, Floats]],
    per_fold: dict[str, dict[str, Floats]],
    confidence: float,
) -> pd.DataFrame:
    """Compare candidates in pairs, on the same events.

    Returns
    -------
    comparisons : DataFrame, one row per pair and figure of merit: ``topic``, ``question``,
        ``candidate``, ``against``, ``figure``; the change on the test events with its paired
        bootstrap interval (``test``, ``test_lower``, ``test_upper``); the mean change over
        the folds with its corrected resampled interval (``folds``, ``folds_lower``,
        ``folds_upper``); and ``answer``, by the folds, which use all training events and
        see the variation of training too.
    """
    rows = []
    for topic, candidate, against in comparison_pairs():
        for figure in COMPARED:
            change = _difference(on_test, candidate, against, figure)
            fold_change = _difference(per_fold, candidate, against, figure)
            test = percentile_interval(change, confidence)
            folds = corrected_resampled_interval(fold_change, confidence)
            rows.append(
                {
                    "topic": topic,
                    "question": QUESTIONS[topic],
                    "candidate": candidate.name,
                    "against": against.name,
                    "figure": figure,
                    "test": test.value,
                    "test_lower": test.lower,
                    "test_upper": test.upper,
                    "folds": folds.value,
                    "folds_lower": folds.lower,
                    "folds_upper": folds.upper,
                    "answer": answer(folds, FIGURES_OF_MERIT[figure].higher_is_better),
                }
            )
    return pd.DataFrame(rows)


def with_delong(
    comparisons: pd.DataFrame,
    test_scores: pd.DataFrame,
    is_gamma: NDArray[np.bool_],
    weight: Floats,
    group: NDArray[np.int_],
) -> pd.DataFrame:
    """Add the p-values of DeLong's paired test to the rows on ROC-AUC.

    Returns
    -------
    comparisons : the same table with ``delong_p``, of no difference on the test events; missing
        for other figures, and where events have unequal weights or come in groups, of which the
        test knows nothing.
    """
    p_values = pd.Series(np.nan, comparisons.index)
    # a few duplicates do no harm
    is_independent = len(np.unique(group)) > MINIMUM_INDEPENDENT * len(group)
    if np.ptp(weight) == 0 and is_independent:
        for row in comparisons[comparisons["figure"] == "roc_auc"].itertuples():
            first, second = (test_scores[name].to_numpy() for name in (row.candidate, row.against))
            p_values[row.Index] = compare_roc_auc(is_gamma, first, second)[2]
    return comparisons.assign(delong_p=p_values)


def _difference(
    values: dict[str, dict[str, Floats]], candidate: Candidate, against: Candidate, figure: str
) -> Floats:
    return finite_difference(values[candidate.name][figure], values[against.name][figure])


def choose_training(
    validation_scores: pd.DataFrame,
    is_gamma: NDArray[np.bool_],
    weight: Floats,
    fold: NDArray[np.int_],
    confidence: float,
) -> Training:
    """Choose what the shipped stack is trained on, by the training folds alone.

    Synthetic events are used only if they raise the ROC-AUC beyond doubt.
    """

    def auc(scores: Floats, inside: NDArray[np.bool_]) -> Floats:
        return Separation.weighted(is_gamma[inside], scores[inside], weight[inside]).roc_auc()

    real, synthetic = (
        validation_scores[Candidate(STACK, training).name].to_numpy()
        for training in (Training.REAL, Training.SYNTHETIC)
    )
    gains = [auc(synthetic, inside) - auc(real, inside) for _, _, inside in iterate_folds(fold)]
    change = corrected_resampled_interval(np.concatenate(gains), confidence)
    return Training.SYNTHETIC if change.lower > 0 else Training.REAL
