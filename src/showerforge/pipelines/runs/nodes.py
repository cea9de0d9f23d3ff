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
    from showerforge.report.runs import group_runs, tabulate_runs

    groups = group_runs(tracked_runs, runs)
    n_finished = sum(run["status"] == FINISHED for run in tracked_runs)
    footer = (
        f"showerforge {showerforge.__version__} · {len(tracked_runs)} runs, {n_finished} of them "
        "finished"
    )
    return page.render(
        {
            "title": "runs",
            "footer": footer,
            "note": "",
            "groups": [(group, tabulate_runs(group)) for group in groups],
            "images": {n: as_png(run_intervals(g, footer)) for n, g in enumerate(groups)},
        },
        "runs.html.j2",
    )
