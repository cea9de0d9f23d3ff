"""Recipes of generated images: what is asked for, within what was learnt, in batches or at once."""

import numpy as np
import pandas as pd
import pytest
from image_generator_toys import make_conditions
from pydantic import TypeAdapter, ValidationError
from scipy.stats import ks_2samp, kstest, spearmanr

from showerforge.errors import InputError
from showerforge.generators.images.conditions import ConditionDensity
from showerforge.generators.images.recipes import (
    BLOCK,
    draw_conditions,
    iterate_conditions,
    regroup,
)
from showerforge.generators.images.settings import ImageRecipe

N_LEARNT = 6000
EACH = {"gamma": 3000, "hadron": 2000}


def recipe(**settings):
    return TypeAdapter(ImageRecipe).validate_python({"n_images": EACH, **settings})


@pytest.fixture(scope="module")
def training():
    return make_conditions(N_LEARNT)


@pytest.fixture(scope="module")
def density(training):
    return ConditionDensity().fit(training, 0)


def draw(density, settings, batch_size=1000, seed=0):
    return pd.concat(iterate_conditions(settings, density, seed, batch_size), ignore_index=True)


def test_conditions_are_distributed_as_in_the_data(density):
    """Another sample of the same toy is the truth."""
    drawn, truth = draw(density, recipe(kind="like_data")), make_conditions(3000, seed=9)
    assert drawn["particle"].value_counts().to_dict() == EACH
    for particle in EACH:
        own, other = (table[table["particle"] == particle] for table in (drawn, truth))
        for name in ("true_energy", "impact", "size"):
            assert ks_2samp(own[name], other[name]).statistic < 0.06
        for first, second in (("true_energy", "size"), ("impact", "size")):
            rank, true_rank = (spearmanr(t[first], t[second]).statistic for t in (own, other))
            assert rank == pytest.approx(true_rank, abs=0.07)


@pytest.mark.parametrize(
    "settings",
    [
        {"kind": "like_data"},
        {"kind": "balanced", "n_energy_bins": 7},
        {"kind": "imbalanced", "lowest_energy": 4, "highest_energy": 20, "spectral_index": -2.0},
    ],
)
def test_nothing_is_asked_for_beyond_the_training_images(density, training, settings):
    drawn = draw(density, recipe(**settings))
    for particle, own in drawn.groupby("particle"):
        learnt = training[training["particle"] == particle]
        for name in ("true_energy", "impact", "size"):
            assert own[name].min() >= learnt[name].min()
            assert own[name].max() <= learnt[name].max()
            # nor are images heaped up on the border
            assert (own[name] == learnt[name].max()).sum() <= 1


def test_a_balanced_recipe_has_as_many_images_in_every_bin_of_energy(density, training):
    drawn = draw(density, recipe(kind="balanced", n_energy_bins=6))
    for particle, n in EACH.items():
        energy = drawn.loc[drawn["particle"] == particle, "true_energy"]
        learnt = training.loc[training["particle"] == particle, "true_energy"]
        edges = np.geomspace(learnt.min() * 0.999999, learnt.max() * 1.000001, 7)
        counts = np.histogram(energy, edges)[0]
        assert np.ptp(counts) <= 2
        assert counts.sum() == n


def test_an_imbalanced_recipe_follows_its_power_law(density):
    settings = recipe(kind="imbalanced", lowest_energy=5, highest_energy=30, spectral_index=-3.0)
    energy = draw(density, settings)["true_energy"]

    def share_below(value):
        return (5.0**-2 - value**-2.0) / (5.0**-2 - 30.0**-2)

    assert kstest(energy, share_below).pvalue > 0.01


def test_the_size_follows_from_the_energy_as_in_data(density):
    """Of the toy, log size = log 40 + log energy - impact / 400, give or take 0.3."""
    wanted = {"lowest_energy": 3.5, "highest_energy": 25, "spectral_index": -1}
    drawn = draw(density, recipe(kind="imbalanced", **wanted))
    rest = np.log(drawn["size"] / (40 * drawn["true_energy"])) + drawn["impact"] / 400
    for lowest, highest in ((3.5, 7), (7, 14), (14, 25)):
        of_bin = rest[drawn["true_energy"].between(lowest, highest)]
        assert of_bin.mean() == pytest.approx(0, abs=0.06)
        # the density is smooth; sizes that know nothing of the energy would spread by 0.7
        assert 0.25 < of_bin.std() < 0.45


