import io

import numpy as np
import pandas as pd
import pytest

from showerforge.calorimeter.columns import SHAPE_COLUMNS
from showerforge.calorimeter.files import ImageBatch
from showerforge.calorimeter.shapes import measure_shapes
from showerforge.figures.calorimeter import (
    event_images,
    labelled,
    mean_images,
    shape_distributions,
)

FOOTER = "toy images · seed 0"


@pytest.fixture
def images():
    generator = np.random.default_rng(0)
    images = np.zeros((8, 32, 32, 2), dtype=np.float32)
    images[:, 10:20, 12:20] = generator.exponential(0.1, (8, 10, 8, 2))
    return images


def maps_of(figure):
    return [axes.images[0] for axes in figure.axes if axes.images]


def draw(figure):
    """Draw it, for some faults show only then."""
    figure.savefig(io.BytesIO(), format="png", dpi=30)
    return figure


def test_every_image_has_a_panel_with_eta_upwards(images):
    titles = [f"event {i}" for i in range(4)]
    figure = draw(event_images(images[:4], titles, FOOTER))
    assert [axes.get_title() for axes in figure.axes if axes.get_title()] == titles
    panels = maps_of(figure)
    for panel, image in zip(panels, images, strict=False):
        shown = panel.get_array()
        np.testing.assert_array_equal(shown.filled(0), image[..., 0])
        assert shown.mask.sum() == (image[..., 0] == 0).sum()
        assert panel.origin == "lower"
        assert panel.get_clim() == panels[0].get_clim()
    axes = panels[0].axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("phi [crystals]", "eta [crystals]")


@pytest.mark.parametrize("n", [0, 1])
def test_few_and_empty_images(n):
    figure = draw(event_images(np.zeros((n, 32, 32, 2)), ["empty"] * n, FOOTER))
    assert len(maps_of(figure)) == n


def test_means_and_their_difference(images):
    labels = np.array([0, 0, 0, 1, 1, 1, 1, 1])
    batches = [ImageBatch(np.arange(i, i + 3), images[i : i + 3]) for i in (0, 3)]
    batches.append(ImageBatch(np.arange(6, 8), images[6:]))
    figure = draw(mean_images(labelled(batches, labels), FOOTER))
    electrons, photons, difference = (panel.get_array().filled(0) for panel in maps_of(figure))
    np.testing.assert_allclose(electrons, images[3:, ..., 0].mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(photons, images[:3, ..., 0].mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(difference, electrons - photons, atol=1e-6)
    titles = [axes.get_title() for axes in figure.axes if axes.images]
    assert titles == ["mean of 5 electrons", "mean of 3 photons", "electrons less photons"]


def test_every_shape_has_a_panel(images):
    table = measure_shapes(images).assign(particle=["photon"] * 4 + ["electron"] * 4)
    figure = draw(shape_distributions(table, FOOTER))
    labels = [axes.get_xlabel() for axes in figure.axes if axes.get_xlabel()]
    assert labels == [column.label for column in SHAPE_COLUMNS]
    legend = figure.axes[-1].get_legend()
    assert legend.get_title().get_text() == "4 electrons, 4 photons"
    assert [text.get_text() for text in legend.get_texts()] == ["electron", "photon"]


def test_a_class_may_be_absent(images):
    table = pd.DataFrame(measure_shapes(images)).assign(particle="photon")
    assert draw(shape_distributions(table, FOOTER)).axes
