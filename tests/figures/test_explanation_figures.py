"""Figures of what a classifier looks at: units, order, all events."""

import numpy as np
import pandas as pd
import pytest
from toys import make_events

from showerforge.figures import explanation

FOOTER = "toy events · seed 0"
LABELS = {"fAlpha": "fAlpha [deg]", "fDist": "fDist [mm]"}


def texts(figure):
    return " ".join(text.get_text() for text in figure.findobj(lambda o: hasattr(o, "get_text")))


def test_importance_shows_units_and_the_most_important_on_top():
    table = pd.DataFrame(
        {
            "parameter": ["fAlpha", "fDist"],
            "importance": [0.1, 0.02],
            "lower": [0.08, 0.01],
            "upper": [0.13, 0.03],
        }
    )
    figure = explanation.parameter_importance(table, LABELS, FOOTER)
    axes = figure.axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["fDist [mm]", "fAlpha [deg]"]
    (lines,) = axes.collections
    ends = [segment[:, 0] for segment in lines.get_segments()]
    np.testing.assert_allclose(ends, [[0.01, 0.03], [0.08, 0.13]])
    assert FOOTER in texts(figure)


@pytest.fixture
def shapley():
    generator = np.random.default_rng(0)
    values = pd.DataFrame(
        {
            "parameter": np.tile(["fDist", "fAlpha"], 150),
            "value": generator.uniform(0, 90, 300),
            "shapley_value": generator.normal(size=300),
        }
    )
    summary = pd.DataFrame(
        {
            "parameter": ["fAlpha", "fDist"],
            "mean_absolute": [1.0, 0.5],
            "lower": [0.9, 0.4],
            "upper": [1.1, 0.6],
        }
    )
    return values, summary


def test_every_event_is_a_dot_in_the_row_of_its_parameter(shapley):
    values, summary = shapley
    figure = explanation.shapley_summary(values, summary, LABELS, FOOTER)
    swarms = figure.axes[0]
    assert [text.get_text() for text in swarms.get_yticklabels()] == ["fDist [mm]", "fAlpha [deg]"]
    for height, (name, points) in enumerate(
        zip(("fDist", "fAlpha"), swarms.collections, strict=True)
    ):
        own = values[values["parameter"] == name]
        np.testing.assert_allclose(points.get_offsets()[:, 0], own["shapley_value"])
        np.testing.assert_allclose(points.get_offsets()[:, 1], height, atol=0.45)
        np.testing.assert_allclose(points.get_array(), own["value"].rank(pct=True))
    assert "log-odds" in swarms.get_xlabel()
    assert "highest" in texts(figure)


def test_dots_are_spread_where_they_are_dense():
    values = np.r_[np.zeros(50), np.linspace(1, 3, 5)]
    offsets = explanation._swarm(values)
    assert np.ptp(offsets[:50]) == pytest.approx(2 * explanation.SWARM_HALF_WIDTH, rel=0.05)
    assert len(np.unique(offsets[:50])) == 50
    np.testing.assert_array_equal(offsets[50:], 0)


def test_partial_dependence_has_a_panel_with_unit_and_deciles_for_each_parameter():
    rows = pd.DataFrame(
        {
            "parameter": np.repeat(["fAlpha", "fDist"], 3),
            "value": [0.0, 45, 90, 0, 200, 400],
            "gammaness": [0.9, 0.5, 0.2, 0.5, 0.5, 0.5],
            "lower_quartile": 0.1,
            "upper_quartile": 0.95,
            "valid_share": 1.0,
        }
    )
    events = make_events(100, 80)
    figure = explanation.partial_dependence(rows, events, LABELS, FOOTER)
    shown = [axes for axes in figure.axes if axes.get_visible()]
    assert [axes.get_xlabel() for axes in shown] == ["fAlpha [deg]", "fDist [mm]"]
    mean, _, gammas, hadrons = shown[0].lines
    np.testing.assert_allclose(mean.get_ydata(), [0.9, 0.5, 0.2])
    of_gammas = events.loc[events["particle"] == "gamma", "fAlpha"]
    assert gammas.get_xdata()[4] == pytest.approx(of_gammas.median())
    assert len(hadrons.get_xdata()) == 9
    assert shown[0].get_ylabel() == "gammaness"
    assert "middle half of the events" in texts(figure)
