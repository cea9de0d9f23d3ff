"""What all generators of one pass have in common: seeds, other processes, trainings gone astray."""

import subprocess
import sys

import cloudpickle
import numpy as np
import pytest
from image_toys import make_spots

from showerforge.errors import InputError
from showerforge.generators.images.gan import ConditionalGan
from showerforge.generators.images.published_vae import PublishedVae

KINDS = [PublishedVae, ConditionalGan]
OF_TWO = {"particle": ["gamma", "hadron"], "true_energy": 5.0, "impact": 100.0, "size": 500.0}


def ask(generator):
    return {name: value for name, value in OF_TWO.items() if name in generator.conditions}


@pytest.fixture(scope="module", params=KINDS)
def fitted(request):
    return request.param(n_epochs=3).fit(make_spots(300), seed=0)


def draw(fitted, seed=0):
    return fitted.sample(2, ask(fitted), seed).images


def test_seed_rules_training_and_draw(fitted):
    again, other = (type(fitted)(n_epochs=3).fit(make_spots(300), seed) for seed in (0, 1))
    assert again.curves_.equals(fitted.curves_)
    assert not other.curves_.equals(fitted.curves_)
    assert np.array_equal(draw(again), draw(fitted))
    assert not np.array_equal(draw(other), draw(fitted))
    assert not np.array_equal(draw(fitted, seed=1), draw(fitted))


def test_another_process_draws_the_same_without_keras(fitted, tmp_path):
    expected = draw(fitted)
    path = tmp_path / "fitted.pickle"
    path.write_bytes(cloudpickle.dumps(fitted))
    code = f"""
import pickle, sys
import numpy as np
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("keras", "torch", "tensorflow", "jax"):
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Missing())
fitted = pickle.load(open({str(path)!r}, "rb"))
np.save({str(tmp_path / "drawn.npy")!r}, fitted.sample(2, {ask(fitted)}, 0).images)
"""
    subprocess.run([sys.executable, "-c", code], check=True)
    assert np.array_equal(np.load(tmp_path / "drawn.npy"), expected)


@pytest.mark.parametrize("kind", KINDS)
def test_a_training_that_goes_astray_says_what_to_do(kind):
    training = make_spots(400)
    training.cleaned[0, 0] = np.nan
    with pytest.raises(
        InputError, match=r"went astray: its .* is nan after epoch 1.*learning_rate"
    ):
        kind(n_epochs=2).fit(training)
