"""Every figure: axes with units, the right curves, the provenance of the data."""

import numpy as np
import pandas as pd
import pytest

from showerforge.figures import separation, style
from showerforge.metrics.separation import Separation

FOOTER = "toy events · seed 0"
NAMES = ["lightgbm (real)", "stack (real)", "stack (real and synthetic)"]


ONCE = np.ones(3000)


@pytest.fixture(scope="module")
def scored():
    generator = np.random.default_rng(0)
    is_gamma = np.arange(3000) < 1800
    scores = {
        name: np.where(is_gamma, generator.beta(4, 2, 3000), generator.beta(2, 4, 3000))
        for name in NAMES
    }
    return pd.DataFrame(scores), is_gamma


def texts(figure):
    return " ".join(text.get_text() for text in figure.findobj(lambda o: hasattr(o, "get_text")))


def test_roc_curves_pass_through_the_reference_points(scored):
    scores, is_gamma = scored
    figure = separation.roc_curves(scores, is_gamma, ONCE, FOOTER)
    linear, log = figure.axes
    assert (linear.get_xscale(), log.get_xscale()) == ("linear", "log")
    assert (linear.get_xlabel(), linear.get_ylabel()) == ("hadron efficiency", "gamma efficiency")
    curve = Separation.unweighted(is_gamma, scores["stack (real)"].to_numpy())
    points = log.lines[1].get_xydata()
    np.testing.assert_allclose(points[:, 0], [0.01, 0.02, 0.05, 0.1, 0.2])
    np.testing.assert_allclose(points[:, 1], [curve.acceptance(b)[0] for b in points[:, 0]])
    assert FOOTER in texts(figure)
    assert f"{curve.roc_auc()[0]:.4f}" in texts(figure)


def test_interactive_curves_are_thinned_but_whole(scored):
    scores, is_gamma = scored
    for draw, last in (
        (separation.interactive_roc_curves, 1.0),
        (separation.interactive_precision_recall_curves, 0.6),
    ):
        figure = draw(scores, is_gamma, ONCE, FOOTER)
        assert len(figure.data) == 3
        assert all(len(trace.x) <= separation.MAXIMUM_POINTS for trace in figure.data)
        assert figure.data[0].y[-1] == pytest.approx(last)
        assert any(FOOTER in annotation.text for annotation in figure.layout.annotations)
        assert figure.layout.xaxis.title.text


def test_calibration_of_calibrated_scores_is_the_diagonal():
    generator = np.random.default_rng(0)
    gammaness = generator.random(60_000)
    is_gamma = generator.random(60_000) < gammaness
    figure = separation.calibration_curves(
        pd.DataFrame({"stack (real)": gammaness}), is_gamma, np.ones(60_000), FOOTER
    )
    x, y = figure.axes[0].lines[1].get_data()
    np.testing.assert_allclose(x, y, atol=0.03)


def test_score_distributions_hold_all_events_and_the_cut(scored):
    scores, is_gamma = scored
    thresholds = dict.fromkeys(NAMES, 0.7)
    figure = separation.score_distributions(scores, is_gamma, ONCE, thresholds, FOOTER)
    first = figure.axes[0]
    assert first.get_xlabel() == "gammaness"
    assert sum(patch.get_height() for patch in first.patches[:40]) == 1800
    assert 0.7 in first.lines[0].get_xdata()
    interactive = separation.interactive_score_distributions(
        scores, is_gamma, ONCE, NAMES[0], 0.7, FOOTER
    )
    assert {trace.name for trace in interactive.data} == {"gamma", "hadron"}


def test_precision_at_full_recall_is_the_mixture(scored):
    figure = separation.precision_recall_curves(*scored, ONCE, FOOTER)
    gammas, hadrons = figure.axes
    assert gammas.lines[0].get_ydata()[-1] == pytest.approx(0.6)
    assert hadrons.lines[0].get_ydata()[-1] == pytest.approx(0.4)


def test_paired_changes_draw_both_intervals():
    rows = [
        {
            "candidate": f"{model} (real and synthetic)",
            "figure": figure,
            **{f"{kind}{end}": value for kind in ("folds", "test") for end, value in ENDS.items()},
        }
        for figure in ("roc_auc", "loacc")
        for model in ("stack", "lightgbm")
    ]
    figure = separation.paired_changes(
        pd.DataFrame(rows), {"roc_auc": "ROC-AUC", "loacc": "loacc"}, FOOTER
    )
    assert [axes.get_title() for axes in figure.axes] == ["change of ROC-AUC", "change of loacc"]
    assert "Nadeau" not in texts(figure)
    assert "paired bootstrap" in texts(figure)


ENDS = {"": -0.01, "_lower": -0.02, "_upper": 0.005}


def test_candidates_are_named_and_ordered():
    assert style.label_of("stack (real and synthetic)") == "stack, real and synthetic"
    assert sorted(NAMES, key=style.sort_key) == [NAMES[1], NAMES[2], NAMES[0]]
    lines = {style.line_style(name) for name in NAMES}
    assert lines == {"-", "--"}
    assert style.plotly_dash("lightgbm (real, without fConc1)") == "dot"
