"""Figures of single images: the verdict that is written is the one that happened."""

import numpy as np
import pandas as pd
import pytest
from toys import footer_of, make_camera, make_images

from showerforge.figures import calorimeter_judged, camera_judged

FOOTER = "toy images · seed 0"
CAMERA = make_camera()


@pytest.fixture
def judged():
    return pd.DataFrame(
        {
            "verdict": [
                "signal kept",
                "signal kept",
                "background rejected",
                "signal lost",
                "background rejected",
            ],
            "score": [0.9, 0.8, 0.3, 0.2, 0.1],
            "true_energy": [1.0, 20.0, np.nan, 3.0, 4.0],
        },
        index=[7, 3, 9, 1, 5],
    )


def titles_of(figure):
    return [axes.get_title() for axes in figure.axes if axes.get_title()]


def test_camera_images_stand_in_the_row_of_their_verdict(judged):
    events = make_images(CAMERA, 5)
    figure = camera_judged.judged_images(events, judged, FOOTER)
    assert titles_of(figure) == [
        "gamma kept\nscore 0.900, 1 TeV",
        "gamma kept\nscore 0.800, 20 TeV",
        "gamma lost\nscore 0.200, 3 TeV",
        "hadron rejected\nscore 0.300",
        "hadron rejected\nscore 0.100, 4 TeV",
    ]
    drawn = [axes.collections[0].get_array() for axes in figure.axes if axes.get_title()]
    np.testing.assert_array_equal(drawn[2], events.images[3])
    assert [text.get_text() for axes in figure.axes for text in axes.texts] == ["no hadron kept"]
    assert any(axes.get_ylabel() == "charge [p.e.]" for axes in figure.axes)
    assert FOOTER in footer_of(figure)


def test_changes_of_a_camera_image_have_colours_about_zero(judged):
    images = make_images(CAMERA, 5).images
    occlusion = np.random.default_rng(0).normal(0.3, 1, images.shape)
    occlusion[1] = 0
    figure = camera_judged.occlusion_maps(CAMERA, images, occlusion, judged, FOOTER)
    panels = [axes.collections[0] for axes in figure.axes if axes.get_title()]
    for number, (image, change) in enumerate(zip(panels[::2], panels[1::2], strict=True)):
        np.testing.assert_array_equal(image.get_array(), images[number])
        np.testing.assert_array_equal(change.get_array(), occlusion[number])
        low, high = change.get_clim()
        assert low == -high < 0
    assert any("logit(gammaness)" in axes.get_ylabel() for axes in figure.axes)
    assert FOOTER in footer_of(figure)


def test_calorimeter_images_are_judged_as_electrons_and_photons(judged):
    energies = np.random.default_rng(0).exponential(1, (5, 32, 32))
    energies[energies < 1] = 0
    energies[4] = 0
    figure = calorimeter_judged.judged_images(energies, judged, FOOTER)
    assert titles_of(figure)[0] == "electron kept\nscore 0.900, 1 GeV"
    assert titles_of(figure)[-1] == "photon rejected\nscore 0.100, 4 GeV"
    first = figure.axes[0].images[0].get_array()
    assert (first.mask == (energies[0] == 0)).all()
    assert FOOTER in footer_of(figure)


def test_changes_of_a_calorimeter_image_have_colours_about_zero(judged):
    energies = np.random.default_rng(0).exponential(1, (5, 32, 32))
    occlusion = -energies
    figure = calorimeter_judged.occlusion_maps(energies, occlusion, judged, FOOTER)
    panels = [axes.images[0] for axes in figure.axes if axes.get_title()]
    for number, change in enumerate(panels[1::2]):
        np.testing.assert_array_equal(change.get_array(), occlusion[number])
        low, high = change.get_clim()
        assert low == -high < 0
    assert any("logit(electron score)" in axes.get_ylabel() for axes in figure.axes)
    assert FOOTER in footer_of(figure)
