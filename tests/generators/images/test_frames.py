"""Windows lie alike whichever way an image was turned, and nothing is lost on the way back."""

import numpy as np
import pytest
from toy_cameras import TOY_CAMERAS
from toys import make_camera

from showerforge.calorimeter.symmetries import crystal_symmetries
from showerforge.calorimeter.views import number_crystals
from showerforge.generators.images.frames import AXES, CameraFrame
from showerforge.generators.images.readouts import CrystalReadout
from showerforge.networks.layout import Layout

CAMERA = make_camera(6)


def spots(camera, n, seed=0, reach=0.5):
    """Spots of light, longer than wide, within some pixels of the centre of the camera."""
    generator = np.random.default_rng(seed)
    x, y = generator.uniform(-reach, reach, (2, n, 1)) * camera.radius
    angle = generator.uniform(0, np.pi, (n, 1))
    along = (camera.x - x) * np.cos(angle) + (camera.y - y) * np.sin(angle)
    across = (camera.y - y) * np.cos(angle) - (camera.x - x) * np.sin(angle)
    light = np.exp(-((along / camera.pitch) ** 2) / 3 - (across / camera.pitch) ** 2)
    # far from the rim, so that a turn loses nothing
    light[light < 1e-3] = 0
    return light.astype(np.float32)


@pytest.mark.parametrize("camera", [CAMERA, TOY_CAMERAS["square"]], ids=["hexagons", "squares"])
def test_what_is_taken_can_be_put_back(camera):
    images = spots(camera, 50)
    laid = CameraFrame(camera, 9).lay(images)
    np.testing.assert_array_equal(laid.put(laid.take(images), camera.n_pixels), images)


@pytest.mark.parametrize("turn", range(1, 6))
def test_windows_of_turned_images_are_the_same(turn):
    frame = CameraFrame(CAMERA, 9)
    images = spots(CAMERA, 40, seed=turn)
    turned = CAMERA.rotate(images, turn).astype(np.float32)
    first, second = frame.lay(images), frame.lay(turned)
    np.testing.assert_allclose(first.place, second.place, atol=1e-5)
    np.testing.assert_allclose(first.take(images), second.take(turned), atol=1e-6)


def test_mirror_images_have_the_same_window():
    # a mirror at the first axis of the lattice, by coordinates
    place = np.column_stack([CAMERA.x, -CAMERA.y])
    distance = np.hypot(*(place[:, None] - np.column_stack([CAMERA.x, CAMERA.y])).T)
    mirrored = distance.argmin(axis=0)
    frame, images = CameraFrame(CAMERA, 9), spots(CAMERA, 40)
    first, second = frame.lay(images), frame.lay(images[:, mirrored])
    np.testing.assert_allclose(first.take(images), second.take(images[:, mirrored]), atol=1e-6)


def test_offset_and_place_are_centres_of_gravity():
    frame, images = CameraFrame(CAMERA, 9), spots(CAMERA, 30)
    laid = frame.lay(images)
    window = laid.take(images)
    centre = window @ (frame.window @ AXES["hexagon"]) / window.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(laid.offset, centre, atol=1e-5)
    assert np.abs(laid.offset).max() < 1
    total = images.sum(axis=1)
    distance = np.hypot(images @ CAMERA.x / total, images @ CAMERA.y / total) / CAMERA.pitch
    np.testing.assert_allclose(np.hypot(*laid.place.T), distance, atol=1e-4)
    angle = np.degrees(np.arctan2(laid.place[:, 1], laid.place[:, 0]))
    assert angle.min() >= 0
    assert angle.max() <= 30


def test_without_symmetry_images_stay_as_they_lie():
    frame, images = CameraFrame(CAMERA, 9, is_symmetric=False), spots(CAMERA, 30)
    laid = frame.lay(images)
    again = frame.lay_drawn(laid.place, np.random.default_rng(0))
    np.testing.assert_array_equal(laid.pixels, again.pixels)


def test_drawn_windows_are_turned_every_way_alike():
    frame = CameraFrame(CAMERA, 9)
    place = np.tile([2.9, 0.9], (6000, 1))
    drawn = frame.lay_drawn(place, np.random.default_rng(0))
    middle = drawn.pixels[:, np.flatnonzero((frame.window == 0).all(axis=1))[0]]
    angle = np.degrees(np.arctan2(CAMERA.y[middle], CAMERA.x[middle]))
    counts = np.unique(angle.round(), return_counts=True)[1]
    assert len(counts) == 12
    assert counts.min() > 400
    np.testing.assert_allclose(drawn.offset, drawn.offset[:1].repeat(6000, axis=0), atol=1e-9)
    np.testing.assert_allclose(drawn.place, place)


def test_crystals_are_mirrored_into_one_quarter_and_back():
    frame = CrystalReadout(Layout(number_crystals(), crystal_symmetries())).frame
    images = np.random.default_rng(0).exponential(1, (20, 1024)).astype(np.float32) ** 4
    laid = frame.lay(images)
    window = laid.take(images)
    np.testing.assert_array_equal(laid.put(window, 1024), images)
    inner = np.flatnonzero((frame.column > -16) & (frame.row > -16))
    lies_right = (window[:, inner] @ frame.column[inner] >= 0).mean()
    assert lies_right > 0.7
