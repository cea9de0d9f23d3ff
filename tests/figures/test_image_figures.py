import numpy as np
import pytest
from toys import make_camera, make_images

from showerforge.figures.images import draw_camera_images, draw_pixels, pixel_outlines
from showerforge.figures.style import new_figure

CAMERA = make_camera()


def area(corners):
    """Area of polygons, by the shoelace formula."""
    x, y = corners[..., 0], corners[..., 1]
    return 0.5 * np.abs((x * np.roll(y, -1, -1) - y * np.roll(x, -1, -1)).sum(-1))


def test_pixels_tile_the_camera():
    corners = pixel_outlines(CAMERA)
    assert corners.shape == (CAMERA.n_pixels, 6, 2)
    np.testing.assert_allclose(area(corners), CAMERA.pitch**2 * np.sqrt(3) / 2)
    # neighbours share two corners
    shared = np.round(corners - corners[0, 0], 6).reshape(-1, 2)
    _, counts = np.unique(shared + 0.0, axis=0, return_counts=True)
    assert counts.max() == 3


def test_colours_are_the_charges():
    axes = new_figure(3, 3, "toy").subplots()
    values = np.arange(CAMERA.n_pixels, dtype=float)
    pixels = draw_pixels(axes, CAMERA, values, clim=(0, 10))
    np.testing.assert_array_equal(pixels.get_array(), values)
    assert pixels.get_clim() == (0, 10)
    assert axes.get_xlim()[1] > CAMERA.x.max()


@pytest.mark.parametrize(("what", "unit"), [("images", "charge"), ("expected", "expected photo")])
def test_every_event_has_a_panel_that_says_what_it_is(what, unit):
    events = make_images(CAMERA, 4)
    events.table.loc[1000, "true_energy"] = np.nan
    figure = draw_camera_images(events, "toy images", what)
    titles = [axes.get_title() for axes in figure.axes if axes.get_title()]
    assert len(titles) == 4
    size = getattr(events, what)[1].sum()
    row = events.table.loc[1001]
    assert titles[1] == (
        f"event 1001, {row['primary']}, {row['true_energy']:.3g} TeV\n"
        f"{size:,.0f} p.e. in all pixels"
    )
    assert "TeV" not in titles[0]
    assert any(unit in axes.get_ylabel() for axes in figure.axes)


def test_no_events_no_panels():
    assert draw_camera_images(make_images(CAMERA, 0), "toy").axes
