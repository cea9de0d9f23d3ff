"""Figures of how networks learn, and of one network on several backends."""

import numpy as np
import pandas as pd
import pytest
from toys import footer_of, make_backends, make_training_curves

from showerforge.classifiers.classes import GAMMA_HADRON
from showerforge.figures.backends import COSTS, backend_comparison
from showerforge.figures.training import generator_losses, training_curves

FOOTER = "toy events · seed 0"


def test_every_fit_has_a_line_and_the_epoch_that_is_kept_is_marked():
    figure = training_curves(make_training_curves(), FOOTER)
    for axes in figure.axes:
        assert axes.get_xlabel() == "epoch"
        assert len(axes.lines) == 6
        assert len({line.get_color() for line in axes.lines}) == 2
        for line in axes.lines:
            (place,) = line.get_markevery()
            assert line.get_xdata()[place] == 6
    validation = figure.axes[1]
    for line in validation.lines:
        assert line.get_ydata().argmin() == line.get_markevery()[0]
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert names == ["ResNet", "LeNet-5"]
    assert FOOTER in footer_of(figure)


def test_a_fit_of_one_epoch_is_drawn():
    curves = make_training_curves()
    assert FOOTER in footer_of(training_curves(curves[curves["epoch"] == 1], FOOTER))


def test_backends_are_drawn_with_every_seed():
    backends, curves = make_backends()
    figure = backend_comparison(backends, curves, GAMMA_HADRON, 0.9, FOOTER)
    quality, efficiency, area, *costs = figure.axes
    assert len(quality.lines) == len(efficiency.lines) == len(backends)
    assert all(np.isfinite(line.get_ydata()[:50]).all() for line in quality.lines)
    drawn = np.concatenate([container.lines[0].get_ydata() for container in area.containers])
    assert sorted(drawn) == pytest.approx(sorted(backends["roc_auc"]))
    for axes, column in zip(costs, COSTS, strict=True):
        heights = sorted(bar.get_height() for bar in axes.patches)
        assert heights == pytest.approx(sorted(backends.groupby("backend")[column].mean()))
        assert [text.get_text() for text in axes.get_xticklabels()] == [
            "PyTorch\n2.13.0",
            "TensorFlow\n2.21.0",
        ]
    assert FOOTER in footer_of(figure)


def test_one_backend_alone_is_drawn():
    backends, curves = make_backends()
    is_torch = backends["backend"] == "torch"
    of_torch = backends[is_torch].assign(quality_factor=np.inf)
    figure = backend_comparison(of_torch, curves, GAMMA_HADRON, 0.9, FOOTER)
    assert len(figure.axes[0].lines) == 3
    assert FOOTER in footer_of(figure)


def test_each_generator_has_a_panel_with_all_its_losses():
    curves = pd.DataFrame(
        [
            (key, key.upper(), epoch, loss, sign * 10.0 / epoch)
            for key, sign in (("vae", 1), ("gan", -1))
            for loss in ("loss", "kl")
            for epoch in (1, 2, 3)
        ],
        columns=["generator", "label", "epoch", "loss", "value"],
    )
    figure = generator_losses(curves, FOOTER)
    assert [axes.get_title() for axes in figure.axes] == ["VAE", "GAN"]
    # a loss may be negative, which has no logarithm
    assert [axes.get_yscale() for axes in figure.axes] == ["log", "linear"]
    for axes, sign in zip(figure.axes, (1, -1), strict=True):
        assert [line.get_label() for line in axes.lines] == ["loss", "kl"]
        np.testing.assert_allclose(axes.lines[0].get_ydata(), sign * np.array([10, 5, 10 / 3]))
    assert FOOTER in footer_of(figure)
