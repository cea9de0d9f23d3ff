"""Whether one network is as good on every backend, judged on the same events.

A training is known by the name ``backend/seed``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from showerforge.classifiers.image_judgement import (
    NETWORK,
    Described,
    JudgementRecipe,
    Question,
    ScoredEvents,
    compare,
    judge,
)
from showerforge.metrics.separation import Separation
from showerforge.networks.comparison import Outcome

#: steps of the cut in curves of efficiency and Q
N_STEPS = 200
#: what `judge` says that all trainings have in common
SAME_FOR_ALL = ["classifier", "label", "kind", "is_blind", "rule"]


def name_of(backend: str, seed: int) -> str:
    """Name a training, as columns of scores are called."""
    return f"{backend}/{seed}"


def collect_scores(
    outcomes: Sequence[Outcome],
    train: pd.DataFrame,
    is_validation: NDArray[np.bool_],
    test: pd.DataFrame,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Put the scores of all trainings together.

    Returns
    -------
    out_of_fold : float[n_train, n_trainings] in [0, 1], NaN but for validation events.
    test : float[n_test, n_trainings] in [0, 1].
    """
    from scipy.special import expit

    names = [name_of(outcome.backend, outcome.seed) for outcome in outcomes]
    out_of_fold = pd.DataFrame(np.nan, train.index, names)
    on_test = pd.DataFrame(np.nan, test.index, names)
    for name, outcome in zip(names, outcomes, strict=True):
        out_of_fold.loc[is_validation, name] = expit(outcome.validation)
        on_test[name] = expit(outcome.test)
    return out_of_fold, on_test


def tabulate_agreement(outcomes: Sequence[Outcome], versions: Mapping[str, str]) -> pd.DataFrame:
    """Tell how alike the networks of all backends are, each held against that of the first.

    Returns
    -------
    agreement : one row per training: ``backend``, ``version``, ``seed``, ``n_parameters``,
        ``n_epochs``, ``kept_epoch``; ``initial_difference``, the largest of a logit before the
        training; and ``rank_correlation`` of the test scores after it (Spearman).
    """
    from scipy.stats import spearmanr

    reference = {outcome.seed: outcome for outcome in reversed(outcomes)}
    rows = []
    for outcome in outcomes:
        other = reference[outcome.seed]
        rows.append(
            {
                "backend": outcome.backend,
                "version": versions[outcome.backend],
                "seed": outcome.seed,
                "n_parameters": outcome.n_parameters,
                "n_epochs": len(outcome.curves["loss"]),
                "kept_epoch": outcome.kept_epoch,
                "initial_difference": float(np.abs(outcome.initial - other.initial).max()),
                "rank_correlation": float(spearmanr(outcome.test, other.test).statistic),
            }
        )
    return pd.DataFrame(rows)


def tabulate_costs(outcomes: Sequence[Outcome], versions: Mapping[str, str]) -> pd.DataFrame:
    """Tabulate what trainings cost, which no second run repeats to the digit.

    Returns
    -------
    costs : one row per training: ``backend``, ``version``, ``seed``, and all of
        `showerforge.networks.comparison.Costs`.
    """
    return pd.DataFrame(
        [
            {
                "backend": outcome.backend,
                "version": versions[outcome.backend],
                "seed": outcome.seed,
                **asdict(outcome.costs),
            }
            for outcome in outcomes
        ]
    )


def judge_backends(
    scored: ScoredEvents, agreement: pd.DataFrame, recipe: JudgementRecipe
) -> pd.DataFrame:
    """Tabulate how well the network of each training separates the test events.

    Returns
    -------
    backends : one row per training: the columns of `tabulate_agreement`, and of
        `showerforge.classifiers.image_judgement.judge` the threshold and what follows.
    """
    separation = judge(scored, _describe(agreement), {}, "", recipe)
    return pd.concat([agreement, separation.drop(columns=SAME_FOR_ALL)], axis=1)


def compare_backends(
    scored: ScoredEvents, agreement: pd.DataFrame, recipe: JudgementRecipe
) -> pd.DataFrame:
    """Compare every backend with the first one, on the same test events.

    Returns
    -------
    comparisons : see `showerforge.classifiers.image_judgement.compare`.
    """
    reference, *others = agreement["backend"].unique()
    described = [Described(name, name, NETWORK) for name in (reference, *others)]
    questions = [
        Question(f"Is a network on {name} as good as on {reference}?", name, reference)
        for name in others
    ]
    trainings = {
        backend: [name_of(backend, seed) for seed in rows["seed"]]
        for backend, rows in agreement.groupby("backend")
    }
    return compare(scored, described, questions, recipe, trainings)


def _describe(agreement: pd.DataFrame) -> list[Described]:
    names = map(name_of, agreement["backend"], agreement["seed"])
    return [Described(name, name, NETWORK) for name in names]


def tabulate_curves(scored: ScoredEvents, agreement: pd.DataFrame) -> pd.DataFrame:
    """Tabulate efficiencies and Q of the test events against the cut.

    Returns
    -------
    curves : one row per training and cut: ``backend``, ``seed``, ``threshold``,
        ``gamma_efficiency``, ``hadron_efficiency`` and ``quality_factor``.
    """
    is_signal = scored.is_signal(scored.test)
    thresholds = np.linspace(0, 1, N_STEPS + 1)
    parts = []
    for backend, seed in zip(agreement["backend"], agreement["seed"], strict=True):
        scores = scored.on_test[name_of(backend, seed)].to_numpy()
        separation = Separation.unweighted(is_signal, scores)
        signal, background = np.transpose(
            [np.concatenate(separation.at_threshold(value)) for value in thresholds]
        )
        parts.append(
            pd.DataFrame(
                {
                    "backend": backend,
                    "seed": seed,
                    "threshold": thresholds,
                    "gamma_efficiency": signal,
                    "hadron_efficiency": background,
                    "quality_factor": [
                        separation.quality_factor(value).item() for value in thresholds
                    ],
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def summarise_backends(backends: pd.DataFrame, comparisons: pd.DataFrame) -> dict[str, float]:
    """Flatten what a run is compared by into names and numbers, for MLflow.

    Returns
    -------
    metrics : such as ``backends.torch.roc_auc``, means over the seeds, and
        ``backends.tensorflow.roc_auc_change`` against the first backend.
    """
    figures = ["roc_auc", "quality_factor", "gamma_efficiency", "hadron_efficiency"]
    means = backends.groupby("backend", sort=False)[figures].mean()
    metrics = {
        f"backends.{backend}.{figure}": value
        for backend, row in means.iterrows()
        for figure, value in row.items()
    }
    for row in comparisons.itertuples():
        metrics[f"backends.{row.candidate}.{row.figure}_change"] = row.change
    # MLflow's store takes no infinity, as of Q without background
    return {name: float(value) for name, value in metrics.items() if np.isfinite(value)}
