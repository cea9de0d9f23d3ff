"""What networks see of camera images."""

import numpy as np
import pytest
from pydantic import ValidationError
from toys import make_camera, make_images

from showerforge.cameras.catalogue import taiga_camera, window_camera
from showerforge.cameras.cleaning import clean
from showerforge.cameras.settings import CleaningSettings, ViewSettings
from showerforge.cameras.storage import ImageFile, write_images
from showerforge.cameras.views import CameraView, centre_images

CLEANING = CleaningSettings(picture=6, boundary=3)


@pytest.fixture(scope="module")
def events():
    return make_images(make_camera(6), 40)


@pytest.fixture(scope="module")
def file(tmp_path_factory, events):
    path = tmp_path_factory.mktemp("images") / "images.h5"
    write_images(path, [events])
    return ImageFile(path)


def test_all_pixels_are_shown_on_a_scale_that_is_linear_below_and_logarithmic_above(file, events):
    view = CameraView(file, CLEANING, ViewSettings(cleaned=False, charge_scale=4.0))
    rows = np.array([7, 3, 30])
    shown = view.read(rows)
    assert shown.shape == (3, events.camera.n_pixels, 1)
    assert shown.dtype == np.float32
    assert 4 * np.sinh(shown[..., 0]) == pytest.approx(events.recorded[rows], rel=1e-4, abs=1e-4)


def test_cleaned_views_show_what_the_cleaning_keeps(file, events):
    view = CameraView(file, CLEANING, ViewSettings(cleaned=True, charge_scale=4.0))
    rows = np.arange(40)
    mask = clean(events.camera, events.recorded, CLEANING)
    assert np.array_equal(view.charges(rows), np.where(mask, events.recorded, 0))
    assert np.array_equal(view.read(rows)[..., 0] != 0, mask & (events.recorded != 0))


def test_a_window_needs_cleaned_images():
    with pytest.raises(ValidationError, match="noise ends at the rim"):
        ViewSettings(cleaned=False, charge_scale=4.0, window=3)


def test_moved_images_are_the_same_wherever_they_were():
    """The direction-blind view: an image and its copy elsewhere look alike."""
    camera = taiga_camera()
    generator = np.random.default_rng(0)
    shape = {(q, r): generator.uniform(5, 50) for q in range(-2, 3) for r in range(-2, 3)}
    index = {tuple(place): i for i, place in enumerate(camera.axial.tolist())}
    window = window_camera(camera, 6)
    moved = []
    for shift_q, shift_r in ((0, 0), (4, -2), (-5, 3), (2, 5)):
        image = np.zeros((1, camera.n_pixels), np.float32)
        for (q, r), charge in shape.items():
            image[0, index[q + shift_q, r + shift_r]] = charge
        moved.append(centre_images(camera, image, window))
    assert all(np.array_equal(image, moved[0]) for image in moved)
    assert moved[0].sum() == pytest.approx(sum(shape.values()), rel=1e-5)
    place = moved[0][0] @ np.column_stack([window.x, window.y]) / moved[0].sum()
    assert np.hypot(*place) < camera.pitch


def test_light_at_the_rim_is_kept_and_nothing_comes_from_beyond_it():
    camera = taiga_camera()
    brightest = int(camera.x.argmax())
    image = np.zeros((1, camera.n_pixels), np.float32)
    image[0, brightest] = 10
    window = window_camera(camera, 4)
    moved = centre_images(camera, image, window)
    assert moved.sum() == 10
    assert moved[0, (window.axial == 0).all(axis=1)] == 10


def test_an_image_without_light_stays_dark(file):
    camera = make_camera(6)
    window = window_camera(camera, 3)
    assert not centre_images(camera, np.zeros((2, camera.n_pixels), np.float32), window).any()


def test_sources_that_are_read_in_batches_serve_as_well(file, events):
    class Batches:
        camera, attributes = events.camera, {}

        def batches(self, size):
            for begin in range(0, len(events), size):
                yield events.take(slice(begin, begin + size))

    settings = ViewSettings(cleaned=True, charge_scale=4.0, window=5)
    rows = np.array([39, 0, 12])
    first, second = (CameraView(source, CLEANING, settings) for source in (file, Batches()))
    assert np.array_equal(first.read(rows), second.read(rows))
