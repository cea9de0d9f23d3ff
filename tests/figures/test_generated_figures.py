"""Figures of generated images show what they say."""

import numpy as np
import pandas as pd
import pytest
from image_sets import CAMERA, make_set
from scipy.stats import ks_2samp

from showerforge.cameras.columns import IMAGE_COLUMNS
from showerforge.figures import generated_distributions as distributions
from showerforge.figures import generated_images as images
from showerforge.generators.images.detectors import CAMERA_CONDITIONS
from showerforge.validation.images.conditions import follow_sizes
from showerforge.validation.images.parameters import band_of_parameters, compare_parameters
from showerforge.validation.images.resampling import Resampling
from showerforge.validation.images.tables import tabulate

FOOTER = "toy images · seed 0"
COLUMNS = [column for column in IMAGE_COLUMNS if column.name in ("size", "length", "n_pixels")]
NAMES = [column.name for column in COLUMNS]


def text_of(figure):
    return " ".join(t.get_text() for t in figure.findobj(lambda o: hasattr(o, "get_text")))


@pytest.fixture(scope="module")
def reference():
    return make_set(600, 2)


@pytest.fixture(scope="module")
def sets():
    return {"good": make_set(400, 3, "good"), "wide spots": make_set(400, 4, "wide", width=0.5)}


def test_the_same_quantiles_of_the_size_stand_below_each_other(reference, sets):
    quantiles = [0.1, 0.5, 0.9]
    figure = images.side_by_side(CAMERA, {"test": reference, **sets}, quantiles, FOOTER)
    panels = [axes for axes in figure.axes if axes.get_title()]
    assert len(panels) == 9
    for row, each in enumerate((reference, *sets.values())):
        sizes = each.table["size"].quantile(quantiles, interpolation="nearest")
        for axes, size in zip(panels[3 * row :], sizes, strict=False):
            assert axes.get_title().startswith(f"{size:,.0f} p.e.\nof ")
            drawn = axes.collections[0].get_array().compressed()
            assert drawn.sum() == pytest.approx(size, rel=1e-5)
            assert (drawn > 0).all()
    for column in range(3):
        assert len({axes.collections[0].get_clim() for axes in panels[column::3]}) == 1
    assert FOOTER in text_of(figure)
    assert "quantile 0.5 of the size" in text_of(figure)


def test_images_that_cannot_be_measured_are_not_shown():
    size = pd.Series([np.nan, 30.0, 10.0, np.nan, 20.0])
    assert images.rows_at_quantiles(size, [0, 0.5, 1]).tolist() == [2, 4, 1]


def test_steps_have_a_row_for_each_condition_with_its_unit(reference):
    values = [1.0, 10.0, 100.0]
    steps = [(column, values, reference.charges[:3]) for column in CAMERA_CONDITIONS]
    figure = images.condition_steps(CAMERA, steps, "a generator", FOOTER)
    titles = [axes.get_title() for axes in figure.axes if axes.get_title()]
    size = reference.charges[1].sum()
    assert titles[1::3] == [
        f"{name}\n{size:,.0f} p.e. obtained"
        for name in ("true_energy 10 TeV", "impact 10 m", "size 10 p.e.")
    ]
    assert "a generator" in text_of(figure)
    assert text_of(figure).count("charge [p.e.]") == 3


def test_occupancy_maps_show_shares_and_differences(reference, sets):
    figure = images.occupancy_maps(CAMERA, {"test": reference, **sets}, FOOTER)
    shares = [100 * (each.charges > 0).mean(axis=0) for each in (reference, *sets.values())]
    for number, share in enumerate(shares):
        above, below = figure.axes[number], figure.axes[number + 3]
        np.testing.assert_allclose(above.collections[0].get_array(), share)
        np.testing.assert_allclose(below.collections[0].get_array(), share - shares[0])
    assert f"largest difference {np.abs(shares[2] - shares[0]).max():.2f} %" in text_of(figure)