def test_rows_are_the_same_however_many_are_taken_at_a_time(density):
    settings = recipe(kind="balanced", n_energy_bins=3, n_images={"gamma": BLOCK + 700})
    at_once = draw(density, settings, batch_size=10**6)
    assert len(at_once) == BLOCK + 700
    for batch_size in (999, BLOCK):
        batches = list(iterate_conditions(settings, density, 0, batch_size))
        assert {len(batch) for batch in batches[:-1]} == {batch_size}
        pd.testing.assert_frame_equal(pd.concat(batches, ignore_index=True), at_once)
    assert not draw(density, settings, seed=1).equals(at_once)


def test_a_particle_gets_the_same_rows_whatever_others_are_wanted(density):
    both = draw(density, recipe(kind="like_data"))
    alone = draw(density, recipe(kind="like_data", n_images={"hadron": EACH["hadron"]}))
    of_hadrons = both[both["particle"] == "hadron"].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, of_hadrons)


def test_all_at_once_is_the_same_as_in_batches(density, training):
    settings = recipe(kind="like_data", n_images={"gamma": 500})
    expected = draw(density, settings, batch_size=64)
    pd.testing.assert_frame_equal(draw_conditions(settings, training, 0), expected)


def test_a_detector_without_conditions_is_asked_for_particles_only():
    training = pd.DataFrame({"particle": ["photon"] * 50 + ["electron"] * 40})
    settings = recipe(kind="like_data", n_images={"electron": 3, "photon": 2})
    drawn = draw_conditions(settings, training, 0)
    assert drawn.columns.tolist() == ["particle"]
    assert drawn["particle"].tolist() == ["electron"] * 3 + ["photon"] * 2
    with pytest.raises(InputError, match=r"know nothing of true_energy.*like_data"):
        draw_conditions(
            recipe(kind="balanced", n_energy_bins=2, n_images={"photon": 9}), training, 0
        )


def test_tables_are_parted_anew_without_losing_a_row():
    tables = [pd.DataFrame({"a": np.arange(n)}) for n in (3, 0, 10, 1)]
    parts = list(regroup(tables, 4))
    assert [len(part) for part in parts] == [4, 4, 4, 2]
    assert pd.concat(parts)["a"].tolist() == pd.concat(tables)["a"].tolist()
    assert list(regroup([], 4)) == []


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"kind": "like_data", "n_images": {"gama": 5}}, "particle 'gama'.*did you mean gamma"),
        (
            {
                "kind": "imbalanced",
                "lowest_energy": 2.5,
                "highest_energy": 9,
                "spectral_index": -2,
            },
            "hadron images.*2.5 to 9 TeV.*training images have 3",
        ),
    ],
)
def test_what_was_not_learnt_is_refused_before_anything_is_drawn(density, settings, message):
    with pytest.raises(InputError, match=message):
        iterate_conditions(recipe(**settings), density, 0, 10)


def test_energies_beyond_the_training_images_are_drawn_on_request(density):
    settings = recipe(kind="imbalanced", lowest_energy=2.5, highest_energy=9, spectral_index=-1)
    conditions = pd.concat(iterate_conditions(settings, density, 0, 50, extrapolate=True))
    hadrons = conditions.loc[conditions["particle"] == "hadron", "true_energy"]
    assert hadrons.min() < 3
    assert hadrons.between(2.5, 9).all()


def test_wrong_settings_are_refused():
    for settings in (
        {"kind": "like_data", "n_images": {}},
        {"kind": "like_data", "n_images": {"gamma": 0}},
        {"kind": "balanced"},
        {"kind": "flat"},
        {"kind": "imbalanced", "lowest_energy": 9, "highest_energy": 9, "spectral_index": -2},
    ):
        with pytest.raises(ValidationError):
            recipe(**settings)


def test_what_cannot_be_learnt_is_told(training):
    few = training.groupby("particle").head(5)
    with pytest.raises(InputError, match="gamma images cannot be learnt from 5"):
        ConditionDensity().fit(few, 0)
    broken = training.assign(impact=training["impact"].where(training.index != 3))
    with pytest.raises(InputError, match="impact of training image 3 of the gammas is nan"):
        ConditionDensity().fit(broken, 0)
    same = training.assign(true_energy=5.0)
    with pytest.raises(InputError, match="have the energy 5 TeV"):
        draw_conditions(recipe(kind="balanced", n_energy_bins=2), same, 0)
