import pandas as pd
import pytest

from showerforge.metrics.figures_of_merit import TABLE_FIGURES
from showerforge.release.points import figures_of, working_points_of


def sky(point, candidate="stack", threshold=0.7, gammas=0.6, hadrons=0.01):
    """Write rows of the table of operating points."""
    return pd.DataFrame(
        {
            "candidate": candidate,
            "operating_point": point,
            "threshold": threshold,
            "figure": ["gamma_efficiency", "hadron_efficiency", "purity"],
            "test": [gammas, hadrons, 0.1],
        }
    )


def test_working_points_of_one_candidate():
    table = pd.concat(
        [
            sky("best Q"),
            sky("loose", threshold=0.3, gammas=0.9, hadrons=0.2),
            sky("few hadrons", threshold=0.9, hadrons=None),
            sky("none found", threshold=None),
            sky("best Q", candidate="cuts", threshold=0.1),
        ]
    )
    points = working_points_of(table, "stack")
    assert list(points) == ["best Q", "loose", "few hadrons"]
    assert points["best Q"].threshold == 0.7
    assert (points["loose"].gamma_efficiency, points["loose"].hadron_efficiency) == (0.9, 0.2)
    assert points["few hadrons"].hadron_efficiency is None


def test_figures_with_their_intervals():
    table = pd.DataFrame(
        {
            "candidate": ["stack", "stack", "cuts"],
            "figure": [TABLE_FIGURES[0], "of no interest", TABLE_FIGURES[0]],
            "test": [0.9, 1.0, 0.5],
            "test_lower": [0.88, 1.0, 0.4],
            "test_upper": [0.92, 1.0, 0.6],
        }
    )
    figures = figures_of(table, "stack")
    assert list(figures) == [TABLE_FIGURES[0]]
    figure = figures[TABLE_FIGURES[0]]
    assert (figure.lower, figure.value, figure.upper) == pytest.approx((0.88, 0.9, 0.92))
