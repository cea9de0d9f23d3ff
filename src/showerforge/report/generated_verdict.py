"""What certificates and images say of generators of images, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from showerforge.report.image_verdict import Row, format_share
from showerforge.report.page import format_interval, format_number
from showerforge.validation.certificate import Verdict
from showerforge.validation.images.metrics import IMAGE_METRICS, ImageMetric

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
    ("gammaness_change", "Its mean score is off that of simulated images by"),
    ("closer_share", "Closer to a training image than 99 % of the test images are"),
    ("copied_share", "Exact copies of training images are"),
)
#: what stands for the certificate of a generator without images
WITHOUT_IMAGES: Mapping[str, Any] = {
    "gates": [],
    "verdict": Verdict.NOT_ENOUGH_DATA,
    "grade": "",
    "failed": [],
    "is_indistinguishable": False,
}
WITHOUT_CTAPIPE = (
    "ctapipe is not installed here, so that it was not asked whether it accepts the images. "
    "Install it: pip install 'showerforge[ctapipe]'."
)


def summarise_certificate(
    certificate: Mapping[str, Any] | None, generator: str, label: str, particle: str
) -> dict[str, Any]:
    """Take from a certificate what is compared between generators.

    Parameters
    ----------
    certificate : as JSON, see `showerforge.validation.certificate.Certificate.to_json`; None where
        the generator has no image that could be judged.
    generator, label : key of the generator, and what people call it.
    particle : whose images are certified.

    Returns
    -------
    row : ``generator``, ``label``, ``particle``, ``verdict``, ``grade``, ``failed`` and
        ``is_indistinguishable``; and of each of `OF_CERTIFICATES` the value, the ends of its
        interval (``_lower``, ``_upper``) and of the band of real events (``_band_lower``,
        ``_band_upper``), NaN where they are not known.
    """
    nothing = (float("nan"), float("nan"))
    certificate = certificate or WITHOUT_IMAGES
    gates = {gate["key"]: gate for gate in certificate["gates"]}
    row: dict[str, Any] = {
        "generator": generator,
        "label": label,
        "particle": particle,
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
    measured : see `showerforge.validation.images.tables.with_null`.
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
    band = format_band(row, LIKENESS)
    beside = f" (Monte Carlo against itself: {band})" if band else ""
    alike = ", not told apart from it" if row["is_indistinguishable"] else ""
    return f"{particle}: {verdict}; two-sample ROC-AUC {area}{beside}{alike}."


def format_band(row: Row, key: str) -> str:
    """Write the band of a quantity of a certificate; nothing where it is not known."""
    lower, upper = (row[key + end] for end in ENDS[3:])
    return "" if pd.isna(lower) else f"{format_number(lower)} to {format_number(upper)}"


def _describe_metric(rows: pd.DataFrame) -> str:
    """Write a quantity of all particles, with that of Monte Carlo beside."""
    parts = []
    for row in rows.to_dict("records"):
        metric = IMAGE_METRICS[row["metric"]]
        value = f"{write_value(metric, row['value'])} [{write_interval(metric, row)}]"
        is_alone = pd.isna(row["null"])
        null = "" if is_alone else f", Monte Carlo {write_value(metric, row['null'])}"
        parts.append(f"{value} ({row['particle']}s{null})")
    return " and ".join(parts)


def write_value(metric: ImageMetric, value: float) -> str:
    """Write a quantity with its unit, shares in per cent."""
    if pd.isna(value):
        return "–"
    if metric.is_share:
        return format_share(value)
    return f"{format_number(value)} {metric.unit}".strip()


def write_interval(metric: ImageMetric, row: Row) -> str:
    """Write the ends of the interval of a quantity without its unit."""
    ends = (row["lower"], row["upper"])
    return " to ".join(write_value(metric, end).removesuffix(metric.unit).strip() for end in ends)
