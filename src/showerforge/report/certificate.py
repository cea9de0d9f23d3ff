"""Filling the page of the certificate: verdict, gates, controls, proofs, in words and tables."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from showerforge.report.page import format_change, render
from showerforge.validation.certificate import OWN, Verdict

#: what each gate asks, and why that matters
QUESTIONS = {
    "G0": "Has anything of the held-out events reached the generator? If it has, every comparison "
    "below is worthless, and the certificate is void.",
    "G1": "Does every synthetic event obey the rules that every real one obeys, agree with itself, "
    "and look like a recorded one down to its digits? What no detector can record is no event.",
    "G2": "Does every single column have the right distribution? The plainest demand, and far from "
    "enough: columns that are right one by one can be wrong together.",
    "G3": "Do columns rise and fall together as they do in real events? Classifiers live on these "
    "relations.",
    "G4": "Can a classifier that is trained to do just this tell synthetic from real events? It "
    "sees all columns at once, and finds what no single figure shows: 0.5 is guessing, 1 is "
    "always right.",
    "G5": "Do synthetic events fill the space of the real ones, no more and no less? A generator "
    "that stays in the safe middle has a fine precision, and misses the events that matter.",
    "G6": "Are the events new, or training events in disguise? Copies look perfect in every gate "
    "above, and add nothing but false confidence.",
    "G7": "Are classifiers that train with them, judged on real events, as good as without? Judged "
    "by the lower end of the interval. A failure takes away this claim, not the certificate.",
    OWN: "Are the events right in what matters to you? Gates that were added in the parameters.",
}
#: quantities that are shares of events, written in per cent
SHARES = {
    "special_rate",
    "precision",
    "recall",
    "coverage",
    "authenticity",
    "segment_share",
    "membership_found",
}
MARGINS = {
    "special_rate": "rate of special values: above the band by at most",
    "ks_distance": "Kolmogorov-Smirnov distance: above the band by at most",
    "wasserstein": "mean shift in interquartile ranges: above the band by at most",
    "correlation": "difference of a rank correlation: above the band by at most",
    "energy_distance": "energy distance: above the band by at most",
    "diversity": "precision, recall, coverage: below the band by at most",
    "density": "density: outside of the band by at most",
    "authenticity": "authenticity: below the band by at most",
    "two_sample_auc": "ROC-AUC of the two-sample test, grade A: at most",
    "two_sample_auc_b": "ROC-AUC of the two-sample test, grade B: at most",
    "segment_share": "share on a segment between training events: at most",
    "membership_auc": "ROC-AUC of the membership attack: at most",
    "membership_found": "training events recognised at 1 % false accusations: at most",
    "utility": "loss of ROC-AUC and PR-AUC: at most",
}
VACUOUS = "Vacuous:"
#: quantities of which the means over the folds are shown
MEANS = ("ks_distance", "two_sample_auc", "two_sample_auc_derived", "coverage", "membership_auc")
CONTROLS = {
    "bootstrap copy": "Training events drawn again with replacement. Every distribution is "
    "perfect, and nothing is new: gate G6 must refuse it.",
    "column shuffle": "Every column of the training events shuffled by itself. Each distribution "
    "is perfect, and nothing belongs together: gates G3 and G4 must refuse it.",
}


def render_certificate(context: Mapping[str, Any]) -> str:
    """Write the certificate as one HTML page that needs nothing else.

    Parameters
    ----------
    context : ``title``, ``footer``, ``provenance``, ``note`` and ``version``; ``choice``, the
        generator and the reference with labels, ``reason`` and ``rule``; ``certificates``, by
        generator, the chosen one first and then the reference, as JSON; ``comparison``,
        ``leakage``, ``cost`` and ``marginals``, results of the nodes; ``images``, PNG bytes by
        name. Of tables of which no more is known than what they hold, there are no ``choice``,
        ``comparison``, ``leakage`` and ``cost``, but ``tables``: ``rows`` of what they are, and
        ``notes`` on what was done to them.
    """
    certificates = list(context["certificates"].values())
    chosen = certificates[0]
    choice, leakage = context.get("choice"), context.get("leakage")
    comparison = context.get("comparison", [])
    return render(
        {
            "cost": [],
            "tables": None,
            **context,
            "choice": choice,
            "leakage": leakage,
            "certificate": chosen,
            "head": describe_verdict(chosen),
            "gates": tabulate_gates(chosen),
            "controls": tabulate_controls(chosen),
            "comparison": tabulate_comparison(comparison, choice) if choice else [],
            "reference": compare_with_reference(chosen, certificates[1])
            if len(certificates) > 1
            else None,
            "parents": sum_up_parents(leakage["folds"], comparison, choice)
            if leakage and choice
            else [],
            "margins": [
                {"label": MARGINS.get(key, key), "value": f"{value:g}"}
                for key, value in chosen["provenance"]["margins"].items()
            ],
        },
        "certificate.html.j2",
    )


def describe_verdict(certificate: Mapping[str, Any]) -> dict[str, Any]:
    """Say what a certificate certifies.

    Returns
    -------
    head : ``word`` (such as "PASS"), ``verdict``, ``grade``, and sentences on ``what`` was
        judged, on the ``result``, on the two-sample test (``likeness``) and on ``utility``.
    """
    particle = certificate["particle"]
    judged = (
        f"learnt from {certificate['n_train']:,} real ones, judged against "
        f"{certificate['n_holdout']:,} held-out real {particle}s that the generator never saw."
        if _training_is_known(certificate)
        else f"judged against {certificate['n_holdout']:,} real {particle}s, which it may have "
        "learnt from: that is not known."
    )
    what = (
        f"{certificate['n_synthetic']:,} synthetic {particle}s by {certificate['generator']}, "
        f"{judged} Distributions are compared in samples of {certificate['n_compared']:,} on "
        "either side."
    )
    return {
        "word": "NOT CERTIFIED"
        if certificate["verdict"] == Verdict.NOT_TESTED
        else certificate["verdict"].upper(),
        "verdict": certificate["verdict"],
        "grade": certificate["grade"],
        "what": what,
        "result": _describe_result(certificate),
        "likeness": _describe_likeness(certificate),
        "utility": _describe_utility(certificate),
    }


def _training_is_known(certificate: Mapping[str, Any]) -> bool:
    known: bool = certificate.get("training_is_known", True)
    return known


def _describe_result(certificate: Mapping[str, Any]) -> str:
    verdict = certificate["verdict"]
    if verdict == Verdict.PASS:
        grade = {
            "A": "with grade A: every quantity is within its tightest limit",
            "B": "with grade B: within the limits, but with something left to see",
        }[certificate["grade"]]
        own = any(gate["code"] == OWN for gate in certificate["gates"])
        gates = "G1 to G6 and your own" if own else "G1 to G6"
        return f"Every gate of quality, {gates}, is passed {grade}."
    if verdict == Verdict.VOID:
        loose = [c["name"] for c in certificate["controls"] if not c["is_caught"]]
        reason = (
            f"the control {' and '.join(loose)} was not refused" if loose else "there is a leak"
        )
        return f"Nothing is proved, because {reason}."
    if verdict == Verdict.FAIL:
        refused = [code for code in certificate["failed"] if code in QUESTIONS and code != "G7"]
        return f"Refused by {', '.join(refused)}: do not use these events as if they were real."
    if verdict == Verdict.NOT_TESTED:
        return (
            "No gate refuses them. They are not certified all the same: which real events the "
            "generator learnt from is not known, so that memorisation cannot be judged, and what "
            "is like the real events may be copied from them."
        )
    return "There are not enough events to judge by; nothing is claimed."


def _describe_likeness(certificate: Mapping[str, Any]) -> str:
    tests = _two_sample_tests(certificate)
    if not tests:
        return "The two-sample test was not made."
    areas = " and ".join(f"{gate['value']:.3f}" for gate in tests)
    if certificate["is_indistinguishable"]:
        return (
            "Indistinguishable by the two-sample test: a classifier trained to tell them from real "
            f"events does no better (ROC-AUC {areas}; 0.5 is guessing) than between two samples "
            "of real events."
        ) + (" So would copies be." if not _training_is_known(certificate) else "")
    return (
        "Not indistinguishable: a classifier trained to tell them from real events reaches a "
        f"ROC-AUC of {areas}, more than between two samples of real events (0.5 is guessing)."
    )


def _two_sample_tests(certificate: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [
        gate
        for gate in certificate["gates"]
        if gate["key"].startswith("two_sample") and gate["value"] is not None
    ]


def _describe_utility(certificate: Mapping[str, Any]) -> str:
    tests = [gate for gate in certificate["gates"] if gate["code"] == "G7"]
    if not tests or tests[0]["value"] is None:
        return "No claim of utility: it was not tested."
    first = tests[0]
    change = format_change(first["value"], *first["interval"])
    loss = f"{-first['lowest']:g}"
    if certificate["claims_utility"]:
        return (
            f"Claim of utility: yes. Classifiers that train with them lose no more than {loss} in "
            f"ROC-AUC and PR-AUC, with 95 % confidence (ROC-AUC against none: {change})."
        )
    return (
        f"Claim of utility: no. A loss of more than {loss} in ROC-AUC or PR-AUC cannot be excluded "
        f"with 95 % confidence (ROC-AUC against none: {change})."
    )


def format_value(gate: Mapping[str, Any], value: float | None, with_unit: bool = True) -> str:
    """Write a number of a gate: counts whole, shares in per cent, changes with their sign."""
    if value is None:
        return "–"
    if gate["is_count"]:
        return f"{value:,.0f}"
    if gate["key"] in SHARES:
        return f"{100 * value:.1f}{' %' * with_unit}"
    if gate["code"] == "G7":
        return f"{value:+.4f}"
    return f"{value:.4f}" if gate["key"] == "energy_distance" else f"{value:.3f}"


def _format_pair(gate: Mapping[str, Any], pair: Sequence[float] | None) -> str:
    if pair is None:
        return "–"
    return f"{format_value(gate, pair[0], with_unit=False)} to {format_value(gate, pair[1])}"


def format_limit(gate: Mapping[str, Any]) -> str:
    """Write which values pass."""
    lowest, highest = gate["lowest"], gate["highest"]
    if gate["is_count"]:
        return "0"
    if lowest is not None and highest is not None:
        return _format_pair(gate, (lowest, highest))
    if lowest is not None:
        return f"≥ {format_value(gate, lowest)}"
    if highest is None:
        return "–"
    if gate["highest_b"] is None:
        return f"≤ {format_value(gate, highest)}"
    return f"A ≤ {format_value(gate, highest)}, B ≤ {format_value(gate, gate['highest_b'])}"


def tabulate_gates(certificate: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Lay out the gates by code.

    Returns
    -------
    blocks : each with ``code``, ``name``, ``question``, whether it ``failed``, and ``rows``.
    """
    blocks = []
    for code, gates in groupby(certificate["gates"], key=lambda gate: gate["code"]):
        rows = [_row(gate) for gate in gates]
        blocks.append(
            {
                "code": code,
                "name": rows[0]["name"],
                "question": QUESTIONS.get(code, ""),
                "failed": code in certificate["failed"],
                "rows": rows,
            }
        )
    return blocks


