"""What images may be asked for, and what every generator refuses."""

import numpy as np
import pandas as pd
import pytest
from image_toys import TOY_CAMERA, make_hits, make_spots
from sklearn.base import clone

from showerforge.errors import InputError
from showerforge.generators.images.catalogue import build_image_generator
from showerforge.generators.images.interface import DRAWN_AT_ONCE, ImageGenerator, TrainingImages


class Uniform(ImageGenerator):
    """Draws images of the size that is asked for, shared by all pixels."""

    label = "uniform"
    conditions = frozenset({"particle", "size"})

    def __init__(self, level: float = 1.0):
        self.level = level

    def _learn(self, training, seed):
        return {}, {}, pd.DataFrame({"epoch": [1]})

    def _draw(self, conditions, generator):
        shape = (len(conditions), *self.detector_.shape)
        size = conditions["size"] if "size" in conditions else pd.Series(1.0, conditions.index)
        noise = generator.normal(0, 1e-3, shape)
        return (size.to_numpy()[:, None, None] / shape[1] + noise).astype(np.float32)


@pytest.fixture(scope="module")
def training():
    return make_spots(400)


@pytest.fixture(scope="module")
def fitted(training):
    return Uniform().fit(training)


def ask(fitted, n=3, extrapolate=False, **conditions):
    return fitted.sample(n, {"particle": "gamma", "size": 300.0} | conditions, 0, extrapolate)


def test_each_image_has_the_conditions_that_were_asked_for(fitted):
    sizes = [100.0, 300.0, 900.0]
    drawn = ask(fitted, size=sizes, particle=["gamma", "hadron", "gamma"])
    assert drawn.images.shape == (3, *TOY_CAMERA.shape)
    assert drawn.images.sum(axis=(1, 2)) == pytest.approx(sizes, rel=1e-2)
    assert drawn.conditions.to_dict("list") == {
        "particle": ["gamma", "hadron", "gamma"],
        "size": sizes,
        "extrapolated": [False] * 3,
    }


def test_one_value_holds_for_all_images_also_of_several_parts(fitted):
    n = DRAWN_AT_ONCE + 10
    drawn = ask(fitted, n)
    assert len(drawn.images) == len(drawn.conditions) == n
    assert (drawn.conditions["size"] == 300).all()
    first, last = drawn.images[:10], drawn.images[-10:]
    assert not np.array_equal(first, last)


def test_seed_rules_the_draw(fitted):
    conditions = {"particle": "gamma", "size": 300.0}
    first, again, other = (fitted.sample(5, conditions, seed).images for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("n", [0, -1])
def test_there_must_be_something_to_draw(fitted, n):
    with pytest.raises(InputError, match=f"{n} images are asked for.*at least one"):
        ask(fitted, n)


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        ({"particle": "gama"}, "not learnt the particle 'gama' .did you mean gamma..*knows gamma"),
        ({"particle": ["gamma", "gamma", "iron"]}, "not learnt the particle 'iron'"),
        ({"size": "large"}, "'large'; it must be a number, above 0"),
        ({"size": [300.0, np.nan, 300.0]}, r"size .p.e.. of image 1 is 'nan'"),
        ({"size": np.inf}, r"size .p.e.. of image 0 is 'inf'"),
        ({"size": [300.0, 400.0]}, "single values or 3 values, one for each image"),
        ({"true_energy": 3.0}, r"cannot generate under the conditions \['true_energy'\]"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(fitted, conditions, message):
    with pytest.raises(InputError, match=message):
        ask(fitted, **conditions)


@pytest.mark.parametrize(
    ("conditions", "missing"),
    [({"particle": "gamma"}, "size"), ({"size": 300.0}, "particle"), ({}, "particle, size")],
)
def test_every_condition_must_be_given(fitted, conditions, missing):
    with pytest.raises(
        InputError, match=f"needs the conditions particle, size; missing: {missing}"
    ):
        fitted.sample(3, conditions, 0)


def test_nothing_is_made_up_beyond_the_training_images(fitted, training):
    gammas = training.conditions.query("particle == 'gamma'")["size"]
    lowest, highest = gammas.min(), gammas.max()
    assert not ask(fitted, 2, size=[lowest, highest]).conditions["extrapolated"].any()
    with pytest.raises(InputError, match="learnt nothing about") as caught:
        ask(fitted, size=[lowest, 2 * highest, 300.0])
    assert "image 1, size" in str(caught.value)
    assert f"trained on gammas of {lowest:g} to {highest:g} p.e." in str(caught.value)
    assert "image 0" not in str(caught.value)
    assert "extrapolate=True" in str(caught.value)


def test_ranges_are_those_of_the_particle(training):
    conditions = training.conditions
    is_kept = (conditions["particle"] == "gamma") | (conditions["size"] < 500)
    parts = (training.images[is_kept], training.cleaned[is_kept])
    kept = TrainingImages(training.detector, *parts, None, conditions[is_kept])
    fitted = Uniform().fit(kept)
    ask(fitted, size=700.0)
    with pytest.raises(InputError, match="trained on hadrons of"):
        ask(fitted, particle="hadron", size=700.0)


def test_who_extrapolates_is_told_where(fitted):
    drawn = ask(fitted, size=[300.0, 1e5, 300.0], extrapolate=True)
    assert list(drawn.conditions["extrapolated"]) == [False, True, False]
    assert drawn.images[1].sum() == pytest.approx(1e5, rel=1e-3)


@pytest.mark.parametrize("size", [0.0, -5.0])
def test_no_flag_allows_the_impossible(fitted, size):
    with pytest.raises(InputError, match=f"image 0 is '{size}'; it must be a number, above 0"):
        ask(fitted, size=size, extrapolate=True)


def test_a_detector_may_know_no_condition_but_the_particle():
    fitted = Uniform().fit(make_hits(300))
    drawn = fitted.sample(4, {"particle": "photon"}, 0)
    assert drawn.images.shape == (4, 16, 2)
    with pytest.raises(InputError, match="knows electron and photon"):
        fitted.sample(4, {"particle": "gamma"}, 0)
    with pytest.raises(InputError, match="toy calorimeter cannot be asked for by size, only by"):
        fitted.sample(4, {"particle": "photon", "size": 100.0}, 0)


def test_a_class_of_few_images_is_refused(training):
    with pytest.raises(InputError, match="needs at least 100 gamma events, but has 10"):
        Uniform().fit(make_spots(20))


def test_options_are_those_of_the_constructor():
    assert clone(Uniform(2.0)).get_params() == {"level": 2.0}
    with pytest.raises(InputError, match="no generator 'dall_e'"):
        build_image_generator("dall_e", {})
