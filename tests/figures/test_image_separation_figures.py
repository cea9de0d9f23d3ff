"""Figures of classifiers of images: all are drawn, and what is drawn is what was measured."""

import numpy as np
import pytest
from matplotlib.colors import to_hex
from toys import footer_of, make_comparisons, make_scored_images

from showerforge.classifiers.classes import ELECTRON_PHOTON, GAMMA_HADRON
from showerforge.figures.contenders import KINDS, choose_looks
from showerforge.figures.forest import quality_forest
from showerforge.figures.image_separation import (
    interactive_roc_curves,
    quality_curves,
    roc_curves,
)
from showerforge.figures.scores import confusion_matrices, score_distributions
from showerforge.metrics.separation import Separation

FOOTER = "toy events · seed 0"
MINIMUM = 30


@pytest.fixture(scope="module")
def scored():
    return make_scored_images(600, 500)


def labels_of(axes):
    return {line.get_label() for line in axes.lines if not line.get_label().startswith("_")}


def test_no_two_classifiers_look_alike(scored):
    looks = choose_looks(scored[2])
    assert list(looks) == list(scored[2]["classifier"])
    assert len({(look.colour, look.marker) for look in looks.values()}) == len(looks)
    assert len({look.colour for look in looks.values()}) == len(looks)
    for row in scored[2].itertuples():
        assert looks[row.classifier].is_dashed == row.is_blind


def test_the_first_of_a_kind_has_its_darkest_colour(scored):
    looks = choose_looks(scored[2])
    firsts = scored[2].drop_duplicates("kind")
    assert [looks[row.classifier].colour for row in firsts.itertuples()] == [
        to_hex(KINDS[kind][0]) for kind in firsts["kind"]
    ]


def test_roc_curves_are_those_of_the_scores_and_the_blind_are_dashed(scored):
    scores, is_signal, separation = scored
    figure = roc_curves(scores, is_signal, separation, FOOTER)
    axes = figure.axes[0]
    curves = [line for line in axes.lines if len(line.get_xdata()) > 1]
    points = [line for line in axes.lines if len(line.get_xdata()) == 1]
    by_label = {line.get_label(): line for line in points}
    for curve, point in zip(curves, points, strict=True):
        assert curve.get_color() == point.get_color()
    for row in separation.itertuples():
        point = by_label[f"{row.label}: {row.roc_auc:.4f}"]
        assert point.get_xydata()[0] == pytest.approx([row.hadron_efficiency, row.gamma_efficiency])
        (curve,) = [line for line in curves if line.get_color() == point.get_color()]
        area = np.trapezoid(curve.get_ydata(), curve.get_xdata())
        truth = Separation.unweighted(is_signal, scores[row.classifier].to_numpy()).roc_auc()[0]
        assert area == pytest.approx(truth, abs=1e-3)
        assert (curve.get_linestyle() == "--") == row.is_blind
    assert len(figure.legends[0].get_texts()) == len(separation)
    assert "blind" in figure.legends[0].get_title().get_text()
    assert FOOTER in footer_of(figure)


def test_words_are_those_of_the_classes(scored):
    scores, is_signal, separation = scored
    seeing = separation.assign(is_blind=False)
    figure = roc_curves(scores, is_signal, seeing, FOOTER, ELECTRON_PHOTON)
    assert figure.axes[0].get_xlabel() == "photon efficiency"
    assert figure.axes[0].get_ylabel() == "electron efficiency"
    assert "blind" not in figure.legends[0].get_title().get_text()
    text = interactive_roc_curves(scores, is_signal, seeing, FOOTER, ELECTRON_PHOTON).to_json()
    assert "electron score" in text
    assert not any(word in text for word in ("gammas", "hadrons", "gammaness", "dashed"))


def test_interactive_roc_curves_show_the_same(scored):
    figure = interactive_roc_curves(*scored, FOOTER)
    lines = [trace for trace in figure.data if trace.mode == "lines"]
    dashes = {trace.legendgroup: trace.line.dash for trace in lines}
    assert dashes == {
        row.classifier: "dash" if row.is_blind else "solid" for row in scored[2].itertuples()
    }
    assert any(FOOTER in annotation.text for annotation in figure.layout.annotations)


