import numpy as np
import pytest
from ctapipe.image import brightest_island, number_of_islands, tailcuts_clean
from pydantic import ValidationError
from toy_cameras import TAIGA, TOY_CAMERAS, draw_images

from showerforge.cameras.cleaning import clean
from showerforge.cameras.files import to_ctapipe
from showerforge.cameras.islands import label_islands
from showerforge.cameras.settings import CleaningSettings
from showerforge.errors import InputError

N_EVENTS = 500
SETTINGS = (
    CleaningSettings(),
    CleaningSettings(picture=8.3, boundary=4.1, keep_isolated=True),
    CleaningSettings(minimum_picture_neighbours=1),
    CleaningSettings(minimum_picture_neighbours=3),
    CleaningSettings(minimum_picture_neighbours=3, keep_isolated=True),
    CleaningSettings(picture=4.0, boundary=4.0),
)


def by_ctapipe(camera, images, settings):
    geometry = to_ctapipe(camera)
    return np.array(
        [
            tailcuts_clean(
                geometry,
                image,
                settings.picture,
                settings.boundary,
                settings.keep_isolated,
                settings.minimum_picture_neighbours,
            )
            for image in images
        ]
    )


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
@pytest.mark.parametrize("name", TOY_CAMERAS)
def test_pixels_are_those_that_ctapipe_keeps(name, settings):
    images = draw_images(TOY_CAMERAS[name], N_EVENTS)
    expected = by_ctapipe(TOY_CAMERAS[name], images, settings)
    assert expected.any(axis=1).sum() > N_EVENTS / 4
    np.testing.assert_array_equal(clean(TOY_CAMERAS[name], images, settings), expected)


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_charges_at_the_thresholds_are_taken_as_ctapipe_takes_them(settings):
    levels = np.array([0, settings.boundary, settings.picture], dtype=np.float32)
    below = np.nextafter(levels, np.float32(-1))
    above = np.nextafter(levels, np.float32(100))
    choices = np.concatenate([levels, below, above])
    images = np.random.default_rng(1).choice(choices, (200, TAIGA.n_pixels))
    expected = by_ctapipe(TAIGA, images, settings)
    np.testing.assert_array_equal(clean(TAIGA, images, settings), expected)


@pytest.mark.parametrize("charge", [0.0, 3.0, 100.0])
def test_even_images_are_kept_or_not_as_a_whole(charge):
    images = np.full((1, TAIGA.n_pixels), charge)
    assert clean(TAIGA, images, CleaningSettings()).all() == (charge >= 6)
    assert clean(TAIGA, images, CleaningSettings()).any() == (charge >= 6)


def test_lonely_pixel_is_kept_only_when_asked_for():
    images = np.zeros((1, TAIGA.n_pixels))
    images[0, 100] = 50
    assert not clean(TAIGA, images, CleaningSettings()).any()
    kept = clean(TAIGA, images, CleaningSettings(keep_isolated=True))
    assert np.flatnonzero(kept).tolist() == [100]


@pytest.mark.parametrize("name", TOY_CAMERAS)
def test_islands_are_those_of_ctapipe(name):
    camera, geometry = TOY_CAMERAS[name], to_ctapipe(TOY_CAMERAS[name])
    images = draw_images(camera, N_EVENTS)
    mask = clean(camera, images, CleaningSettings())
    brightest = clean(camera, images, CleaningSettings(islands="brightest"))
    numbers, labels = label_islands(camera, mask)
    assert (numbers > 1).any()
    for image, pixels, kept, number, label in zip(
        images, mask, brightest, numbers, labels, strict=True
    ):
        expected_number, expected_label = number_of_islands(geometry, pixels)
        assert number == expected_number
        np.testing.assert_array_equal(label, expected_label)
        np.testing.assert_array_equal(kept, brightest_island(number, expected_label, image))


def test_no_images_have_an_empty_mask():
    assert clean(TAIGA, np.zeros((0, 560)), CleaningSettings()).shape == (0, 560)


def test_arguments_stay_as_they_are():
    images = draw_images(TAIGA, 5)
    before = images.copy()
    clean(TAIGA, images, CleaningSettings(islands="brightest"))
    np.testing.assert_array_equal(images, before)


@pytest.mark.parametrize("dtype", [np.int16, np.float64])
def test_type_and_order_of_the_charges_do_not_matter(dtype):
    images = draw_images(TAIGA, 50).astype(dtype)
    expected = clean(TAIGA, images.astype(np.float32), CleaningSettings())
    np.testing.assert_array_equal(clean(TAIGA, images, CleaningSettings()), expected)
    np.testing.assert_array_equal(
        clean(TAIGA, np.asfortranarray(images), CleaningSettings()), expected
    )


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_charge_that_is_not_finite_is_named(value, dtype):
    images = np.zeros((4, TAIGA.n_pixels), dtype)
    images[2, 17] = value
    with pytest.raises(InputError, match=rf"image 2, pixel 17: charge is {value}"):
        clean(TAIGA, images, CleaningSettings())


@pytest.mark.parametrize("shape", [(560,), (3, 559), (2, 3, 560)])
def test_images_of_another_camera_are_refused(shape):
    with pytest.raises(InputError, match=r"TAIGA-IACT.*560\)"):
        clean(TAIGA, np.zeros(shape), CleaningSettings())


def test_boundary_must_not_be_above_picture():
    with pytest.raises(ValidationError, match="boundary must not be above picture"):
        CleaningSettings(picture=3, boundary=6)
