"""Nodes of the comparison of runs."""

from __future__ import annotations

from typing import Any

import showerforge
from showerforge.report.runs import FINISHED, RunsSettings


def write_runs_page(tracked_runs: list[dict[str, Any]], runs: RunsSettings) -> str:
    """Write one page on all runs that can be compared.

    Parameters
    ----------
    tracked_runs : see `showerforge.datasets.tracking.TrackedRunsDataset`.
    runs : parameters.

    Returns
    -------
    runs_page : HTML.
    """
    from showerforge.figures.runs import run_intervals
    from showerforge.figures.style import as_png
    from showerforge.report import page
    from showerforge.report.runs import group_runs, interval_of

    groups = group_runs(tracked_runs, runs)
    n_finished = sum(run["status"] == FINISHED for run in tracked_runs)
    footer = (
        f"showerforge {showerforge.__version__} · {len(tracked_runs)} runs, {n_finished} of them "
        "finished"
    )
    rows = [
        [
            {
                **run,
                "commit": run["tags"].get("git_commit", "")[:8],
                "is_dirty": run["tags"].get("git_dirty") == "true",
                "cells": [
                    page.format_interval(*interval) if interval else "–"
                    for interval in (interval_of(run, metric) for metric in group.metrics)
                ],
            }
            for run in group.runs
        ]
        for group in groups
    ]
    return page.render(
        {
            "title": "runs",
            "footer": footer,
            "note": "",
            "groups": list(zip(groups, rows, strict=True)),
            "images": {n: as_png(run_intervals(g, footer)) for n, g in enumerate(groups)},
        },
        "runs.html.j2",
    )
