"""Showers that are followed for their pictures."""

import numpy as np
import pytest
from showers.site import settings_of
from toys import make_camera

from showerforge.showers.examples import follow_examples
from showerforge.showers.profiles import widest_ring
from showerforge.showers.settings import ExampleSettings

SETTINGS = settings_of(thinning_energy=20.0)
EXAMPLES = ExampleSettings(
    zenith=35,
    n_showers=6,
    light_energies=[1.0, 4.0],
    profile_energy=3.0,
    largest_distance=300,
    n_distances=6,
    n_azimuths=2,
    map_energy=0.5,
    map_reach=200,
    map_telescopes=6,
)
CAMERA = make_camera()


@pytest.fixture(scope="module")
def followed():
    return follow_examples(SETTINGS, EXAMPLES, CAMERA, seed=0, n_jobs=1)


def test_tables_have_all_showers(followed):
    primaries = {"gamma", "proton"}
    for table in (followed.profiles, followed.light, followed.maps):
        assert set(table["primary"]) == primaries
    assert (followed.profiles.groupby("primary")["shower"].nunique() == 6).all()
    assert len(followed.light) == 2 * 2 * 6 * 6
    assert sorted(followed.light["distance"].unique()) == pytest.approx(np.arange(50, 301, 50))
    assert len(followed.maps) == 2 * 36
    assert followed.maps["x"].max() == pytest.approx(200 * 5 / 6)


def test_gammas_develop_as_greisen_says(followed):
    mean = followed.profiles.groupby(["primary", "depth"])[["electrons", "greisen"]].mean()
    gamma, proton = mean.loc["gamma"], mean.loc["proton"]
    # six showers of which each has a mean depth that varies by 45 g/cm2
    assert gamma["electrons"].idxmax() == pytest.approx(gamma["greisen"].idxmax(), abs=90)
    assert gamma["electrons"].sum() == pytest.approx(gamma["greisen"].sum(), rel=0.2)
    assert proton["electrons"].sum() < 0.8 * gamma["electrons"].sum()


def test_heights_fall_with_depth_to_the_ground(followed):
    one = followed.profiles.query("primary == 'gamma' and shower == 0")
    assert (np.diff(one["height"]) < 0).all()
    assert one["height"].min() == pytest.approx(0.675, abs=0.1)


def test_light_grows_with_energy_and_ends_with_the_pool(followed):
    gammas = followed.light[followed.light["primary"] == "gamma"]
    mean = gammas.pivot_table(index="distance", columns="energy", values="photons")
    assert (mean[4.0] / mean[1.0]).to_numpy() == pytest.approx(np.full(6, 4.4), rel=0.35)
    rim = widest_ring(675, 35)
    inside = mean.loc[(mean.index > 0.8 * rim) & (mean.index < rim), 4.0].mean()
    assert mean.loc[300, 4.0] < 0.4 * inside
    per_photon = gammas["photo_electrons"] / gammas["photons"]
    assert per_photon.to_numpy() == pytest.approx(0.1 * CAMERA.mirror_area)


def test_same_seed_same_showers_whatever_the_processes(followed):
    few = EXAMPLES.model_copy(update={"n_showers": 2})
    again = follow_examples(SETTINGS, few, CAMERA, seed=0, n_jobs=2)
    for name in ("profiles", "light"):
        table = getattr(followed, name)
        expected = table[table["shower"] < 2].reset_index(drop=True)
        found = getattr(again, name)
        keys = [key for key in ("primary", "energy", "shower") if key in expected]
        order = [
            table.sort_values(keys, kind="stable", ignore_index=True) for table in (found, expected)
        ]
        assert order[0].equals(order[1])
    assert not follow_examples(SETTINGS, few, CAMERA, seed=1, n_jobs=1).light.equals(again.light)
