"""All that is measured, laid out beside what Monte Carlo gives."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from image_sets import CAMERA, make_set
from networks_toys import make_settings

from showerforge.errors import InputError
from showerforge.metrics.intervals import Estimate
from showerforge.networks.layout import Layout
from showerforge.validation.images.acceptance import QualitySettings
from showerforge.validation.images.judge import ImageJudge, Scores, TelescopeQuestions
from showerforge.validation.images.metrics import IMAGE_METRICS
from showerforge.validation.images.resampling import Resampling
from showerforge.validation.images.sets import MONTE_CARLO, ImageSet
from showerforge.validation.images.tables import tabulate, with_null

COLUMNS = ("size", "n_pixels", "length", "width", "x", "y")
OF_CONDITIONS = {"size_error_mean", "size_error_median", "size_correlation", "size_log_correlation"}


@pytest.fixture(scope="module")
def judge():
    return ImageJudge(
        make_set(900, 1),
        make_set(600, 2),
        Layout(CAMERA.grid, CAMERA.rotations),
        3.0,
        TelescopeQuestions(CAMERA, QualitySettings(maximum_leakage=1), 3),
        None,
        Resampling(50),
        COLUMNS,
    )


def scores_for(sample, judge):
    score = 1 / (1 + np.exp(-sample.table["length"].to_numpy()))
    reference = 1 / (1 + np.exp(-judge.test.table["length"].to_numpy()))
    return Scores(score, reference, 0.5)


@pytest.fixture(scope="module")
def measured(judge):
    good, bad = make_set(600, 3, "good"), make_set(600, 4, "wide", width=0.5)
    rows = [judge.judge(each, scores_for(each, judge)) for each in (good, bad)]
    null = judge.judge_monte_carlo(scores_for(judge.train, judge))
    return with_null(pd.concat([null, *rows]))


def test_every_metric_is_measured_and_declared(measured):
    of = measured.groupby("generator")["metric"].agg(set)
    no_impacts = {"impact_bias", "impact_resolution"}
    assert of["good"] == set(IMAGE_METRICS) - no_impacts - {"network_auc"}
    assert of[MONTE_CARLO] == of["good"] - OF_CONDITIONS
    assert measured["n_images"].min() > 0


def test_another_law_is_clear_of_monte_carlo_and_the_same_is_mostly_not(measured):
    clear = measured.set_index("metric").groupby("generator")["is_clear"]
    apart = clear.get_group("wide")
    for name in ("charge_ks", "lit_pixels_ks", "frechet_distance", "gammaness_change"):
        assert apart[name]
    assert clear.get_group("good").sum() <= 2
    assert not clear.get_group(MONTE_CARLO).any()


@pytest.mark.parametrize("n_left", [0, 1, 10])
def test_a_generator_of_hardly_any_image_is_judged_as_far_as_it_goes(judge, n_left):
    images = make_set(100, 6, "collapsed")
    table = images.table.copy()
    table.loc[table.index[n_left:], list(COLUMNS)] = np.nan
    table.loc[table.index[n_left:], "size"] = np.nan
    rows = judge.judge(ImageSet("collapsed", table, images.images)).set_index("metric")
    assert rows.loc["size_lost", "value"] == pytest.approx(1 - n_left / 100)
    assert "frechet_distance" not in rows.index


def test_features_are_bounded_so_that_no_single_image_rules_the_distance(judge):
    good = make_set(600, 3, "good")
    wild = good.table.copy()
    wild.loc[wild.index[0], "length"] = 1e6
    rows = [
        judge.judge(ImageSet("wild", table, good.images))
        .set_index("metric")
        .loc["frechet_distance"]
        for table in (good.table, wild)
    ]
    assert rows[1]["value"] == pytest.approx(rows[0]["value"], abs=0.02)


def test_a_network_is_asked_where_its_settings_are_given(judge):
    with_network = replace(judge, network=make_settings(n_epochs=1))
    rows = with_network.judge(make_set(600, 4, "wide", width=0.5)).set_index("metric")
    assert rows.loc["network_auc", "lower"] > 0.5


def test_a_set_without_anything_to_measure_is_all_lost(judge):
    lost = make_set(60, 3, "dark")
    empty = ImageSet("dark", lost.table.assign(size=np.nan), 0 * lost.images)
    rows = judge.judge(empty)
    assert rows["metric"].tolist() == ["size_lost"]
    assert rows["value"].tolist() == [1.0]


def test_the_null_is_that_of_the_same_particle_and_missing_without_one():
    rows = pd.concat(
        [
            tabulate(MONTE_CARLO, "gamma", {"charge_ks": Estimate(0.1, 0.05, 0.2)}, 10),
            tabulate("toy", "gamma", {"charge_ks": Estimate(0.3, 0.25, 0.4)}, 10),
            tabulate("toy", "hadron", {"charge_ks": Estimate(0.3, 0.25, 0.4)}, 10),
        ]
    )
    beside = with_null(rows)
    assert beside["is_clear"].tolist() == [False, True, False]
    assert beside["null"].tolist()[:2] == [0.1, 0.1]
    assert np.isnan(beside["null_lower"].iloc[2])


def test_a_set_has_a_row_for_each_image():
    good = make_set(60, 1)
    with pytest.raises(InputError, match="set of toy has 10 rows"):
        ImageSet("toy", good.table.head(10), good.images)