def test_qq_points_of_another_law_leave_the_band(reference, sets):
    tables = {label: each.table for label, each in sets.items()}
    real = pd.concat([reference.table, make_set(900, 1).table])
    figure = distributions.qq_of_generators(
        tables, reference.table, real, COLUMNS, 40, 100, 0, FOOTER
    )
    axes = next(axes for axes in figure.axes if axes.get_title() == "length [deg]")
    band = axes.collections[0].get_paths()[0]
    inside = {
        line.get_label(): band.contains_points(line.get_xydata(), radius=1e-3).mean()
        for line in axes.lines[:2]
    }
    assert inside["good"] > 0.7
    assert inside["wide spots"] < 0.2
    # a legend takes the panel after the last parameter
    assert figure.axes[len(COLUMNS)].get_legend() is not None


def test_ks_distances_are_those_of_scipy_and_the_worst_parameter_is_on_top(reference, sets):
    distances = {
        label: compare_parameters(each.table, reference.table, NAMES)
        for label, each in sets.items()
    }
    real = pd.concat([reference.table, make_set(900, 1).table])
    band = band_of_parameters(real, 400, 600, NAMES, 40, 0)
    figure = distributions.ks_of_generators(
        distances, band, {column.name: column.label for column in COLUMNS}, FOOTER
    )
    axes = figure.axes[0]
    ticks = [label.get_text() for label in axes.get_yticklabels()]
    assert set(ticks) == {column.label for column in COLUMNS}
    expected = ks_2samp(sets["wide spots"].table["length"], reference.table["length"]).statistic
    wide = next(line for line in axes.lines if line.get_label() == "wide spots")
    place = ticks.index("length [deg]")
    assert wide.get_xdata()[place] == pytest.approx(expected)
    assert wide.get_xdata()[-1] == max(wide.get_xdata())
    ends = band.set_index("column")
    assert ends.loc["length", "upper"] < expected
    good = distances["good"].set_index("column")["ks_distance"]
    assert (good < 1.3 * ends["upper"]).all()


def test_sizes_stand_against_requested_ones_with_their_errors(sets):
    rows = [
        tabulate(each.generator, "gamma", follow_sizes(each, Resampling(20)), len(each))
        for each in sets.values()
    ]
    measured = pd.concat(rows)
    figure = distributions.requested_sizes(sets, measured, "gamma", FOOTER)
    words = text_of(figure)
    for value in measured.loc[measured["metric"] == "size_error_mean", "value"]:
        assert f"mean error {value:.3f}" in words
    panel = figure.axes[0]
    assert panel.get_xlabel() == "requested size [p.e.]"
    counted = np.nansum(np.ma.filled(panel.collections[0].get_array(), np.nan))
    assert counted == len(sets["good"])


def test_scores_are_shares_with_their_means(sets):
    generator = np.random.default_rng(0)
    scores = {
        particle: {label: generator.random(200) for label in sets}
        for particle in ("gamma", "hadron")
    }
    reference = {particle: generator.random(300) for particle in scores}
    figure = distributions.gammaness_distributions(scores, reference, 0.7, FOOTER)
    assert len(figure.axes) == 2
    axes = figure.axes[1]
    assert axes.get_title().startswith("hadrons")
    # the area of what is drawn filled, in bins
    x, y = axes.patches[0].get_xy().T
    area = 0.5 * abs(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)))
    assert area * distributions.N_BINS == pytest.approx(1)
    legend = [text.get_text() for text in axes.get_legend().get_texts()]
    assert f"good ({scores['hadron']['good'].mean():.3f})" in legend
    assert "working point" in legend


def test_spectra_hold_all_lit_pixels(reference, sets):
    figure = distributions.pixel_spectra(sets, reference, FOOTER)
    charge, number = figure.axes
    assert charge.get_xscale() == charge.get_yscale() == "log"
    label = f"test Monte Carlo ({(reference.charges > 0).sum(axis=1).mean():.3f})"
    assert label in [text.get_text() for text in number.get_legend().get_texts()]
    filled = charge.patches[0].get_xy()
    assert filled[:, 0].min() == pytest.approx(
        min(each.charges[each.charges > 0].min() for each in (reference, *sets.values()))
    )


def test_more_generators_than_looks_are_still_drawn():
    labels = [f"generator {number}" for number in range(len(distributions.LOOKS) + 1)]
    looks = distributions.choose_looks(labels)
    assert list(looks) == labels
    assert len({look.colour for look in list(looks.values())[:-1]}) == len(distributions.LOOKS)
