"""The table that the Monte Carlo makes, by the shipped recipe with fewer events."""

import numpy as np
import pandas as pd
import pytest
import yaml
from toys import PROJECT

from showerforge.datasets.simulated_table import SimulatedTableDataset
from showerforge.errors import InputError
from showerforge.events.schema import HILLAS_PARAMETERS, validate_raw_events
from showerforge.events.units import check_units


@pytest.fixture(scope="module")
def recipe():
    text = (PROJECT / "conf/simulated/catalog.yml").read_text()
    recipe = yaml.safe_load(text)["magic.raw_events"]["recipe"] | {"seed": 0}
    recipe["simulation"]["showers"]["showers_per_block"] = 100
    recipe["simulation"]["wanted_events"] = {"gamma": 150, "proton": 60}
    return recipe


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("simulated")


@pytest.fixture(scope="module")
def events(recipe, folder):
    return SimulatedTableDataset(str(folder), recipe).load()


def test_table_is_one_of_the_magic_telescope(events):
    validate_raw_events(events)
    check_units(events)
    assert set(HILLAS_PARAMETERS) < set(events.columns)
    n = events["particle"].value_counts()
    assert 75 < n["gamma"] <= 300
    assert 30 < n["hadron"] <= 120
    # gammas point to the source, hadrons to anywhere
    alpha = events.groupby("particle")["fAlpha"].median()
    assert alpha["gamma"] < 20 < 30 < alpha["hadron"] < 60


def test_images_of_a_shower_are_one_group(events):
    size = events.groupby("group").size()
    assert size.max() <= 5
    assert size.mean() > 1.1
    assert (events.groupby("group")["true_energy"].nunique() == 1).all()


def test_table_is_kept_and_the_same_wherever_it_is_made(events, recipe, folder, tmp_path):
    stamp = {path: path.stat().st_mtime_ns for path in folder.rglob("*.*")}
    pd.testing.assert_frame_equal(SimulatedTableDataset(str(folder), recipe).load(), events)
    assert stamp == {path: path.stat().st_mtime_ns for path in folder.rglob("*.*")}
    again = SimulatedTableDataset(str(tmp_path), recipe).load()
    np.testing.assert_array_equal(again[HILLAS_PARAMETERS], events[HILLAS_PARAMETERS])


def test_another_seed_is_another_table(recipe, folder):
    assert not SimulatedTableDataset(str(folder), recipe | {"seed": 1}).exists()


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("decimals", -1, "decimals: is -1; input should be greater than or equal to 0"),
        ("colour", "blue", "colour: there is no such parameter"),
    ],
)
def test_wrong_recipe_is_refused(recipe, tmp_path, name, value, message):
    with pytest.raises(InputError, match=message):
        SimulatedTableDataset(str(tmp_path), recipe | {name: value})
