"""The figures of the certificate show what was measured, with units and the right verdicts."""

import numpy as np
import pandas as pd
import pytest
from certificates import BETWEEN, FRESH, derive, judge_toys, real_tables
from matplotlib.colors import to_hex
from toys import hadrons_of, make_events

from showerforge.events.schema import HILLAS_COLUMNS, HILLAS_PARAMETERS
from showerforge.figures import certificate as figures
from showerforge.validation.certificate import Verdict
from showerforge.validation.dependence import compare_correlations
from showerforge.validation.marginals import compare_marginals

FOOTER = "toy events · seed 0"
LABELS = {column.name: column.label for column in HILLAS_COLUMNS}


def texts(figure):
    return [text.get_text() for text in figure.findobj(lambda o: hasattr(o, "get_text"))]


def text_of(figure):
    return " ".join(texts(figure))


def gate(judged, key):
    return next(g for g in judged.certificate.gates if g.key == key)


@pytest.fixture(scope="module")
def reference():
    return hadrons_of(real_tables()[1])


@pytest.fixture(scope="module")
def real():
    return hadrons_of(pd.concat(real_tables()))


def test_qq_panels_have_units_and_the_same_law_stays_in_the_band(real, reference):
    figure = figures.qq_panels(
        judge_toys()[FRESH].events, reference, real, HILLAS_PARAMETERS, LABELS, 50, 100, 0, FOOTER
    )
    assert FOOTER in text_of(figure)
    assert len(figure.axes) == 10
    inside = []
    for axes, column in zip(figure.axes, HILLAS_COLUMNS, strict=True):
        assert axes.get_title().startswith(f"{column.label}\nKS distance 0.")
        x, y = axes.lines[-1].get_data()
        assert np.corrcoef(x, y)[0, 1] > 0.99
        envelope = axes.collections[0].get_paths()[0]
        inside.append(envelope.contains_points(np.column_stack([x, y])).mean())
    assert np.mean(inside) > 0.6
    shifted = make_events(0, 900, seed=2).assign(fDist=lambda e: e["fDist"] + 100)
    figure = figures.qq_panels(shifted, reference, real, ["fDist"], {}, 50, 100, 0, FOOTER)
    axes = figure.axes[0]
    assert axes.get_title().startswith("fDist\nKS distance 0.4")
    points = np.column_stack(axes.lines[-1].get_data())
    assert not axes.collections[0].get_paths()[0].contains_points(points).any()


def test_ks_bars_tell_measured_from_derived_columns(reference):
    sample, other = (
        pd.concat([events[HILLAS_PARAMETERS], derive(events)], axis=1)
        for events in (judge_toys()[FRESH].events, reference)
    )
    marginals = compare_marginals(sample, other, list(sample))
    figure = figures.ks_bars(marginals, 0.07, (0.03, 0.05), LABELS, FOOTER)
    bars = {to_hex(c.patches[0].get_facecolor()): len(c) for c in figure.axes[0].containers}
    assert list(bars.values()) == [10, sample.shape[1] - 10]
    assert len(bars) == 2
    assert "limit 0.070" in text_of(figure)
    ticks = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert "fLength [mm]" in ticks
    assert "ellipticity" in ticks
    longest = marginals.loc[marginals["ks_distance"].idxmax(), "column"]
    assert ticks[-1] == LABELS.get(longest, longest)
    assert "limit" not in text_of(figures.ks_bars(marginals, None, None, LABELS, FOOTER))


def test_correlation_triple_shows_the_difference_on_its_own_scale(reference):
    pairs = compare_correlations(judge_toys()[FRESH].events, reference, HILLAS_PARAMETERS)
    figure = figures.correlation_triple(pairs, HILLAS_PARAMETERS, (0.05, 0.12), FOOTER)
    images = [axes.images[0] for axes in figure.axes[:3]]
    first, second, difference = (np.asarray(image.get_array()) for image in images)
    np.testing.assert_allclose(second - first, difference, atol=1e-12)
    assert images[0].get_clim() == (-1, 1)
    lowest, highest = images[2].get_clim()
    assert lowest == -highest
    assert highest == pytest.approx(max(np.abs(difference).max(), 0.12))
    assert "of real events: 0.05 to 0.12" in figure.axes[2].get_title()
    assert f"{np.abs(difference).max():.2f}" in figure.axes[2].get_title()
    figures.correlation_triple(pairs, HILLAS_PARAMETERS[:3], None, FOOTER)


