"""The certificate of anybody's tables, as files: a page for people, JSON for machines."""

from __future__ import annotations

import json
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import showerforge
from showerforge.atomic import replaced_when_done
from showerforge.events.schema import HILLAS_COLUMNS
from showerforge.figures.certificate import draw_likeness, draw_verdict
from showerforge.figures.style import as_png
from showerforge.report.certificate import render_certificate
from showerforge.validation.certificate import Certificate
from showerforge.validation.own_tables import OwnTables
from showerforge.validation.yardstick import Evidence

PAGE, DOCUMENT = "certificate.html", "certificate.json"
#: of the page: points of a panel of quantiles, random parts behind its band, columns in the
#: densities of pairs, resolution
N_QUANTILES, N_REPEATS, N_LEADING, DOTS_PER_INCH = 100, 200, 5, 110


def describe_tables(tables: OwnTables, files: Mapping[str, str | PathLike[str]]) -> dict[str, Any]:
    """Say what was compared, for the record.

    Parameters
    ----------
    tables : that were judged.
    files : "real", "synthetic" and perhaps "training", where they were read.

    Returns
    -------
    description : ``files``, ``columns``, ``left_out`` (why, by column), ``rules`` and ``notes``.
    """
    return {
        "files": {name: str(path) for name, path in files.items()},
        "columns": tables.columns,
        "left_out": tables.left_out,
        "rules": [rule.text for rule in tables.rules],
        "notes": tables.notes,
    }


def tell_left_out(left_out: Mapping[str, str]) -> list[str]:
    """Say which columns are not compared, those of the same reason together."""
    names: dict[str, list[str]] = {}
    for name, reason in left_out.items():
        names.setdefault(reason, []).append(name)
    return [f"{', '.join(own)}: {reason}" for reason, own in names.items()]


def write_own_certificate(
    folder: str | PathLike[str],
    certificate: Certificate,
    evidence: Evidence,
    tables: OwnTables,
    files: Mapping[str, str | PathLike[str]],
) -> tuple[Path, Path]:
    """Write a certificate into a folder.

    Parameters
    ----------
    folder : made if there is none; files of the same names are replaced.
    certificate, evidence : see `showerforge.validation.own_tables.certify_own`.
    tables : that were judged.
    files : where they were read.

    Returns
    -------
    page, document : the files written.
    """
    description = describe_tables(tables, files)
    plain = certificate.to_json()
    page, document = Path(folder, PAGE), Path(folder, DOCUMENT)
    text = _write_page(plain, evidence, tables, description)
    with replaced_when_done(page) as partial:
        partial.write_text(text, encoding="utf-8")
    with replaced_when_done(document) as partial:
        partial.write_text(json.dumps({**plain, "tables": description}, indent=2) + "\n", "utf-8")
    return page, document


def _write_page(
    certificate: dict[str, Any],
    evidence: Evidence,
    tables: OwnTables,
    description: Mapping[str, Any],
) -> str:
    known = {column.name: column.label for column in HILLAS_COLUMNS}
    labels = {name: known.get(name, name) for name in tables.columns}
    seed = certificate["provenance"]["seed"]
    files = [Path(path).name for path in description["files"].values()]
    footer = f"{' · '.join(files)} · seed {seed}"
    rows = {
        **{f"{name} events": path for name, path in description["files"].items()},
        "columns compared": ", ".join(tables.columns),
        "left out": "; ".join(tell_left_out(description["left_out"])) or "none",
        "rules": "; ".join(description["rules"]) or "none is known for these columns",
    }
    return render_certificate(
        {
            "title": f"certificate of {certificate['generator']}",
            "footer": footer,
            "provenance": None,
            "note": "",
            "version": showerforge.__version__,
            "certificates": {certificate["generator"]: certificate},
            "tables": {"rows": rows, "notes": tables.notes},
            "marginals": evidence.marginals.assign(
                label=evidence.marginals["column"].map(lambda name: labels.get(name, name))
            ).to_dict("records"),
            "images": _draw(certificate, evidence, tables, labels, seed, footer),
        }
    )


def _draw(
    certificate: dict[str, Any],
    evidence: Evidence,
    tables: OwnTables,
    labels: Mapping[str, str],
    seed: int,
    footer: str,
) -> dict[str, bytes]:
    """Draw all figures of the page, as PNG."""
    train, holdout = (
        table[table["particle"] == tables.particle] if tables.particle else table
        for table in (tables.train, tables.holdout)
    )
    gains = evidence.separating[evidence.separating["columns"] == "raw"]
    by_gain = gains.sort_values("gain", ascending=False, kind="stable")["column"].tolist()
    leading = (by_gain or tables.columns)[:N_LEADING]
    names = ("gates", "ks", "correlations", "corner", "utility", "qq", "two_sample", "memorisation")
    figures = (
        *draw_verdict(
            [certificate],
            evidence,
            tables.synthetic,
            holdout,
            tables.columns,
            leading,
            labels,
            footer,
        ),
        *draw_likeness(
            certificate,
            evidence,
            tables.synthetic,
            holdout,
            train,
            tables.columns,
            labels,
            N_QUANTILES,
            N_REPEATS,
            seed,
            footer,
        ),
    )
    says_nothing = {
        "utility": not certificate["utility"],
        "memorisation": not certificate["training_is_known"],
    }
    return {
        name: as_png(figure, DOTS_PER_INCH)
        for name, figure in zip(names, figures, strict=True)
        if not says_nothing.get(name)
    }
