"""Figures of the experiment with images: parameters, efficiency, showers, separation."""

import numpy as np
import pandas as pd
import pytest
from toys import footer_of, make_image_events

from showerforge.cameras.columns import IMAGE_COLUMNS
from showerforge.figures.distributions import choose_bins
from showerforge.figures.efficiency import effective_areas
from showerforge.figures.image_parameters import SCALES, parameter_distributions
from showerforge.figures.showers import light_maps, light_on_ground, longitudinal_profiles

FOOTER = "toy events · seed 0"


@pytest.fixture(scope="module")
def parameters():
    return parameter_distributions(make_image_events(800, 400), FOOTER)


def test_every_parameter_has_a_panel_with_its_unit(parameters):
    labels = [axes.get_xlabel() for axes in parameters.axes if axes.get_xlabel()]
    assert labels == [column.label for column in IMAGE_COLUMNS]
    assert FOOTER in footer_of(parameters)


def test_each_particle_is_normalised(parameters):
    for axes in parameters.axes[: len(IMAGE_COLUMNS)]:
        (gammas,) = axes.containers[:1]
        inside = sum(bar.get_height() for bar in gammas)
        assert 0.98 <= inside <= 1 + 1e-9


def test_counts_are_told(parameters):
    legend = parameters.axes[-1].get_legend()
    assert legend.get_title().get_text() == "800 gammas, 400 hadrons"


def test_bins_hold_nearly_all_values():
    values = np.random.default_rng(0).lognormal(5, 1, 5000)
    edges = choose_bins("size", values, SCALES)
    assert np.mean((values >= edges[0]) & (values <= edges[-1])) > 0.995
    assert np.diff(np.log(edges)) == pytest.approx(np.log(edges[1] / edges[0]))
    assert choose_bins("n_islands", np.array([1.0, 2.0, 4.0]), SCALES).tolist() == [
        0.5,
        1.5,
        2.5,
        3.5,
        4.5,
    ]


@pytest.mark.parametrize("values", [[np.nan, np.nan], [0.0, 0.0, 0.0], [1.0]])
@pytest.mark.parametrize("name", ["leakage_size_1", "psi_uncertainty"])
def test_bins_of_poor_data_can_be_drawn(name, values):
    edges = choose_bins(name, np.array(values), SCALES)
    assert np.isfinite(edges).all()
    assert (np.diff(edges) > 0).all()


def efficiencies():
    rows = [
        {
            "primary": primary,
            "step": step,
            "lowest_energy": low,
            "highest_energy": 2 * low,
            "n_passed": 10 * number,
            "efficiency": 0.1 * number,
            "lower": max(0, 0.1 * number - 0.05),
            "upper": 0.1 * number + 0.05,
            "thrown_over": 3e5 if primary == "gamma" else 7e3,
        }
        for primary in ("gamma", "proton")
        for step in ("triggered", "after quality cuts")
        for number, low in enumerate((1.0, 2.0, 4.0))
    ]
    return pd.DataFrame(rows)


def test_effective_area_is_efficiency_times_what_was_thrown_over():
    figure = effective_areas(efficiencies(), 0.9, FOOTER)
    share, gamma, proton = figure.axes
    assert "90 %" in share.get_title()
    assert gamma.get_ylabel() == "effective area of gammas [m²]"
    assert "m² sr" in proton.get_ylabel()
    for axes in figure.axes:
        assert axes.get_xlabel() == "true energy [TeV]"
        assert axes.get_xscale() == "log"
    assert share.containers[0].lines[0].get_ydata() == pytest.approx([0, 0.1, 0.2])
    # bins in which nothing passes are not on a logarithmic axis
    assert gamma.containers[0].lines[0].get_ydata() == pytest.approx([3e4, 6e4])
    assert proton.containers[1].lines[0].get_ydata() == pytest.approx([7e2, 1.4e3])
    assert gamma.containers[0].lines[0].get_xdata() == pytest.approx([2 * 2**0.5, 4 * 2**0.5])
    assert FOOTER in footer_of(figure)


def toy_profiles():
    depth = np.arange(5, 1000, 10.0)
    return pd.concat(
        pd.DataFrame(
            {
                "primary": primary,
                "shower": shower,
                "depth": depth,
                "height": 30 * np.exp(-depth / 250),
                "electrons": (shower + 1) * np.exp(-(((depth - 400) / 150) ** 2)),
                "greisen": 2 * np.exp(-(((depth - 400) / 150) ** 2)),
            }
        )
        for primary in ("gamma", "proton")
        for shower in range(3)
    )


def test_profiles_show_single_showers_their_mean_and_what_is_expected():
    figure = longitudinal_profiles(toy_profiles(), 10, FOOTER)
    panels = [axes for axes in figure.axes if axes.get_title()]
    assert [axes.get_title() for axes in panels] == ["gamma, 10 TeV", "proton, 10 TeV"]
    for axes in panels:
        assert axes.get_xlabel() == "slant depth [g/cm²]"
        *single, mean, expected = axes.lines
        assert len(single) == 3
        assert mean.get_ydata().max() == pytest.approx(2, rel=0.01)
        assert mean.get_ydata() == pytest.approx(expected.get_ydata())
        (heights,) = axes.child_axes
        assert "km" in heights.get_xlabel()
        ticks = zip(heights.get_xticks(), heights.get_xticklabels(), strict=True)
        for depth, label in ticks:
            assert 30 * np.exp(-depth / 250) == pytest.approx(float(label.get_text()), rel=0.01)
    assert FOOTER in footer_of(figure)


def test_light_has_a_line_for_each_energy_and_photo_electrons_beside():
    distance = np.linspace(20, 300, 10)
    light = pd.concat(
        pd.DataFrame(
            {
                "primary": primary,
                "energy": energy,
                "shower": shower,
                "distance": distance,
                "photons": (shower + 1) * energy / distance,
                "photo_electrons": 0.85 * (shower + 1) * energy / distance,
            }
        )
        for primary in ("gamma", "proton")
        for energy in (1.0, 10.0)
        for shower in range(3)
    )
    figure = light_on_ground(light, 150.0, FOOTER)
    for axes in figure.axes[:2]:
        lines = {line.get_label(): line for line in axes.lines}
        assert lines["10 TeV"].get_ydata() == pytest.approx(20 / distance)
        assert (axes.get_yscale(), axes.get_xlabel()) == (
            "log",
            "distance from the shower axis [m]",
        )
        (right,) = axes.child_axes
        assert right._functions[0](1.0) == pytest.approx(0.85)
    assert "photons per m²" in figure.axes[0].get_ylabel()
    assert FOOTER in footer_of(figure)


@pytest.mark.parametrize("brightest", [500.0, 0.0])
def test_maps_are_the_light(brightest):
    places = np.array([-50.0, 0.0, 50.0])
    x, y = np.meshgrid(places, places)
    photons = brightest * np.exp(-np.hypot(x, y) / 50)
    table = pd.DataFrame({"x": x.ravel(), "y": y.ravel(), "photons": photons.ravel()})
    maps = pd.concat(table.assign(primary=primary) for primary in ("gamma", "proton"))
    figure = light_maps(maps, 10, FOOTER)
    meshes = [axes.collections[0] for axes in figure.axes if axes.get_title()]
    assert len(meshes) == 2
    for mesh in meshes:
        assert np.array_equal(np.asarray(mesh.get_array()), photons)
    assert FOOTER in footer_of(figure)