def test_corner_has_units_and_contours_that_hold_the_named_shares(reference):
    columns = HILLAS_PARAMETERS[:5]
    sample = judge_toys()[FRESH].events
    figure = figures.corner(sample, reference, columns, LABELS, FOOTER)
    shown = [axes for axes in figure.axes if axes.get_visible()]
    assert len(shown) == 15
    assert [axes.get_xlabel() for axes in shown[-5:]] == [LABELS[name] for name in columns]
    assert LABELS["fConc"] in [axes.get_ylabel() for axes in shown]
    for patch in shown[0].patches:
        lengths = np.diff(patch.get_xy()[:, 0])
        assert np.isfinite(lengths).all()
    x, y = (np.linspace(0, 1, 41) for _ in range(2))
    uniform = pd.DataFrame(np.random.default_rng(0).random((50_000, 2)))
    smooth, levels = figures._density(uniform, x, y)
    shares = [smooth[smooth >= level].sum() / smooth.sum() for level in levels]
    np.testing.assert_allclose(shares, figures.CONTOURS, atol=0.01)


def test_contours_survive_a_table_of_few_values(reference):
    few = reference.assign(fAlpha=0.0).head(5)
    figures.corner(few, few, ["fAlpha", "fDist"], {}, FOOTER).savefig("/dev/null", format="png")


@pytest.mark.parametrize("name", [FRESH, BETWEEN])
def test_two_sample_test_repeats_the_values_of_the_gate(name):
    judged = judge_toys()[name]
    bands = {
        "raw": gate(judged, "two_sample_auc").band,
        "derived": gate(judged, "two_sample_auc_derived").band,
    }
    evidence = judged.evidence
    figure = figures.two_sample_test(evidence.two_sample, evidence.separating, bands, FOOTER)
    curves, scores, columns = figure.axes
    text = text_of(figure)
    for key, band in (("two_sample_auc", "raw"), ("two_sample_auc_derived", "derived")):
        assert f"AUC {gate(judged, key).value:.3f}" in text
        assert f"(real events: {bands[band][0]:.3f} to {bands[band][1]:.3f})" in text
    for line in curves.lines[1:]:
        assert line.get_xydata()[-1] == pytest.approx([1, 1])
    assert scores.get_ylabel() == "events"
    gains = [bar.get_width() for bar in columns.patches]
    assert gains == sorted(gains)
    assert len(gains) == figures.MOST_SEPARATING
    assert columns.get_xlabel().endswith("[%]")


def test_memorisation_tells_interpolated_from_fresh_events():
    medians = {}
    for name, judged in judge_toys().items():
        evidence = judged.evidence
        figure = figures.memorisation(evidence.distances, evidence.membership, FOOTER)
        nearest, attack = figure.axes
        assert nearest.get_xlabel().endswith("[normal scores]")
        assert (attack.get_xscale(), attack.get_xlim()[0]) == ("log", 1e-3)
        np.testing.assert_allclose(*attack.lines[0].get_data())
        assert f"AUC {gate(judged, 'membership_auc').value:.3f}" in text_of(figure)
        labels = [text for text in texts(figure) if text.startswith("synthetic to training")]
        medians[name] = float(labels[0].split("median ")[1].rstrip(")"))
    assert medians[BETWEEN] < 0.7 * medians[FRESH]


