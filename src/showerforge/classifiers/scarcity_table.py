"""What the scarcity study says: changes against no treatment, with intervals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from showerforge.classifiers.scarcity import CLASS_WEIGHTS, NO_TREATMENT
from showerforge.errors import InputError
from showerforge.metrics.intervals import (
    Estimate,
    answer,
    corrected_resampled_interval,
    finite_difference,
    percentile_interval,
)

Floats = NDArray[np.float64]

ONE_REPEAT = "one repeat: the interval knows the test events only"
SAME_HADRONS = "the same hadrons in every repeat: the interval knows test events and seeds only"


def change_over_repeats(differences: Floats, overlap: float, confidence: float) -> Estimate:
    """Mean change over repeats, with an interval for other hadrons and other test events.

    The spread over repeats shows how the hadrons matter, corrected for those that repeats have
    in common (`corrected_resampled_interval`); it says nothing about the test events, which
    are the same in all repeats, and whose variance is therefore added from the bootstrap.

    Parameters
    ----------
    differences : float[n_repeats, n_resamples + 1], paired change in each repeat, the first
        column for the test events themselves.
    overlap : mean share of hadrons that two repeats have in common. For a quantity that is a
        mean over hadrons it is their correlation. Where it is 1, all repeats have the same
        hadrons and nothing is known of others: the interval is then one of test events and
        seeds.
    confidence : coverage of the interval.
    """
    if len(differences) == 1:
        return percentile_interval(differences[0], confidence)
    of_test_events = float(np.var(np.mean(differences[:, 1:], axis=0), ddof=1))
    correlation = overlap if overlap < 1 else 0.0
    return corrected_resampled_interval(differences[:, 0], confidence, correlation, of_test_events)


def tabulate_changes(
    plan: pd.DataFrame, cells: Mapping[str, Mapping[str, Any]], confidence: float
) -> pd.DataFrame:
    """Compare every treatment with none, repeat by repeat.

    Parameters
    ----------
    plan : as made by `plan_cells`.
    cells : record of each cell by its key, as made by `run_cells`.
    confidence : coverage of the intervals.

    Returns
    -------
    table : DataFrame, one row per budget, learner, treatment and figure: ``budget``,
        ``n_hadrons``, ``learner``, ``treatment``, ``figure``, ``value`` (mean over repeats),
        ``change``, ``lower``, ``upper``, ``n_repeats``, ``answer`` and ``remark``. A gap, a
        treatment that cannot be, has no numbers and its reason as the remark.

    Raises
    ------
    InputError
        If a cell of the plan has not been run.
    """
    missing = sum(key not in cells for key in plan["key"])
    if missing:
        raise InputError(
            f"{missing:,} of {len(plan):,} cells of the scarcity study have not been run. Go on "
            "with `kedro run --pipelines scarcity`."
        )
    by_place = plan.set_index(["learner", "budget", "treatment", "repeat"])["key"]
    rows = []
    for (learner, budget, treatment), group in plan.groupby(
        ["learner", "budget", "treatment"], sort=False
    ):
        pairs = [
            (
                cells[row.key],
                cells[by_place[learner, budget, NO_TREATMENT, row.repeat]],
            )
            for row in group.itertuples()
        ]
        place = {
            "budget": budget,
            "n_hadrons": group["n_hadrons"].iloc[0],
            "learner": learner,
            "treatment": treatment,
        }
        rows += [{**place, **row} for row in _compare(pairs, group["overlap"].iloc[0], confidence)]
    return pd.DataFrame(rows)


def _compare(
    pairs: list[tuple[Mapping[str, Any], Mapping[str, Any]]], overlap: float, confidence: float
) -> list[dict[str, Any]]:
    """Compare cells with their untreated counterparts, figure by figure."""
    names = list(pairs[0][1]["figures"])
    done = [pair for pair in pairs if pair[0]["figures"]]
    reason = next((cell["reason"] for cell, _ in pairs if cell["reason"]), "")
    gap = f"{len(pairs) - len(done)} of {len(pairs)} repeats could not be: {reason}"
    if not done:
        empty = dict.fromkeys(("value", "change", "lower", "upper"), np.nan)
        return [
            {"figure": name, **empty, "n_repeats": 0, "answer": "", "remark": gap} for name in names
        ]
    rows = []
    for name in names:
        values, untreated = (
            np.array([pair[side]["figures"][name] for pair in done]) for side in (0, 1)
        )
        row = {"figure": name, "value": float(np.mean(values[:, 0]))}
        remarks = [gap] if reason else []
        if done[0][0]["treatment"] == NO_TREATMENT:
            row |= dict.fromkeys(("change", "lower", "upper"), np.nan)
            verdict = ""
        else:
            differences = finite_difference(values, untreated)
            change = change_over_repeats(differences, overlap, confidence)
            row |= {"change": change.value, "lower": change.lower, "upper": change.upper}
            verdict = answer(change, higher_is_better=True)
            if len(done) == 1:
                remarks.append(ONE_REPEAT)
            elif overlap == 1:
                remarks.append(SAME_HADRONS)
        rows.append(
            {**row, "n_repeats": len(done), "answer": verdict, "remark": "; ".join(remarks)}
        )
    return rows


def changes_of_auc(table: pd.DataFrame, learner: str | None = None) -> pd.DataFrame:
    """Take the rows of the headline figure, changes of ROC-AUC, of one learner or of all."""
    rows = table[(table["figure"] == "roc_auc") & (table["treatment"] != NO_TREATMENT)]
    return rows if learner is None else rows[rows["learner"] == learner]


def headline(table: pd.DataFrame, learner: str) -> str:
    """Say which generator helps most at the smallest budget, and where its help ends.

    Parameters
    ----------
    table : as made by `tabulate_changes`.
    learner : label of a learner.
    """
    rows = changes_of_auc(table, learner).dropna(subset="change")
    rows = rows[rows["treatment"] != CLASS_WEIGHTS]
    if rows.empty:
        return f"{learner}: no generator could be run."
    smallest = rows[rows["n_hadrons"] == rows["n_hadrons"].min()]
    best = smallest.loc[smallest["change"].idxmax()]
    helps = rows[(rows["treatment"] == best["treatment"]) & (rows["answer"] == "better")]
    end = (
        f"it clearly helps up to {helps['n_hadrons'].max():,} hadrons"
        if len(helps)
        else "it clearly helps at no number of hadrons"
    )
    return (
        f"{learner}: with {best['n_hadrons']:,} hadrons, {best['treatment']} is best, ROC-AUC "
        f"{best['change']:+.4f} [{best['lower']:+.4f}, {best['upper']:+.4f}]; {end}."
    )


def headline_metrics(table: pd.DataFrame, budget: int | str) -> dict[str, float]:
    """Flatten the changes of ROC-AUC at one budget into names and numbers, for MLflow.

    Returns
    -------
    metrics : such as ``scarcity.100.LightGBM.SMOTE.roc_auc_change``, with ``.lower`` and
        ``.upper``.
    """
    rows = changes_of_auc(table).dropna(subset="change")
    metrics: dict[str, float] = {}
    for row in rows[rows["budget"].astype(str) == str(budget)].itertuples():
        name = f"scarcity.{budget}.{row.learner}.{row.treatment}.roc_auc_change".replace(" ", "_")
        metrics |= {name: row.change, f"{name}.lower": row.lower, f"{name}.upper": row.upper}
    return metrics
