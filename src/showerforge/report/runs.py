"""Runs of the same pipeline on the same data, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from itertools import groupby
from typing import Any

from pydantic import Field

from showerforge.blocks import Block

#: tags that say of which data a run was; runs of others are not compared with it
DATA_TAGS = ("data_file", "data_sha256", "data_source", "detector")
FINISHED = "FINISHED"
#: of a commit
COMMIT_DIGITS = 8


class RunsSettings(Block):
    """Which runs are compared, and by what."""

    latest: int = Field(ge=2, description="runs of each pipeline on each data that are shown")
    metrics: list[str] = Field(
        min_length=1,
        description="names of metrics with intervals, or patterns such as *.roc_auc",
    )


@dataclass(frozen=True)
class Group:
    """Runs of one pipeline in one environment on the same data, the latest first.

    Attributes
    ----------
    pipeline, environment : that ran.
    data : what they ran on, such as "magic04.data e9314b7e".
    runs : see `showerforge.datasets.tracking.TrackedRunsDataset`.
    n_older : how many older ones are not shown.
    metrics : names of those that all figures are of.
    differing : for each parameter that is not the same in all of them, its value in each; None in
        one that has it not.
    """

    pipeline: str
    environment: str
    data: str
    runs: Sequence[Mapping[str, Any]]
    n_older: int
    metrics: Sequence[str]
    differing: Mapping[str, Sequence[str | None]]


def group_runs(runs: Sequence[Mapping[str, Any]], settings: RunsSettings) -> list[Group]:
    """Put runs together that can be compared.

    Parameters
    ----------
    runs : all of a store, the latest first.
    settings : which are shown.

    Returns
    -------
    groups : those of runs that are finished and have a metric with an interval, that with the
        latest run first.
    """
    judged = [
        run for run in runs if run["status"] == FINISHED and _chosen_metrics(run, settings.metrics)
    ]
    keys = list(dict.fromkeys(map(_key_of, judged)))
    by_key = sorted(judged, key=lambda run: keys.index(_key_of(run)))
    return [_make_group(key, list(members), settings) for key, members in groupby(by_key, _key_of)]


def _key_of(run: Mapping[str, Any]) -> tuple[str, str, str]:
    tags = run["tags"]
    data = [
        tags[tag][:12] if tag.endswith("sha256") else tags[tag] for tag in DATA_TAGS if tag in tags
    ]
    pipeline = "magic" if run["pipeline"] == "__default__" else run["pipeline"]
    return pipeline, tags.get("env") or "local", " ".join(data)


def _make_group(
    key: tuple[str, str, str], members: list[Mapping[str, Any]], settings: RunsSettings
) -> Group:
    shown = members[: settings.latest]
    metrics = [name for run in shown for name in _chosen_metrics(run, settings.metrics)]
    names = sorted({name for run in shown for name in run["parameters"]})
    values = {name: [run["parameters"].get(name) for run in shown] for name in names}
    return Group(
        *key,
        runs=shown,
        n_older=len(members) - len(shown),
        metrics=list(dict.fromkeys(metrics)),
        differing={name: own for name, own in values.items() if len(set(own)) > 1},
    )


def _chosen_metrics(run: Mapping[str, Any], patterns: Sequence[str]) -> list[str]:
    """List the metrics of a run that have an interval, in the order of the patterns."""
    metrics = run["metrics"]
    with_interval = [name for name in metrics if f"{name}.lower" in metrics]
    return [
        name for pattern in patterns for name in sorted(with_interval) if fnmatch(name, pattern)
    ]


def tabulate_runs(group: Group) -> list[dict[str, Any]]:
    """Lay out the runs of a group.

    Returns
    -------
    rows : each run with ``commit``, ``is_dirty`` and ``cells``, its metrics with intervals.
    """
    from showerforge.report.page import format_interval

    return [
        {
            **run,
            "commit": run["tags"].get("git_commit", "")[:COMMIT_DIGITS],
            "is_dirty": run["tags"].get("git_dirty") == "true",
            "cells": [
                format_interval(*interval) if interval else "–"
                for interval in (interval_of(run, metric) for metric in group.metrics)
            ],
        }
        for run in group.runs
    ]


def interval_of(run: Mapping[str, Any], metric: str) -> tuple[float, float, float] | None:
    """Take value, lower and upper end of a metric; None if the run has it not."""
    metrics = run["metrics"]
    if f"{metric}.lower" not in metrics:
        return None
    return metrics[metric], metrics[f"{metric}.lower"], metrics[f"{metric}.upper"]