def test_quality_is_dotted_where_few_are_left_and_marked_at_the_cut(scored):
    scores, is_signal, separation = scored
    row = separation.iloc[6]
    figure = quality_curves(scores, is_signal, separation.iloc[[6]], GAMMA_HADRON, FOOTER, MINIMUM)
    sure, noise, cut = figure.axes[0].lines
    score = scores[row["classifier"]].to_numpy()
    for line, is_sure in ((sure, True), (noise, False)):
        drawn = np.isfinite(line.get_ydata())
        for threshold, q in line.get_xydata()[drawn]:
            left = np.sum(score[~is_signal] >= threshold)
            assert (left >= MINIMUM) == is_sure
            kept = np.mean(score[is_signal] >= threshold)
            assert q == pytest.approx(kept / np.sqrt(left / np.sum(~is_signal)))
        assert drawn.any()
    assert (sure.get_linestyle(), noise.get_linestyle()) == ("-", ":")
    assert cut.get_xydata()[0] == pytest.approx([row["threshold"], row["quality_factor"]])
    assert FOOTER in footer_of(figure)


def test_an_infinite_quality_factor_does_not_stretch_the_axis(scored):
    scores, is_signal, separation = scored
    changed = separation.copy()
    changed.loc[2, ["quality_factor", "quality_factor_upper"]] = np.inf
    figure = quality_curves(scores, is_signal, changed, GAMMA_HADRON, FOOTER)
    finite = separation["quality_factor"].replace(np.inf, 0)
    assert figure.axes[0].get_ylim()[1] < 5 * finite.max()
    assert FOOTER in footer_of(figure)
    assert FOOTER in footer_of(quality_forest(changed, NOTHING, GAMMA_HADRON, 0.9, FOOTER))


def test_distributions_count_all_events_of_both_classes(scored):
    scores, is_signal, separation = scored
    figure = score_distributions(scores, is_signal, separation, ELECTRON_PHOTON, FOOTER)
    panels = [axes for axes in figure.axes if axes.get_visible()]
    titles = {axes.get_title().replace("\n", " ") for axes in panels}
    assert titles == set(separation["label"])
    for axes in panels:
        signal = axes.containers[0]
        assert sum(bar.get_height() for bar in signal) == 600
        assert axes.get_xlabel() == "electron score"
    assert FOOTER in footer_of(figure)


def test_confusion_counts_what_is_kept_at_the_threshold(scored):
    scores, is_signal, separation = scored
    row = separation.iloc[5]
    figure = confusion_matrices(scores, is_signal, separation.iloc[[5]], GAMMA_HADRON, FOOTER)
    (axes,) = [axes for axes in figure.axes if axes.get_visible()]
    texts = [text.get_text() for text in axes.texts]
    assert texts[0] == f"{round(600 * row['gamma_efficiency']):,}\n60.0 %"
    assert texts[2].startswith(f"{row['surviving_hadrons']}\n")
    counts = np.array([int(text.split("\n")[0]) for text in texts]).reshape(2, 2)
    assert counts.sum(axis=1).tolist() == [600, 500]
    assert FOOTER in footer_of(figure)


NOTHING = make_comparisons([("resnet", "lenet5", "roc_auc", 0.1)])


def test_the_forest_has_a_line_for_each_classifier_and_each_change_of_q(scored):
    changes = [
        ("resnet", "lightgbm", -0.2),
        ("combination", "lightgbm", 0.2),
        ("combination", "resnet", np.nan),
    ]
    comparisons = make_comparisons(
        [(first, second, "quality_factor", change) for first, second, change in changes]
        + [("resnet", "lightgbm", "roc_auc", 0.2)]
    )
    figure = quality_forest(scored[2], comparisons, GAMMA_HADRON, 0.9, FOOTER)
    left, right = figure.axes
    assert {text.get_text() for text in left.get_yticklabels()} == set(scored[2]["label"])
    values = sorted(container.lines[0].get_xdata()[0] for container in left.containers)
    assert values == pytest.approx(sorted(scored[2]["quality_factor"]))
    assert left.get_xscale() == "log"
    assert [container.lines[0].get_xdata()[0] for container in right.containers] == [-0.2, 0.2]
    assert [text.get_text().strip() for text in right.texts] == ["not defined"]
    assert "90%" in left.get_xlabel()
    assert FOOTER in footer_of(figure)


def test_a_forest_without_changes_is_drawn(scored):
    figure = quality_forest(scored[2], NOTHING, GAMMA_HADRON, 0.9, FOOTER)
    assert not figure.axes[1].containers
    assert FOOTER in footer_of(figure)
