"""Views of single images."""

import numpy as np
import pytest
from matplotlib.patches import Ellipse
from toys import make_camera, make_images

from showerforge.cameras.cleaning import clean
from showerforge.cameras.hillas import parametrise
from showerforge.cameras.settings import CleaningSettings
from showerforge.figures.camera_views import ELLIPSE_SCALE, camera_views

CAMERA, CLEANING, SOURCE = make_camera(), CleaningSettings(), (0.3, -0.2)


@pytest.fixture(scope="module")
def shown():
    images = make_images(CAMERA, 30)
    measured = parametrise(CAMERA, images.recorded, CLEANING, source=SOURCE)
    events = measured.set_index(images.table.index).join(images.table)
    rows = np.flatnonzero(events["size"] > 50)[:3]
    return images.recorded[rows], events.iloc[rows]


@pytest.fixture(scope="module")
def panels(shown):
    images, events = shown
    mask = clean(CAMERA, images, CLEANING)
    figure = camera_views(CAMERA, images, mask, events, SOURCE, "toy images · seed 0")
    assert "toy images" in figure._supxlabel.get_text()
    above_and_below = [axes for axes in figure.axes if axes.get_title()]
    bars = [axes.get_xlabel() for axes in figure.axes if not axes.get_title()]
    assert bars == 3 * ["charge [p.e.]"]
    return above_and_below[:3], above_and_below[3:], mask


def test_ellipse_and_axis_are_the_measured_ones(shown, panels):
    for axes, (_, event) in zip(panels[1], shown[1].iterrows(), strict=True):
        (ellipse,) = (patch for patch in axes.patches if isinstance(patch, Ellipse))
        assert ellipse.center == pytest.approx((event["x"], event["y"]))
        assert ellipse.width == pytest.approx(2 * ELLIPSE_SCALE * event["length"])
        assert ellipse.height == pytest.approx(2 * ELLIPSE_SCALE * event["width"])
        assert ellipse.angle == pytest.approx(event["psi"])
        star = next(line for line in axes.lines if line.get_label() == "source")
        assert star.get_xydata()[0] == pytest.approx(SOURCE)


def test_cleaned_pixels_are_shown_and_others_are_not(shown, panels):
    above, below, mask = panels
    for number, (before, after) in enumerate(zip(above, below, strict=True)):
        recorded, cleaned = (axes.collections[0].get_array() for axes in (before, after))
        assert np.array_equal(recorded, shown[0][number])
        assert np.array_equal(np.isfinite(np.ma.filled(cleaned, np.nan)), mask[number])
        assert before.collections[0].get_clim() == after.collections[0].get_clim()


def test_titles_say_what_it_was_and_what_is_measured(shown, panels):
    event = shown[1].iloc[0]
    title, measured = panels[0][0].get_title(), panels[1][0].get_title()
    assert title == (
        f"{event['primary']}, {event['true_energy']:.3g} TeV, impact {event['impact']:.0f} m"
    )
    assert f"size {event['size']:,.0f} p.e., alpha {event['alpha']:.1f}°" in measured
    assert "x [deg]" in panels[1][0].get_xlabel()


def test_recorded_images_have_no_truth(shown):
    images, events = shown
    unknown = events.drop(columns=["primary", "true_energy", "impact", "source_x", "source_y"])
    figure = camera_views(CAMERA, images, images > 6, unknown, SOURCE, "toy")
    assert figure.axes[0].get_title() == events["particle"].iloc[0]
    labels = [line.get_label() for axes in figure.axes for line in axes.lines]
    assert "true direction" not in labels
