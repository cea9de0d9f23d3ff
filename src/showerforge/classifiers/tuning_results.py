"""What a search for settings found: tables, best settings, importance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from showerforge.classifiers.trials import Tuning, distributions_of
from showerforge.metrics.figures_of_merit import FIGURES_OF_MERIT
from showerforge.metrics.intervals import answer, corrected_resampled_interval

Trials = Sequence[Mapping[str, Any]]

#: trials below which nothing is said about the importance of settings
FEWEST_FOR_IMPORTANCE = 8


def by_model(trials: Trials) -> dict[str, list[Mapping[str, Any]]]:
    """Part trials by model, in their order."""
    parted: dict[str, list[Mapping[str, Any]]] = {}
    for trial in trials:
        parted.setdefault(trial["model"], []).append(trial)
    return parted


def complete(trials: Trials) -> list[Mapping[str, Any]]:
    """Take the trials that were judged on all folds."""
    return [trial for trial in trials if trial["state"] == "complete"]


def best_of(trials: Trials) -> Mapping[str, Any]:
    """Take the best of the complete trials of a model; among equals the first."""
    sign = 1 if FIGURES_OF_MERIT[trials[0]["figure_of_merit"]].higher_is_better else -1
    return max(complete(trials), key=lambda trial: sign * trial["value"])


def shipped_of(trials: Trials) -> Mapping[str, Any]:
    """Take the trial of the shipped setting of a model."""
    return next(trial for trial in trials if trial["shipped"])


def tabulate_trials(trials: Trials, tuning: Tuning) -> pd.DataFrame:
    """Write the trials as a table, without anything that a second run would not repeat.

    Returns
    -------
    table : DataFrame, one row per trial: ``model``, ``trial``, ``state``, ``shipped``,
        ``figure_of_merit``, ``value``, ``fold_0`` and so on, and a column for each searched
        setting, empty where the model does not have it.
    """
    return pd.DataFrame(
        {
            **{
                name: trial[name]
                for name in ("model", "trial", "state", "shipped", "figure_of_merit", "value")
            },
            **{f"fold_{number}": value for number, value in enumerate(trial["folds"])},
            **{name: trial["settings"][name] for name in tuning.search[trial["model"]]},
        }
        for trial in trials
    )


def compare_with_shipped(trials: Trials, confidence: float) -> pd.DataFrame:
    """Compare the best setting of each model with the shipped one, on the same folds.

    The best of many trials is flattered by the folds that chose it. So there is a second change:
    for each fold that of the trial which is best on the other folds. Only the choice is made
    without the fold, not the proposals, so that some optimism may be left (compare Tibshirani and
    Tibshirani 2009, Annals of Applied Statistics 3, 822).

    Parameters
    ----------
    trials : see `showerforge.classifiers.tuning.tune`.
    confidence : coverage of the intervals.

    Returns
    -------
    comparison : DataFrame, one row per model: ``model``, ``figure_of_merit``, ``n_trials``,
        ``n_complete``, ``best_trial``, ``shipped`` and ``tuned`` (means over the folds),
        ``change`` with its corrected resampled interval (``lower``, ``upper``),
        ``change_without_fold`` with its own (``lower_without_fold``, ``upper_without_fold``), and
        ``answer``, by the latter.
    """
    rows = []
    for model, of_model in by_model(trials).items():
        best, shipped = best_of(of_model), shipped_of(of_model)
        figure = FIGURES_OF_MERIT[best["figure_of_merit"]]
        values = np.array([trial["folds"] for trial in complete(of_model)])
        before = np.array(shipped["folds"])
        change = corrected_resampled_interval(np.array(best["folds"]) - before, confidence)
        honest = corrected_resampled_interval(
            choose_without_fold(values, figure.higher_is_better) - before, confidence
        )
        rows.append(
            {
                "model": model,
                "figure_of_merit": best["figure_of_merit"],
                "n_trials": len(of_model),
                "n_complete": len(values),
                "best_trial": best["trial"],
                "shipped": shipped["value"],
                "tuned": best["value"],
                "change": change.value,
                "lower": change.lower,
                "upper": change.upper,
                "change_without_fold": honest.value,
                "lower_without_fold": honest.lower,
                "upper_without_fold": honest.upper,
                "answer": answer(honest, figure.higher_is_better),
            }
        )
    return pd.DataFrame(rows)


def choose_without_fold(values: np.ndarray, higher_is_better: bool) -> np.ndarray:
    """Take for each fold the value of the trial that is best on all other folds.

    Parameters
    ----------
    values : float[n_trials, n_folds]

    Returns
    -------
    chosen : float[n_folds]
    """
    others = values.sum(axis=1, keepdims=True) - values
    best = np.argmax(others if higher_is_better else -others, axis=0)
    return values[best, np.arange(values.shape[1])]


def best_settings(
    trials: Trials, comparison: pd.DataFrame, provenance: Mapping[str, Any]
) -> dict[str, Any]:
    """Collect the best settings of each model, with what is known of them.

    Returns
    -------
    settings : ``provenance``, and for each name of a model in ``models`` all its ``settings``,
        ``value``, ``shipped_value``, ``change`` with ``interval``, ``change_without_fold`` with
        its ``interval_without_fold``, ``answer``, ``trial`` and ``n_trials``.
    """
    models = {}
    for row in comparison.to_dict("records"):
        best = best_of(by_model(trials)[row["model"]])
        models[row["model"]] = {
            "settings": dict(best["settings"]),
            "value": row["tuned"],
            "shipped_value": row["shipped"],
            "change": row["change"],
            "interval": [row["lower"], row["upper"]],
            "change_without_fold": row["change_without_fold"],
            "interval_without_fold": [row["lower_without_fold"], row["upper_without_fold"]],
            "answer": row["answer"],
            "trial": row["best_trial"],
            "n_trials": row["n_trials"],
        }
    return {"provenance": dict(provenance), "models": models}


def headline_metrics(comparison: pd.DataFrame) -> dict[str, float]:
    """Take the best values and their changes as numbers by name, for tracking."""
    return {
        f"tuning.{row['model']}.{row['figure_of_merit']}{suffix}": float(row[column])
        for row in comparison.to_dict("records")
        for suffix, column in (
            ("", "tuned"),
            ("_change", "change"),
            ("_change_without_fold", "change_without_fold"),
        )
    }


def measure_importance(trials: Trials, tuning: Tuning) -> pd.DataFrame:
    """Measure how much of the variation of the figure of merit each setting explains.

    Functional analysis of variance of a random forest over the complete trials (Hutter et al.
    2014, "An efficient approach for assessing hyperparameter importance", section 4). The search
    stays where settings are good, so that this tells about the good region only.

    Returns
    -------
    importance : DataFrame, one row per model and searched setting, most important first:
        ``model``, ``setting``, ``importance`` (share; those of a model add to one) and
        ``n_trials``. No rows for a model with fewer than eight complete trials.
    """
    import optuna

    rows: list[dict[str, Any]] = []
    for model, of_model in by_model(trials).items():
        judged = complete(of_model)
        if len(judged) < FEWEST_FOR_IMPORTANCE:
            continue
        distributions = distributions_of(tuning.search[model])
        study = optuna.create_study(direction=tuning.direction)
        study.add_trials(
            optuna.trial.create_trial(
                params={name: trial["settings"][name] for name in distributions},
                distributions=distributions,
                value=trial["value"],
            )
            for trial in judged
        )
        evaluator = optuna.importance.FanovaImportanceEvaluator(seed=tuning.seed)
        shares = optuna.importance.get_param_importances(study, evaluator=evaluator)
        rows += [
            {"model": model, "setting": name, "importance": share, "n_trials": len(judged)}
            for name, share in shares.items()
        ]
    return pd.DataFrame(rows, columns=["model", "setting", "importance", "n_trials"])
