"""Figures of when synthetic data help."""

import numpy as np
import pandas as pd
import pytest

from showerforge.figures.scarcity import changes_by_budget, interactive_changes_by_budget

FOOTER = "toy events · seed 0"


@pytest.fixture(scope="module")
def changes():
    places = [
        (learner, treatment, n)
        for learner in ("LightGBM", "ensemble")
        for treatment in ("class weights", "SMOTE", "mixture")
        for n in (50, 300, 4000)
    ]
    table = pd.DataFrame(places, columns=["learner", "treatment", "n_hadrons"])
    table = table.assign(value=0.9, change=0.01, n_repeats=5, answer="better")
    table["lower"], table["upper"] = 0.004, 0.02
    table["budget"] = table["n_hadrons"].where(table["n_hadrons"] < 4000, 4000)
    table["remark"] = np.where(table["n_hadrons"] == 4000, "the same hadrons", None)
    gap = (table["treatment"] == "SMOTE") & (table["n_hadrons"] == 50)
    table.loc[gap, ["change", "lower", "upper"]] = np.nan
    return table


def test_a_panel_for_each_learner_a_line_for_each_treatment(changes):
    figure = changes_by_budget(changes, 0.95, FOOTER)
    assert [axes.get_title() for axes in figure.axes] == ["LightGBM", "ensemble"]
    for axes in figure.axes:
        assert axes.get_xscale() == "log"
        assert axes.get_xlabel() == "hadrons in training"
        assert [label.get_text() for label in axes.get_xticklabels()] == ["50", "300", "4,000"]
        lines = {bar.get_label(): bar.lines[0].get_xydata() for bar in axes.containers}
        assert list(lines) == ["class weights", "SMOTE", "mixture"]
        assert len(lines["SMOTE"]) == 2
        assert lines["class weights"][0, 0] == pytest.approx(50, rel=0.05)
        colours = {bar.lines[0].get_color() for bar in axes.containers}
        assert len(colours) == 3
    assert "95 % interval" in figure.axes[0].get_ylabel()
    assert FOOTER in figure._supxlabel.get_text()


def test_bars_are_the_intervals_and_hollow_points_have_a_remark(changes):
    axes = changes_by_budget(changes, 0.95, FOOTER).axes[0]
    ends = axes.containers[0].lines[2][0].get_segments()[0][:, 1]
    assert ends == pytest.approx([0.004, 0.02])
    hollow = [line for line in axes.lines if line.get_markerfacecolor() == "white"]
    assert [len(line.get_xdata()) for line in hollow] == [1, 1, 1]


def test_interactive_figure_shows_the_same(changes):
    figure = interactive_changes_by_budget(changes, 0.95, FOOTER)
    assert [trace.name for trace in figure.data] == 2 * ["class weights", "SMOTE", "mixture"]
    assert len(figure.data[1].x) == 2
    assert figure.data[0].error_y.array[0] == pytest.approx(0.01)
    assert figure.data[0].error_y.arrayminus[0] == pytest.approx(0.006)
    assert any(FOOTER in annotation.text for annotation in figure.layout.annotations)
