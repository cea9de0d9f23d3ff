"""Choosing a generator by certificate and utility, on training folds alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from showerforge.metrics.intervals import corrected_resampled_interval
from showerforge.validation.certificate import Verdict, judge
from showerforge.validation.gates import (
    CONFIDENCE,
    COUNTED,
    MEASURED_GATES,
    Margins,
    MeasuredGate,
    bands_of,
)

RULE = (
    "Every candidate is measured on the held-out events of each training fold, and the means "
    "over the folds go through the gates G1 to G6 and those of your own. Chosen is, among those "
    "that fail fewest gates, the one whose events raise the ROC-AUC of a classifier most surely: "
    "by the lower end of the interval of the paired change over the folds."
)
#: what is shown of each generator
SHOWN = ("ks_distance", "two_sample_auc", "two_sample_auc_derived", "coverage", "membership_auc")


def compare_generators(
    values: pd.DataFrame,
    null: pd.DataFrame,
    margins: Margins,
    gates: Sequence[MeasuredGate] = MEASURED_GATES,
) -> pd.DataFrame:
    """Judge the means over the folds, the best generator first; see `RULE`.

    Parameters
    ----------
    values : DataFrame, one row per generator and fold: ``generator``, ``label`` and what
        `Yardstick.summarise` gives.
    null : DataFrame, means over the folds of measurements of real events; without rows where
        there are not enough.
    margins : what passes.
    gates : the measured gates; see `with_own_gates`.

    Returns
    -------
    comparison : DataFrame, one row per generator: ``generator``, ``label``, ``passes``,
        ``is_judged`` (whether there were enough data), ``failed`` (codes of gates), the means
        of `SHOWN`, and ``change_in_auc`` with its corrected resampled interval,
        ``change_lower`` and ``change_upper``.
    """
    table = []
    for generator, folds in values.groupby("generator", sort=False):
        means = (
            folds.drop(columns=["generator", "label"])
            .mean()
            .reindex(
                [
                    *folds.columns.drop(["generator", "label"]),
                    *null.columns.difference(folds.columns),
                ]
            )
        )
        failed = failed_gates(means, null, margins, gates)
        is_judged = len(null) > 0 and not means[list(null.columns)].isna().any()
        change = corrected_resampled_interval(folds["change_in_auc"].to_numpy(), CONFIDENCE)
        table.append(
            {
                "generator": generator,
                "label": folds["label"].iloc[0],
                "passes": is_judged and not failed,
                "is_judged": is_judged,
                "failed": " ".join(failed),
                **{key: float(means.get(key, np.nan)) for key in SHOWN},
                "change_in_auc": change.value,
                "change_lower": change.lower,
                "change_upper": change.upper,
            }
        )
    comparison = pd.DataFrame(table)
    order = pd.DataFrame(
        {
            "failed": comparison["failed"].str.split().str.len(),
            "loss": -comparison["change_lower"],
            "distance": comparison["two_sample_auc"],
        }
    )
    ranked = order.sort_values(["failed", "loss", "distance"], kind="stable").index
    return comparison.loc[ranked].reset_index(drop=True)


def failed_gates(
    means: pd.Series,
    null: pd.DataFrame,
    margins: Margins,
    gates: Sequence[MeasuredGate] = MEASURED_GATES,
) -> list[str]:
    """List the codes of the gates that mean values do not pass."""
    failed = {code for code, key in COUNTED if means[key] > 0}
    if len(null):
        bands = bands_of(null, gates)
        failed |= {
            spec.code
            for spec in gates
            if spec.key in means
            and judge(float(means[spec.key]), *spec.limits(bands[spec.key], margins))
            is Verdict.FAIL
        }
    return sorted(failed)


def explain_choice(comparison: pd.DataFrame, n_folds: int) -> str:
    """Say in words why the first generator of a comparison is chosen."""
    best, others = comparison.iloc[0], comparison.iloc[1:]
    if best["passes"]:
        rivals = others.loc[others["passes"], "label"].tolist()
        does = f", as {_listed(rivals)} {'does' if len(rivals) == 1 else 'do'}" if rivals else ""
        verdict = f"passes the gates G1 to G6 on the means of {n_folds} training folds{does}"
    elif not best["is_judged"]:
        verdict = f"is not judged, because {n_folds} training folds hold too few events"
    else:
        verdict = (
            f"fails fewest gates ({best['failed']}) on the means of {n_folds} training folds; "
            "no candidate passes all"
        )
    sentences = [f"{best['label']} {verdict}."]
    if best["is_judged"]:
        sentences.append(
            "Two-sample tests reach a mean ROC-AUC of "
            f"{best['two_sample_auc']:.3f} against it on recorded and "
            f"{best['two_sample_auc_derived']:.3f} on recorded and derived columns (0.5 is "
            "indistinguishable)."
        )
    if not np.isnan(best["change_in_auc"]):
        sentences.append(
            f"Its events change the ROC-AUC of a classifier by {best['change_in_auc']:+.4f} "
            f"[{best['change_lower']:+.4f}, {best['change_upper']:+.4f}]."
        )
    losers = [f"{row.label} {row.failed}" for row in others.itertuples() if row.failed]
    if losers:
        sentences.append(f"Gates failed by the others: {'; '.join(losers)}.")
    return " ".join(sentences)


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def name_choice(
    generator: str, reference: str, labels: Mapping[str, str], reason: str
) -> dict[str, str]:
    """Write a choice down.

    Returns
    -------
    choice : ``generator`` and ``reference`` with their labels, the ``reason`` and the `RULE`.
    """
    return {
        "generator": generator,
        "label": labels[generator],
        "reference": reference,
        "reference_label": labels[reference],
        "reason": reason,
        "rule": RULE,
    }
