"""What the pages of the service show: numbers, plots and sentences, without any HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from prometheus_client import Counter

import showerforge
from showerforge.errors import InputError
from showerforge.monitoring.alarms import WindowDrift
from showerforge.monitoring.power import UNDISTURBED
from showerforge.monitoring.summaries import Floats
from showerforge.monitoring.tables import tell_drift, write_apart, write_significance
from showerforge.serving.page_plots import plot_column, plot_latency
from showerforge.serving.releases import OUTPUT, Release, check_golden, list_releases
from showerforge.serving.service import Service
from showerforge.serving.watching import FEWEST_TOLD, LiveWatch, SeenWindow, Shown

Content = dict[str, Any]

#: windows that are listed, and those with an alarm of which all is told, the latest ones
MOST_LISTED, MOST_TOLD = 25, 10
#: share of streams with an alarm from which on a fault counts as seen
SURE = 0.95


def describe_state(service: Service, started: datetime, now: datetime) -> Content:
    """Say what every page says: which release, how it is, and which alarms hold.

    Parameters
    ----------
    service : that is described.
    started, now : times.
    """
    release, watch = _in_use(service)
    manifest = release.manifest
    latest = {(s.drift.condition, s.drift.window): s for s in list(watch.seen)}
    units = release.units
    return {
        "version": showerforge.__version__,
        "started": started,
        "now": now,
        "release": release.name,
        "experiment": manifest.experiment,
        "model": manifest.model,
        "note": manifest.note,
        "problems": service.problems(),
        "warnings": service.warnings(),
        "alarms": [_tell_window(seen, units) for seen in latest.values() if seen.drift.alarms],
        "n_judged": len(latest),
    }


def describe_overview(service: Service) -> Content:
    """Say what was asked and answered."""
    observation = service.observation
    release, watch = _in_use(service)
    events = {labels[0]: n for labels, n in _totals(observation.events).items()}
    n_compared = _total(observation.compared)
    refused = {labels[0]: n for labels, n in _totals(observation.refused).items()}
    requests = sorted(_totals(observation.requests).items())
    challenger = service.challenger
    log = service.log
    return {
        "verdicts": {name: events.get(name, 0) for name in ("gamma", "hadron", "refused")},
        "n_events": sum(events.values()),
        "refused": sorted(refused.items(), key=lambda item: -item[1]),
        "requests": [(route, status, n) for (route, status), n in requests],
        "latency": plot_latency(observation),
        "scores": [
            {
                "condition": shown.drift.condition,
                "n_events": shown.drift.n_events,
                "gamma_share": shown.drift.gamma_share,
                "plot": plot_column(
                    release.reference.binning,
                    OUTPUT,
                    "",
                    _expect(release, shown.drift)[-1],
                    shown.counts[-1],
                ),
            }
            for shown in watch.so_far()
        ],
        "fewest_told": FEWEST_TOLD,
        "shadow": {
            "release": challenger.name if challenger else None,
            "n_compared": n_compared,
            "n_disagreed": _total(observation.disagreed),
            "n_failures": _total(observation.shadow_failures),
            "mean_difference": _total(observation.difference) / max(1, n_compared),
        },
        "log": log and {"name": log.path.name, "is_well": log.is_well, "n_lost": log.n_lost},
        "working_point": release.manifest.working_point,
        "threshold": release.manifest.working_points[release.manifest.working_point].threshold,
    }


def describe_drift(service: Service) -> Content:
    """Say how served events differ from what is expected, and which differences can be seen."""
    release, watch = _in_use(service)
    manifest = release.manifest
    conditions, totals, seen = watch.shown(), watch.totals(), list(watch.seen)
    alarmed = [window for window in seen if window.drift.alarms]
    units = release.units
    return {
        "conditions": [
            _describe_condition(release, shown, int(totals[shown.drift.condition][0].sum()), seen)
            for shown in conditions
        ],
        "waiting": {
            condition: int(counts[0].sum())
            for condition, counts in sorted(totals.items())
            if condition not in {shown.drift.condition for shown in conditions}
        },
        "fewest_told": FEWEST_TOLD,
        "trained_gamma_share": manifest.gamma_share,
        "alarm_settings": manifest.alarms,
        "n_columns": len(release.reference.binning.columns),
        "windows": [_tell_window(s, units) for s in seen[: -MOST_LISTED - 1 : -1]],
        "alarms": [_tell_window(s, units) for s in alarmed[: -MOST_TOLD - 1 : -1]],
        "n_alarms": len(alarmed),
        "judged": _count_windows(seen, manifest.alarms.false_alarm_rate),
        "power": tabulate_power(release.power),
        "sure": SURE,
    }


def describe_model(service: Service) -> Content:
    """Say what the release says of itself, and whether golden events are scored as they should."""
    release = service.champion
    manifest = release.manifest
    aliases = {release.name: "champion"}
    if service.challenger is not None:
        aliases.setdefault(service.challenger.name, "challenger")
    try:
        difference, problem = check_golden(release), None
    except InputError as error:
        difference, problem = None, str(error)
    return {
        "manifest": manifest,
        "figures": {
            name: (f"{figure.value:.4f}", f"{figure.lower:.4f}", f"{figure.upper:.4f}")
            for name, figure in manifest.figures.items()
        },
        "golden": {
            "n": len(manifest.golden.scores),
            "tolerance": f"{manifest.golden.tolerance:.1g}",
            "difference": difference if difference is None else f"{difference:.1g}",
            "problem": problem,
        },
        "releases": [
            (name, aliases.get(name, "")) for name in list_releases(service.settings.releases)
        ],
    }


def _in_use(service: Service) -> tuple[Release, LiveWatch]:
    """Take release and watch that belong together, even while another release is taken."""
    while True:
        release, watch = service.champion, service.watch
        if service.champion is release:
            return release, watch


def _totals(counter: Counter) -> dict[tuple[str, ...], float]:
    """Read a counter, by its labels."""
    return {
        tuple(sample.labels.values()): sample.value
        for family in counter.collect()
        for sample in family.samples
        if sample.name.endswith("_total")
    }


def _total(counter: Counter) -> float:
    return sum(_totals(counter).values())


def _descriptions_of(release: Release) -> dict[str, str]:
    """Say what the columns of the reference are."""
    descriptions = {p.name: p.description for p in release.manifest.parameters}
    descriptions |= {
        residual.name: f"{residual.target.column} less what is expected of it from "
        + ", ".join(dict.fromkeys(term.column for term in residual.terms))
        for residual in release.reference.residuals
    }
    return {**descriptions, OUTPUT: "score of the classifier"}


def _expect(release: Release, drift: WindowDrift) -> list[Floats]:
    """Give the shares that are expected of each column in the mixture of a window."""
    return release.reference.expect(drift.condition, drift.gamma_share)[0]


def _describe_condition(
    release: Release, shown: Shown, n_so_far: int, seen: Sequence[SeenWindow]
) -> Content:
    drift = shown.drift
    units, descriptions = release.units, _descriptions_of(release)
    binning, shares = release.reference.binning, _expect(release, drift)
    columns = []
    for column, counts, own_shares in zip(drift.columns, shown.counts, shares, strict=True):
        unit = units[column.column]
        median, expected = write_apart(column.median, column.expected_median)
        columns.append(
            {
                "name": column.column,
                "unit": unit,
                "description": descriptions[column.column],
                "distance": f"{column.distance:.3f}",
                "significance": write_significance(column.significance).removeprefix("p = "),
                "stability_index": f"{column.stability_index:.3f}",
                "wasserstein": f"{column.wasserstein:.3g}",
                "median": median,
                "expected_median": expected,
                "alarms": [
                    s.time
                    for s in seen
                    if s.drift.condition == drift.condition
                    and any(alarm.column == column.column for alarm in s.drift.alarms)
                ],
                "words": tell_drift(column, unit, drift.n_events),
                "plot": plot_column(binning, column.column, unit, own_shares, counts),
            }
        )
    return {
        "name": drift.condition,
        "n_events": drift.n_events,
        "n_so_far": n_so_far,
        "full_at": shown.full_at,
        "gamma_share": drift.gamma_share,
        "columns": columns,
    }


def _tell_window(seen: SeenWindow, units: Mapping[str, str]) -> Content:
    drift = seen.drift
    return {
        "time": seen.time,
        "condition": drift.condition,
        "window": drift.window,
        "gamma_share": drift.gamma_share,
        "columns": [alarm.column for alarm in drift.alarms],
        "alarms": [
            tell_drift(alarm, units[alarm.column], drift.n_events) for alarm in drift.alarms
        ],
    }


def _count_windows(seen: Sequence[SeenWindow], false_alarm_rate: float) -> list[Content]:
    """Count windows of each length, those with an alarm, and how many chance would give."""
    counted = []
    for length in sorted({s.drift.window for s in seen}):
        own = [s for s in seen if s.drift.window == length]
        counted.append(
            {
                "window": length,
                "n": len(own),
                "n_alarms": sum(bool(s.drift.alarms) for s in own),
                "by_chance": f"{len(own) * false_alarm_rate:.2g}",
            }
        )
    return counted


def tabulate_power(power: Sequence[Mapping[str, Any]]) -> list[Content]:
    """Lay out the power of the monitor: a table for each mixture, a row for each fault.

    Parameters
    ----------
    power : rows of `showerforge.monitoring.power.measure_power`.
    """
    tables = []
    for mixture in dict.fromkeys(row["mixture"] for row in power):
        own = [row for row in power if row["mixture"] == mixture]
        lengths = sorted({row["n_events"] for row in own})
        found = {(row["fault"], row["n_events"]): row for row in own}
        rows = []
        for fault in dict.fromkeys(row["fault"] for row in own):
            cells = [found[fault, n] for n in lengths]
            rows.append(
                {
                    "fault": fault,
                    "because": cells[0]["because"],
                    "is_undisturbed": fault == UNDISTURBED,
                    "cells": [(c["n_alarms"] / c["n_streams"], c["n_alarms"]) for c in cells],
                    "n_streams": cells[0]["n_streams"],
                    "seen_within": _seen_within(cells),
                }
            )
        tables.append(
            {
                "mixture": mixture,
                "gamma_share": own[0]["gamma_share"],
                "lengths": lengths,
                "rows": sorted(rows, key=lambda row: not row["is_undisturbed"]),
            }
        )
    return tables


def _seen_within(cells: Sequence[Mapping[str, Any]]) -> int | None:
    """Find the fewest events from which on nearly all streams raise an alarm."""
    fewest = None
    for cell in reversed(cells):
        if cell["n_alarms"] < SURE * cell["n_streams"]:
            break
        fewest = int(cell["n_events"])
    return fewest
