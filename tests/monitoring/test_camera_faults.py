import numpy as np
import pytest
from toys import make_camera

from showerforge.monitoring.camera_faults import HOT, MODULE, camera_faults


@pytest.fixture(scope="module")
def camera():
    return make_camera(n_rings=9)


@pytest.fixture(scope="module")
def images(camera):
    return np.random.default_rng(0).gamma(2.0, 3.0, (50, camera.n_pixels)).astype(np.float32)


@pytest.fixture(scope="module")
def changed(camera, images):
    before = images.copy()
    found = {fault.name: fault.apply(images) for fault in camera_faults(camera, 0)}
    np.testing.assert_array_equal(images, before)
    return found


@pytest.mark.parametrize(
    ("name", "n"),
    [
        ("1 dead pixel", 1),
        ("2 dead pixels", 2),
        ("13 dead pixels", 13),
        (f"a module of {MODULE} dead pixels", MODULE),
    ],
)
def test_dead_pixels_are_dark_and_the_others_as_before(images, changed, name, n):
    dead = (changed[name] == 0).all(axis=0)
    assert dead.sum() == n
    np.testing.assert_array_equal(changed[name][:, ~dead], images[:, ~dead])


def test_a_module_is_of_neighbours(camera, changed):
    dead = np.flatnonzero((changed[f"a module of {MODULE} dead pixels"] == 0).all(axis=0))
    near = camera.neighbours[dead]
    # each touches others of it, as the first is somewhere within the camera
    assert all(np.isin(own[own >= 0], dead).sum() >= 2 for own in near)


def test_a_hot_pixel_has_more_in_every_image(images, changed):
    more = changed["1 hot pixel"] - images
    assert ((np.abs(more - HOT) < 1e-4).all(axis=0)).sum() == 1
    assert np.count_nonzero(more.any(axis=0)) == 1


def test_gain_is_of_all_pixels(images, changed):
    np.testing.assert_allclose(changed["gain -10 %"], 0.9 * images, rtol=1e-6)


def test_seed_says_which_pixels(camera, images):
    def dead(seed):
        first = camera_faults(camera, seed)[0].apply(images)
        return np.flatnonzero((first == 0).all(axis=0)).tolist()

    assert dead(1) == dead(1)
    assert dead(1) != dead(2)
