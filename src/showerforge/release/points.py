"""What the stage modelling has measured, as a manifest tells it."""

from __future__ import annotations

import pandas as pd

from showerforge.metrics.figures_of_merit import TABLE_FIGURES
from showerforge.serving.manifest import Figure, WorkingPoint


def working_points_of(sky: pd.DataFrame, candidate: str) -> dict[str, WorkingPoint]:
    """Take the working points of a candidate.

    Parameters
    ----------
    sky : table of `showerforge.classifiers.operating_points.judge_operating_points`.
    candidate : its name.
    """
    own = sky[(sky["candidate"] == candidate) & sky["threshold"].notna()]
    points = {}
    for name, rows in own.groupby("operating_point", sort=False):
        figures = rows.drop_duplicates("figure").set_index("figure")["test"]
        hadrons = figures["hadron_efficiency"]
        points[str(name)] = WorkingPoint(
            threshold=float(rows["threshold"].iloc[0]),
            gamma_efficiency=float(figures["gamma_efficiency"]),
            hadron_efficiency=None if pd.isna(hadrons) else float(hadrons),
            about="chosen on out-of-fold scores, efficiencies of test events",
        )
    return points


def figures_of(figures: pd.DataFrame, candidate: str) -> dict[str, Figure]:
    """Take the figures of merit of a candidate, on test events with their intervals."""
    own = figures[figures["candidate"] == candidate].set_index("figure")
    return {
        name: Figure(
            value=float(own.loc[name, "test"]),
            lower=float(own.loc[name, "test_lower"]),
            upper=float(own.loc[name, "test_upper"]),
        )
        for name in TABLE_FIGURES
        if name in own.index
    }