def _row(gate: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": gate["name"],
        "metric": gate["metric"],
        "value": format_value(gate, gate["value"]),
        "interval": _format_pair(gate, gate["interval"]),
        "band": _format_pair(gate, gate["band"]),
        "limit": format_limit(gate),
        "verdict": gate["verdict"],
        "grade": gate["grade"],
        "remark": gate["remark"],
        "is_vacuous": gate["remark"].startswith(VACUOUS),
    }


def tabulate_controls(certificate: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Lay out the tables that must be refused.

    Returns
    -------
    controls : each with ``name``, ``meaning``, the gates that ``must_fail`` and that
        ``failed``, ``is_caught``, and ``evidence``, the values beyond the limits of those gates.
    """
    return [
        {
            "name": control["name"],
            "meaning": CONTROLS.get(control["name"], ""),
            "must_fail": ", ".join(control["must_fail"]),
            "failed": ", ".join(control["failed"]) or "none",
            "is_caught": control["is_caught"],
            "evidence": [
                f"{gate['metric']}: {format_value(gate, control['values'][gate['key']])} "
                f"(passes: {format_limit(gate)})"
                for gate in certificate["gates"]
                if gate["code"] in control["must_fail"]
                and gate["key"] in control["values"]
                and gate["value"] is not None
            ],
        }
        for control in certificate["controls"]
    ]


def tabulate_comparison(
    comparison: Sequence[Mapping[str, Any]], choice: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Lay out the generators that were compared on the training folds.

    Returns
    -------
    rows : none if there was nothing to compare.
    """
    return [
        {
            "label": row["label"],
            "is_chosen": row["label"] == choice["label"],
            "failed": row["failed"] or "none",
            **{key: _decimals(row[key]) for key in MEANS},
            "change": format_change(row["change_in_auc"], row["change_lower"], row["change_upper"]),
        }
        for row in comparison
        if "passes" in row
    ]


def _decimals(value: float | None) -> str:
    return "–" if value is None or math.isnan(value) else f"{value:.3f}"


def compare_with_reference(
    certificate: Mapping[str, Any], reference: Mapping[str, Any]
) -> dict[str, Any]:
    """Set the certificate of the reference beside that of the chosen generator.

    Returns
    -------
    comparison : ``head`` of the reference, ``rows`` of both, and ``vacuous``, why a count of
        zero is no merit of the reference, if it is none.
    """
    others = {gate["key"]: gate for gate in reference["gates"]}
    rows = [
        {
            "code": gate["code"],
            "chosen": _row(gate),
            "reference": _row(others[gate["key"]]),
            "limit": format_limit(others[gate["key"]] if gate["value"] is None else gate),
        }
        for gate in certificate["gates"]
        if gate["key"] in others
    ]
    vacuous = [
        gate["remark"].removeprefix(VACUOUS).strip().capitalize()
        for gate in reference["gates"]
        if gate["remark"].startswith(VACUOUS) and gate["value"] == 0
    ]
    return {
        "label": reference["generator"],
        "head": describe_verdict(reference),
        "rows": rows,
        "vacuous": vacuous[0] if vacuous else "",
    }


def sum_up_parents(
    folds: Sequence[Mapping[str, Any]],
    comparison: Sequence[Mapping[str, Any]],
    choice: Mapping[str, Any],
) -> list[dict[str, Any]]:
    """Sum up over the folds where synthetic events come from.

    Returns
    -------
    rows : per generator the number of folds, of synthetic events, of parents (zero where the
        generator has none) and of events with a parent outside of the training events.
    """
    labels = {row["generator"]: row["label"] for row in comparison if "generator" in row}
    labels |= {
        choice["generator"]: choice["label"],
        choice["reference"]: choice["reference_label"],
    }
    sums: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for fold in folds:
        row = sums[fold["generator"]]
        row["n_folds"] += 1
        for key in ("n_synthetic", "n_parents", "n_outside"):
            row[key] += int(fold[key])
    return [{"label": labels.get(name, name), **row} for name, row in sums.items()]
