"""What the tables of classifiers of images answer, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from showerforge.classifiers.classes import Classes
from showerforge.classifiers.image_judgement import BOOSTING, COMBINATION, CUTS, NETWORK
from showerforge.report.page import format_change, format_interval, format_number

Row = Mapping[str, Any]

#: with fewer background events left, a quality factor is hardly measured
FEW_LEFT = 10
#: answers to a question that is turned round
OPPOSITE = {"better": "worse", "worse": "better"}
VERBS = {
    "better": "is clearly better than",
    "worse": "is clearly worse than",
    "no clear change": "is not clearly different from",
}
CLEARNESS = {
    "better": "clear of zero",
    "worse": "clear of zero, for the worse",
    "no clear change": "not clear of zero",
}


def find_best(separation: pd.DataFrame, **wanted: Any) -> Row | None:
    """Find the classifier of the largest ROC-AUC.

    Parameters
    ----------
    separation : table of the classifiers.
    wanted : values of columns, such as ``kind="network"``.

    Returns
    -------
    row : of the table; None if there is no such classifier.
    """
    rows = separation
    for column, value in wanted.items():
        rows = rows[rows[column] == value]
    return None if rows.empty else rows.loc[rows["roc_auc"].idxmax()].to_dict()


def find_change(comparisons: pd.DataFrame, candidate: Row, against: Row, figure: str) -> Row | None:
    """Find a paired change, whichever of the two classifiers it was measured against.

    Parameters
    ----------
    comparisons : paired changes: ``candidate``, ``against``, ``figure``, ``change``, ``lower``,
        ``upper`` and ``answer``.
    candidate, against : rows of the table of the classifiers.
    figure : "roc_auc" or "quality_factor".

    Returns
    -------
    change : ``change``, ``lower``, ``upper`` and ``answer``; None if it was not measured.
    """
    for first, second, sign in ((candidate, against, 1), (against, candidate, -1)):
        rows = comparisons[
            (comparisons["candidate"] == first["classifier"])
            & (comparisons["against"] == second["classifier"])
            & (comparisons["figure"] == figure)
        ]
        if not rows.empty:
            row = rows.iloc[0]
            lower, upper = sorted((sign * row["lower"], sign * row["upper"]))
            answer = row["answer"] if sign == 1 else OPPOSITE.get(row["answer"], row["answer"])
            change = sign * row["change"]
            return {"change": change, "lower": lower, "upper": upper, "answer": answer}
    return None


def answer_on_separation(
    separation: pd.DataFrame,
    comparisons: pd.DataFrame,
    classes: Classes,
    reference: str | None = None,
) -> list[str]:
    """Say which classifier is best, and how sure that is.

    Parameters
    ----------
    separation : table of the classifiers.
    comparisons : paired changes between some of them, see `find_change`.
    classes : what the classes are called.
    reference : the classifier that the best one is measured by.

    Returns
    -------
    answer : sentences, on the best one against the reference, on networks against boosting, and on
        combinations against their parts, as far as there are such classifiers.
    """
    best = separation.loc[separation["roc_auc"].idxmax()].to_dict()
    few = " (so few that only the lower end of the interval says much)"
    sentences = [
        f"By ROC-AUC the best is {best['label']}: {describe(best, 'roc_auc')}, with "
        f"{_at_cut(best, classes)}, where {best['surviving_hadrons']:,} of {best['n_hadrons']:,} "
        f"{classes.background}s are left{few if best['surviving_hadrons'] < FEW_LEFT else ''}."
    ]
    if reference is not None and best["classifier"] != reference:
        sentences.append(_answer_on_reference(separation, comparisons, best, reference, classes))
    for is_blind, which in ((False, "best network"), (True, "best network blind to directions")):
        own = separation[separation["is_blind"] == is_blind]
        network, boosting = (find_best(own, kind=kind) for kind in (NETWORK, BOOSTING))
        if network and boosting:
            sentences.append(
                f"The {which} and boosting: {compare_pair(comparisons, network, boosting)}"
            )
        if combination := find_best(own, kind=COMBINATION):
            sentences.append(_answer_on_combination(separation, comparisons, combination))
    return list(filter(None, sentences))


def _answer_on_reference(
    separation: pd.DataFrame, comparisons: pd.DataFrame, best: Row, key: str, classes: Classes
) -> str:
    reference = find_best(separation, classifier=key)
    if reference is None:
        return ""
    change = find_change(comparisons, best, reference, "quality_factor")
    paired = "" if change is None else f"; paired change of Q to the best {_change(change)}"
    if change is not None and change["answer"] in CLEARNESS:
        paired += f", {CLEARNESS[change['answer']]}"
    return (
        f"The reference, {reference['label']}, reaches {_at_cut(reference, classes)}, "
        f"where {reference['surviving_hadrons']:,} {classes.background}s "
        f"are left{paired}."
    )


def compare_pair(comparisons: pd.DataFrame, first: Row, second: Row) -> str:
    """Say in a sentence whether one classifier is better than another, by their ROC-AUC.

    Parameters are those of `find_change`.
    """
    change = find_change(comparisons, first, second, "roc_auc")
    areas = f"{format_number(first['roc_auc'])} and {format_number(second['roc_auc'])}"
    if change is None:
        return (
            f"{first['label']} and {second['label']} reach ROC-AUC {areas}; they were not "
            "compared in pairs."
        )
    verb = VERBS.get(change["answer"], "cannot be compared with")
    return (
        f"{first['label']} {verb} {second['label']} by ROC-AUC, {areas}: paired change "
        f"{_change(change)}."
    )


def _answer_on_combination(
    separation: pd.DataFrame, comparisons: pd.DataFrame, combination: Row
) -> str:
    parts = {}
    for row in separation.to_dict("records"):
        change = find_change(comparisons, combination, row, "roc_auc")
        if change is not None and row["kind"] in (NETWORK, BOOSTING):
            parts[row["label"]] = change
    if not parts:
        return ""
    worse = [label for label, change in parts.items() if change["answer"] == "worse"]
    verdict = f"worse than {' and '.join(worse)}" if worse else "not worse than its parts"
    changes = "; ".join(f"over {label} {_change(change)}" for label, change in parts.items())
    return f"The combination, {combination['label']}, is {verdict}: change of ROC-AUC {changes}."


def answer_on_directions(separation: pd.DataFrame) -> str:
    """Say how much of a separation of gammas from hadrons is direction."""
    seeing, blind = (find_best(separation, is_blind=is_blind) for is_blind in (False, True))
    if seeing is None or blind is None:
        return ""
    cuts = find_best(separation, is_blind=True, kind=CUTS)
    share = "Much" if blind["roc_auc_upper"] < seeing["roc_auc_lower"] else "Little"
    of_cuts = f", and {cuts['label']} {describe(cuts, 'quality_factor')}" if cuts else ""
    return (
        f"{share} of the separation is direction: gammas come from the source, hadrons from "
        f"everywhere. By light and shape alone the best, {blind['label']}, reaches Q = "
        f"{describe(blind, 'quality_factor')} (ROC-AUC {describe(blind, 'roc_auc')} instead of "
        f"{describe(seeing, 'roc_auc')}){of_cuts}."
    )


def describe(row: Row, name: str) -> str:
    """Write a figure of merit with its interval."""
    return format_interval(row[name], row[f"{name}_lower"], row[f"{name}_upper"])


def format_share(share: float) -> str:
    """Write a share as per cent with one decimal."""
    return f"{100 * share:.1f} %"


def _change(change: Row) -> str:
    return format_change(change["change"], change["lower"], change["upper"])


def _at_cut(row: Row, classes: Classes) -> str:
    share = format_share(row["gamma_efficiency"])
    return f"Q = {describe(row, 'quality_factor')} at {share} of the {classes.signal}s"