def test_utility_forest_says_what_is_better_and_draws_the_limit():
    judged = judge_toys()[BETWEEN]
    utility = pd.DataFrame(judged.certificate.utility)
    figure = figures.utility_forest(utility, -0.002, FOOTER)
    titles = {axes.get_title() for axes in figure.axes}
    assert "ROC-AUC\n(higher is better)" in titles
    assert "Brier score\n(lower is better)" in titles
    assert text_of(figure).count("limit −0.002") == 2
    rows = utility[utility["figure"] == "roc_auc"].iloc[::-1].reset_index(drop=True)
    drawn = [container.lines[0].get_xdata()[0] for container in figure.axes[0].containers]
    np.testing.assert_allclose(drawn, rows["change"])
    assert "limit" not in text_of(figures.utility_forest(utility, None, FOOTER))


@pytest.mark.parametrize(
    ("lower", "upper", "more_is_better", "colour"),
    [
        (0.1, 0.2, True, "GREEN"),
        (0.1, 0.2, False, "VERMILION"),
        (-0.2, -0.1, True, "VERMILION"),
        (-0.2, -0.1, False, "GREEN"),
        (-0.1, 0.1, True, "BLACK"),
    ],
)
def test_only_clear_changes_are_coloured(lower, upper, more_is_better, colour):
    drawn = figures._colour_of_change(lower, upper, more_is_better)
    assert drawn == getattr(figures.style, colour)


def cells(figure):
    """Value and colour of each cell by its row and column."""
    axes = figure.axes[0]
    colours = {
        (round(p.get_y() + 0.5), round(p.get_x() + 0.5)): to_hex(p.get_facecolor()).upper()
        for p in axes.patches
    }
    values = {
        (round(t.get_position()[1]), round(t.get_position()[0])): t.get_text() for t in axes.texts
    }
    rows = [label.get_text() for label in axes.get_yticklabels()]
    return rows, values, colours


def test_gate_chart_colours_failed_gates_as_failed():
    certificates = [judged.certificate.to_json() for judged in judge_toys().values()]
    figure = figures.gate_chart(certificates, FOOTER)
    rows, values, colours = cells(figure)
    assert len(rows) == len(certificates[0]["gates"]) + 1
    for column, certificate in enumerate(certificates):
        for own in certificate["gates"]:
            row = rows.index(figures._short(own))
            if own["verdict"] == Verdict.FAIL:
                assert colours[row, column] == figures.CELL_COLOURS[figures.FAIL]
            elif own["value"] is None:
                assert (values[row, column], colours[row, column]) == (
                    "–",
                    figures.CELL_COLOURS[figures.OPEN],
                )
            else:
                assert colours[row, column] == figures.CELL_COLOURS[f"pass, grade {own['grade']}"]
    last = len(rows) - 1
    assert [values[last, column] for column in range(4)] == ["PASS A", "FAIL", "REFUSED", "REFUSED"]


def test_gate_chart_shows_where_each_control_fails():
    certificate = judge_toys()[FRESH].certificate.to_json()
    rows, values, colours = cells(figures.gate_chart([certificate], FOOTER))
    red = figures.CELL_COLOURS[figures.FAIL]
    for column, control in enumerate(certificate["controls"], 1):
        failed = {
            rows[row][-2:] for (row, c), colour in colours.items() if c == column and colour == red
        } - {"ct"}
        assert set(control["must_fail"]) <= failed <= set(control["failed"])
    segments = rows.index("on a training segment  G6")
    assert values[segments, 1] == "1.000"


def test_a_control_that_passes_is_not_called_refused():
    certificate = judge_toys()[FRESH].certificate.to_json()
    certificate["controls"][0]["is_caught"] = False
    certificate["verdict"], certificate["grade"] = Verdict.VOID, ""
    text = text_of(figures.gate_chart([certificate], FOOTER))
    assert "NOT REFUSED" in text
    assert "VOID" in text


def test_without_events_the_figures_say_so():
    nothing = judge_toys()[FRESH].evidence
    empty = [getattr(nothing, name).head(0) for name in ("two_sample", "separating", "distances")]
    for figure in (
        figures.two_sample_test(empty[0], empty[1], {}, FOOTER),
        figures.memorisation(empty[2], nothing.membership.head(0), FOOTER),
        figures.utility_forest(pd.DataFrame(), None, FOOTER),
    ):
        assert "not enough events" in text_of(figure)
