"""Judging whether generated images help, with intervals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from showerforge.classifiers.image_utility import (
    ALL,
    FEW,
    WITH_BALANCED,
    WITH_GENERATED,
    UtilityRecipe,
    UtilityScores,
)
from showerforge.classifiers.scarcity_table import change_over_repeats
from showerforge.events.schema import TRUE_ENERGY
from showerforge.metrics.intervals import answer, bootstrap_weights, percentile_interval
from showerforge.metrics.separation import Separation

Floats = NDArray[np.float64]

#: test images that classifiers are judged on
EVERY, TAIL = "all", "tail"
#: what is compared: question, candidate and what it is held against
QUESTIONS = (
    ("Do generated images help?", WITH_GENERATED, FEW),
    ("Do generated images help that are balanced in energy?", WITH_BALANCED, FEW),
    ("Are balanced ones better than those like the data?", WITH_BALANCED, WITH_GENERATED),
    ("Do more Monte Carlo images help?", ALL, FEW),
)


def judge_study(
    scores: UtilityScores, test: pd.DataFrame, recipe: UtilityRecipe
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Judge all classifiers on the test images, and compare the arms in pairs.

    Parameters
    ----------
    scores : of the test images.
    test : their table.
    recipe : how it is done.

    Returns
    -------
    utility : DataFrame, one row per ``learner``, ``arm``, ``repeat`` and ``subset`` ("all" or
        "tail"): ``roc_auc`` with its interval, ``lower`` and ``upper``, by the bootstrap over test
        showers, ``n_showers`` and ``n_images`` of the subset.
    comparisons : DataFrame, one row per ``learner``, ``subset`` and ``question``: ``candidate``,
        ``against``, ``change`` of the ROC-AUC, mean over the repeats, paired on the same showers,
        with its interval, ``lower`` and ``upper``, which knows of other showers, of those of the
        test and of the few; and the ``answer``.
    """
    rows: list[dict[str, Any]] = []
    changes: list[dict[str, Any]] = []
    is_tail = (test[TRUE_ENERGY] > recipe.tail_energy).to_numpy()
    for subset, chosen in ((EVERY, np.ones_like(is_tail)), (TAIL, is_tail)):
        counts = {
            "n_showers": test.loc[chosen, "group"].nunique(),
            "n_images": int(chosen.sum()),
        }
        areas = _areas(scores.on_test[chosen], test[chosen], recipe)
        for (learner, arm, repeat), values in areas.items():
            estimate = percentile_interval(values, recipe.confidence)
            rows.append(
                {
                    "learner": learner,
                    "arm": arm,
                    "repeat": repeat,
                    "subset": subset,
                    "roc_auc": estimate.value,
                    "lower": estimate.lower,
                    "upper": estimate.upper,
                    **counts,
                }
            )
        for learner in dict.fromkeys(learner for learner, _, _ in areas):
            changes += [
                {"learner": learner, "subset": subset, **change}
                for change in _compare(areas, learner, scores.overlap, recipe)
            ]
    return pd.DataFrame(rows), pd.DataFrame(changes)


def _areas(
    scores: pd.DataFrame, test: pd.DataFrame, recipe: UtilityRecipe
) -> dict[tuple[str, str, int], Floats]:
    """ROC-AUC of each classifier on the same resamples, float[n_resamples + 1]."""
    is_signal = recipe.is_signal(test)
    weights = bootstrap_weights(
        is_signal, recipe.n_resamples, recipe.seed, test["group"].to_numpy()
    )
    return {
        name: Separation(is_signal, values.to_numpy(), weights).roc_auc()
        for name, values in scores.items()
    }


def _compare(
    areas: Mapping[tuple[str, str, int], Floats],
    learner: str,
    overlap: float,
    recipe: UtilityRecipe,
) -> list[dict[str, Any]]:
    rows = []
    for question, candidate, against in QUESTIONS:
        first, second = (
            np.array([areas[learner, arm, repeat] for repeat in range(recipe.n_repeats)])
            for arm in (candidate, against)
        )
        change = change_over_repeats(first - second, overlap, recipe.confidence)
        rows.append(
            {
                "question": question,
                "candidate": candidate,
                "against": against,
                "change": change.value,
                "lower": change.lower,
                "upper": change.upper,
                "answer": answer(change, higher_is_better=True),
            }
        )
    return rows
