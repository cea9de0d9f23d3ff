"""What the report says of generated images: which generator is best, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from showerforge.report.image_verdict import Row, format_share
from showerforge.report.images import tabulate_comparisons
from showerforge.report.page import format_interval, format_number
from showerforge.validation.certificate import Verdict
from showerforge.validation.images.metrics import IMAGE_METRICS, ImageMetric
from showerforge.validation.images.sets import MONTE_CARLO

MONTE_CARLO_LABEL = "Monte Carlo"
#: quantities of a certificate that are shown, and what they are called
OF_CERTIFICATES = {
    "two_sample_auc": "two-sample ROC-AUC, image parameters",
    "two_sample_auc_derived": "with derived columns",
    "ks_distance": "largest KS distance",
    "coverage": "coverage",
    "membership_auc": "membership ROC-AUC",
}
#: by what generators are ordered that pass for as many particles; less is better
LIKENESS = "two_sample_auc_derived"
#: what is known of each of them
ENDS = ("", "_lower", "_upper", "_band_lower", "_band_upper")
#: what the best generator is described by, in this order
ANSWERED = (
    ("network_auc", "A network that sees the images reaches a two-sample ROC-AUC of"),
    ("size_error_mean", "Sizes are off by a mean relative error of"),
    ("size_log_correlation", "Logarithms of requested and obtained sizes have a correlation of"),
    ("energy_bias", "Energies, by a regressor that knows simulated images only, have a bias of"),
    ("ctapipe_accepted", "The quality cuts of ctapipe accept"),
    ("gammaness_kept", "A classifier that never saw a generated image calls gammas"),
    ("closer_share", "Closer to a training image than 99 % of the test images are"),
    ("copied_share", "Exact copies of training images are"),
)
WITHOUT_CTAPIPE = (
    "ctapipe is not installed here, so that it was not asked whether it accepts the images. "
    "Install it: pip install 'showerforge[ctapipe]'."
)


def summarise_certificate(
    certificate: Mapping[str, Any], generator: str, label: str
) -> dict[str, Any]:
    """Take from a certificate what is compared between generators.

    Parameters
    ----------
    certificate : as JSON, see `showerforge.validation.certificate.Certificate.to_json`.
    generator, label : key of the generator, and what people call it.

    Returns
    -------
    row : ``generator``, ``label``, ``particle``, ``verdict``, ``grade``, ``failed`` and
        ``is_indistinguishable``; and of each of `OF_CERTIFICATES` the value, the ends of its
        interval (``_lower``, ``_upper``) and of the band of real events (``_band_lower``,
        ``_band_upper``), NaN where they are not known.
    """
    nothing = (float("nan"), float("nan"))
    gates = {gate["key"]: gate for gate in certificate["gates"]}
    row: dict[str, Any] = {
        "generator": generator,
        "label": label,
        "particle": certificate["particle"],
        "verdict": str(certificate["verdict"]),
        "grade": certificate["grade"],
        "failed": ", ".join(certificate["failed"]),
        "is_indistinguishable": certificate["is_indistinguishable"],
    }
    for key in OF_CERTIFICATES:
        gate = gates.get(key, {})
        value = gate.get("value")
        ends = (gate.get("interval") or nothing), (gate.get("band") or nothing)
        numbers = (nothing[0] if value is None else value, *ends[0], *ends[1])
        row |= {key + end: number for end, number in zip(ENDS, numbers, strict=True)}
    return row


def find_best_generator(summary: pd.DataFrame) -> str:
    """Find the generator that passes for most particles.

    Of several the one whose worse particle is nearest to simulated images by the two-sample test.

    Parameters
    ----------
    summary : rows of `summarise_certificate`.

    Returns
    -------
    generator : key.
    """
    rows = summary.assign(
        passed=summary["verdict"] == Verdict.PASS, likeness=summary[LIKENESS].fillna(1.0)
    )
    by_generator = rows.groupby("generator", sort=False)
    order = pd.DataFrame(
        {"passed": by_generator["passed"].sum(), "likeness": by_generator["likeness"].max()}
    )
    best = order.sort_values(["passed", "likeness"], ascending=[False, True], kind="stable")
    return str(best.index[0])


def answer_on_generators(
    summary: pd.DataFrame,
    measured: pd.DataFrame,
    costs: pd.DataFrame,
    utility: pd.DataFrame,
) -> list[str]:
    """Say which generator is best, what the certificate says of each, and what images show.

    Parameters
    ----------
    summary : rows of `summarise_certificate`.
    measured : see `showerforge.validation.images.metrics.with_null`.
    costs : one row per generator: ``generator``, ``label``, ``fit_cpu_seconds``,
        ``images_per_cpu_second`` and ``speed_ratio``, to Monte Carlo.
    utility : paired changes of classifiers by generated images, as in
        `showerforge.report.images.tabulate_comparisons`.

    Returns
    -------
    answer : sentences, the verdict first.
    """
    best = find_best_generator(summary)
    own, others = (summary[(summary["generator"] == best) == is_best] for is_best in (True, False))
    any_passes = (summary["verdict"] == Verdict.PASS).any()
    beginning = "Best generator" if any_passes else "No generator passes; the nearest to it"
    sentences = [f"{beginning}: {_describe_certificates(own)}"]
    sentences += [
        _describe_certificates(rows) for _, rows in others.groupby("generator", sort=False)
    ]
    of_best = measured[measured["generator"] == best]
    sentences += [
        f"{words} {_describe_metric(of_best[of_best['metric'] == name])}."
        for name, words in ANSWERED
        if (of_best["metric"] == name).any()
    ]
    if not (measured["metric"] == "ctapipe_accepted").any():
        sentences.append(WITHOUT_CTAPIPE)
    sentences += _answer_on_cost(costs, best)
    return sentences + _answer_on_utility(utility)


def _answer_on_cost(costs: pd.DataFrame, generator: str) -> list[str]:
    return [
        f"It makes {row['images_per_cpu_second']:,.0f} images per CPU-second, "
        f"{row['speed_ratio']:,.1f} times as many as the Monte Carlo, after "
        f"{row['fit_cpu_seconds']:,.0f} CPU-seconds of training."
        for row in costs[costs["generator"] == generator].to_dict("records")
    ]


def _answer_on_utility(utility: pd.DataFrame) -> list[str]:
    if utility.empty:
        return []
    counts = utility["answer"].value_counts()
    better, worse = (int(counts.get(name, 0)) for name in ("better", "worse"))
    return [
        f"Of {len(utility)} paired changes of classifiers by generated images {better} are for "
        f"the better, {worse} for the worse, and {len(utility) - better - worse} not clear."
    ]


def _describe_certificates(rows: pd.DataFrame) -> str:
    """Say what the certificates of one generator say, a particle each."""
    parts = [_describe_certificate(row) for row in rows.to_dict("records")]
    return f"{rows['label'].iloc[0]}. {' '.join(parts)}"


def _describe_certificate(row: Row) -> str:
    particle = f"{row['particle']}s".capitalize()
    verdict = {
        Verdict.PASS: f"passed, grade {row['grade']}",
        Verdict.FAIL: f"refused by {row['failed']}",
    }.get(row["verdict"], row["verdict"])
    if pd.isna(row[LIKENESS]):
        return f"{particle}: {verdict}."
    area = format_interval(*(row[LIKENESS + end] for end in ENDS[:3]))
    band = _band(row, LIKENESS)
    beside = f" (Monte Carlo against itself: {band})" if band else ""
    alike = ", not told apart from it" if row["is_indistinguishable"] else ""
    return f"{particle}: {verdict}; two-sample ROC-AUC {area}{beside}{alike}."


def _band(row: Row, key: str) -> str:
    lower, upper = (row[key + end] for end in ENDS[3:])
    return "" if pd.isna(lower) else f"{format_number(lower)} to {format_number(upper)}"


def _describe_metric(rows: pd.DataFrame) -> str:
    """Write a quantity of all particles, with that of Monte Carlo beside."""
    parts = []
    for row in rows.to_dict("records"):
        metric = IMAGE_METRICS[row["metric"]]
        value = f"{_write(metric, row['value'])} [{_interval(metric, row)}]"
        is_alone = pd.isna(row["null"])
        null = "" if is_alone else f", Monte Carlo {_write(metric, row['null'])}"
        parts.append(f"{value} ({row['particle']}s{null})")
    return " and ".join(parts)


def _write(metric: ImageMetric, value: float) -> str:
    if pd.isna(value):
        return "–"
    if metric.is_share:
        return format_share(value)
    return f"{format_number(value)} {metric.unit}".strip()


def _interval(metric: ImageMetric, row: Row, name: str = "") -> str:
    ends = (row[f"{name}lower"], row[f"{name}upper"])
    return " to ".join(_write(metric, end).removesuffix(metric.unit).strip() for end in ends)


def tabulate_certificates(summary: pd.DataFrame) -> dict[str, Any]:
    """Lay out the certificates of all generators.

    Returns
    -------
    table : ``columns`` and ``rows``, each with ``label``, ``particle``, ``verdict``, ``grade``,
        ``failed``, ``is_best`` and ``cells`` (``value``, ``interval`` and ``band``).
    """
    best = find_best_generator(summary)
    rows = [
        {
            **{name: row[name] for name in ("label", "particle", "verdict", "grade")},
            "failed": row["failed"] or "none",
            "is_best": row["generator"] == best,
            "cells": [
                {
                    "value": format_number(row[key]),
                    "interval": " to ".join(format_number(row[key + end]) for end in ENDS[1:3]),
                    "band": _band(row, key) or "–",
                }
                for key in OF_CERTIFICATES
            ],
        }
        for row in summary.to_dict("records")
    ]
    return {"columns": list(OF_CERTIFICATES.values()), "rows": rows}


def tabulate_metrics(measured: pd.DataFrame, labels: Mapping[str, str]) -> dict[str, Any]:
    """Lay out all that was measured of images, by topic.

    Parameters
    ----------
    measured : see `showerforge.validation.images.metrics.with_null`.
    labels : what generators are called, by key, in the order of the columns.

    Returns
    -------
    table : ``columns``, Monte Carlo first, and ``blocks``, each with ``topic`` and ``rows`` of
        ``label``, ``meaning``, ``better``, ``particle`` and ``cells`` (``value``, ``interval`` and
        whether it ``is_clear`` of Monte Carlo).
    """
    columns = {MONTE_CARLO: MONTE_CARLO_LABEL, **labels}
    cells = measured.set_index(["metric", "particle", "generator"])
    particles = list(dict.fromkeys(measured["particle"]))
    blocks: dict[str, list[dict[str, Any]]] = {}
    known = set(measured["metric"])
    for metric in IMAGE_METRICS.values():
        for particle in particles if metric.name in known else []:
            keys = [(metric.name, particle, generator) for generator in columns]
            found = [cells.loc[key].to_dict() if key in cells.index else None for key in keys]
            if not any(found):
                continue
            blocks.setdefault(metric.topic, []).append(
                {
                    "label": f"{metric.label} [{metric.unit}]" if metric.unit else metric.label,
                    "meaning": metric.meaning,
                    "better": str(metric.better),
                    "particle": particle,
                    "cells": [_cell(metric, row) for row in found],
                }
            )
    return {
        "columns": list(columns.values()),
        "blocks": [{"topic": topic, "rows": rows} for topic, rows in blocks.items()],
    }


def _cell(metric: ImageMetric, row: Row | None) -> dict[str, Any]:
    if row is None:
        return {"value": "–", "interval": "", "is_clear": False}
    value = _write(metric, row["value"]).removesuffix(metric.unit).strip()
    return {"value": value, "interval": _interval(metric, row), "is_clear": bool(row["is_clear"])}


def tabulate_generator_costs(costs: pd.DataFrame) -> list[dict[str, str]]:
    """Lay out what generators cost.

    Parameters
    ----------
    costs : see `answer_on_generators`; NaN where something does not apply, such as the training
        of the Monte Carlo.
    """
    return [
        {
            "label": row["label"],
            "fit": format_number(row["fit_cpu_seconds"]),
            "speed": format_number(row["images_per_cpu_second"]),
            "ratio": format_number(row["speed_ratio"]),
        }
        for row in costs.to_dict("records")
    ]


def lay_out_generated(
    summary: pd.DataFrame,
    measured: pd.DataFrame,
    costs: pd.DataFrame,
    utility: pd.DataFrame,
    notes: Sequence[str] = (),
) -> dict[str, Any]:
    """Lay out the section of generated images, what ``generated_images.html.j2`` shows.

    Parameters
    ----------
    summary, measured, costs, utility : see `answer_on_generators`.
    notes : sentences that a reader must know, such as on what the images were drawn for.

    Returns
    -------
    generated : ``verdict``, ``certificates``, ``metrics``, ``costs``, ``utility``, ``particles``
        and ``notes``.
    """
    labels = dict(zip(summary["generator"], summary["label"], strict=True))
    return {
        "verdict": answer_on_generators(summary, measured, costs, utility),
        "certificates": tabulate_certificates(summary),
        "metrics": tabulate_metrics(measured, labels),
        "costs": tabulate_generator_costs(costs),
        "utility": tabulate_comparisons(utility),
        "particles": list(dict.fromkeys(summary["particle"])),
        "notes": list(notes),
    }
